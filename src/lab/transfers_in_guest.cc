// SPDX-License-Identifier: Apache-2.0
#include "lab/transfers_in_guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lab/transfer_case.h"
#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/readiness.h"

namespace nobounce::lab {
namespace {

using nlohmann::json;

constexpr const char* kSenderResult = "/tmp/nobounce-send.json";
constexpr const char* kReceiverResult = "/tmp/nobounce-recv.json";
constexpr const char* kAddress = "10.0.0.2:5001";
// An emulated guest loads, sends and hashes tens of megabytes a second on a bad day.
constexpr std::chrono::seconds kLeastPatience{120};
constexpr std::uint64_t kSlowestBytesPerSecond = 10'000'000;

// Memory of single pages lies in up to one piece a page, as chance has it, and devmem TCP looks for
// each frag that comes back in a list of those pieces (docs/paths-performance.md): the same
// transfer takes a second or half a minute. Huge pages bound that.
constexpr const char* kHugePages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kMostRegionBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kReceiveReserveBytes = std::uint64_t{64} << 20;

/// What the two ends said on standard error, kept for the message if one of them fails.
struct Ended {
  sys::ExitStatus status;
  std::string said;
};

Error failed(std::string_view who, const Ended& end) {
  return {.code = Code::kIo,
          .operation = std::string(who),
          .object = {},
          .cause = fmt::format("{}: {}", to_string(end.status), end.said),
          .fix = {}};
}

/// One `nobounce send` or `recv` in a network namespace, its standard error read through a pipe.
class End {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<End> start(const std::string& host, std::vector<std::string> arguments,
                           Clock::time_point deadline) {
    NB_ASSIGN(auto pipe, sys::make_pipe());
    std::vector<std::string> argv = {"ip", "netns", "exec", host, "nobounce"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    NB_ASSIGN(auto process,
              sys::ChildProcess::spawn({.argv = std::move(argv), .stderr_fd = pipe.second.get()}));
    return End(std::move(process), std::move(pipe.first), deadline);
  }

  /// Reads until `text` was said. Error: the process ended or the deadline passed before.
  Status wait_for(std::string_view text) {
    while (said_.find(text) == std::string::npos) {
      NB_ASSIGN(const bool more, read_more());
      if (!more) return fail(failed("recv", Ended{process_.wait(), said_}));
    }
    return {};
  }

  /// Waits for the end of the process.
  Result<Ended> finish() {
    for (bool more = true; more;) {
      NB_ASSIGN(more, read_more());
    }
    return Ended{process_.wait(), said_};
  }

  /// Ends it as Ctrl-C would: it gives the NIC back before it goes.
  Ended stop() {
    process_.signal_group(SIGINT);
    return Ended{process_.wait(), said_};
  }

 private:
  End(sys::ChildProcess process, sys::Fd output, Clock::time_point deadline)
      : process_(std::move(process)), output_(std::move(output)), deadline_(deadline) {}

  /// False at the end of the stream.
  Result<bool> read_more() {
    std::array<pollfd, 1> waiting = {{{.fd = output_.get(), .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    NB_ASSIGN(const bool ready,
              sys::wait_ready(waiting, std::max(left, std::chrono::milliseconds(0))));
    if (!ready) {
      return fail({.code = Code::kTimeout,
                   .operation = "transfer",
                   .object = "nobounce",
                   .cause = "it did not end in time; it said: " + said_});
    }
    std::array<char, 4096> buffer;
    NB_ASSIGN(const auto count, sys::read_some(output_.get(), buffer, "standard error"));
    if (count) said_.append(buffer.data(), *count);
    return !count || *count > 0;
  }

  sys::ChildProcess process_;
  sys::Fd output_;
  Clock::time_point deadline_;
  std::string said_;
};

Result<json> read_json(const char* path) {
  std::ifstream file(path);
  json parsed = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = path,
                 .cause = "not a JSON object"});
  }
  return parsed;
}

json side(const json& end) {
  return {{"syscalls", end.value("syscalls", json())},
          {"cpu_seconds", end.value("cpu_seconds", json())}};
}

/// Sets huge pages of this guest aside for the regions of both ends. False where it has not as
/// many.
bool reserve_huge_pages(const json& cases) {
  std::uint64_t most = 0;
  for (const json& entry : cases) {
    if (const auto transfer = transfer_case_from_json(entry))
      most = std::max(most, std::min(transfer->bytes(), kMostRegionBytes));
  }
  const std::uint64_t wanted = (2 * most + kReceiveReserveBytes) / kHugePageBytes + 2;
  std::ofstream(kHugePages) << wanted << std::flush;
  std::uint64_t got = 0;
  std::ifstream(kHugePages) >> got;
  if (got >= wanted) return true;
  std::ofstream(kHugePages) << 0 << std::flush;
  return false;
}

/// Of both devices; or why the one or the other can't tell.
json cpu_touches(const json& tx, const json& rx) {
  const json sent = tx.value("cpu_touches", json());
  const json received = rx.value("cpu_touches", json());
  if (!sent.is_number_unsigned()) return sent;
  if (!received.is_number_unsigned()) return received;
  return sent.get<std::uint64_t>() + received.get<std::uint64_t>();
}

/// Both ends of one transfer, until each has ended well.
Status transfer_once(const TransferCase& transfer, bool has_huge_pages) {
  const std::string bytes = std::to_string(transfer.bytes());
  const auto deadline = End::Clock::now() + kLeastPatience +
                        std::chrono::seconds(transfer.bytes() / kSlowestBytesPerSecond);
  std::vector<std::string> receive = {"recv",
                                      "--listen",
                                      kAddress,
                                      "--nic",
                                      "eth0",
                                      "--path",
                                      transfer.rx_path,
                                      "--memory",
                                      transfer.rx_memory,
                                      "--bytes",
                                      bytes,
                                      "--verify",
                                      "sha256",
                                      fmt::format("--json={}", kReceiverResult)};
  std::vector<std::string> send = {"send",
                                   kAddress,
                                   "--nic",
                                   "eth0",
                                   "--path",
                                   transfer.tx_path,
                                   "--memory",
                                   transfer.tx_memory,
                                   "--from",
                                   transfer.guest_file,
                                   "--repeat",
                                   std::to_string(transfer.repeat),
                                   fmt::format("--json={}", kSenderResult)};
  if (has_huge_pages) {
    receive.emplace_back("--huge-pages");
    send.emplace_back("--huge-pages");
  }
  NB_ASSIGN(End receiver, End::start("b", std::move(receive), deadline));
  NB_TRY(receiver.wait_for("listening"));
  NB_ASSIGN(End sender, End::start("a", std::move(send), deadline));
  const auto sent = sender.finish();
  if (!sent) {
    sender.stop();
    receiver.stop();
    return fail(sent.error());
  }
  // A sender that never connected leaves a receiver that waits for ever.
  if (!sent->status.success()) {
    const Ended received = receiver.stop();
    Error error = failed("send", *sent);
    error.cause += fmt::format("; recv {}: {}", to_string(received.status), received.said);
    return fail(std::move(error));
  }
  const auto received = receiver.finish();
  if (!received) {
    receiver.stop();
    return fail(received.error());
  }
  if (!received->status.success()) return fail(failed("recv", *received));
  return {};
}

Result<json> run_case(const TransferCase& transfer, bool has_huge_pages) {
  NB_TRY(transfer_once(transfer, has_huge_pages));

  NB_ASSIGN(const json rx, read_json(kReceiverResult));
  NB_ASSIGN(const json tx, read_json(kSenderResult));
  json result;
  for (const char* figure : {"bytes", "seconds", "gbit_per_s", "frags", "linear_bytes",
                             "tokens_outstanding", "sha256"}) {
    result[figure] = rx.value(figure, json());
  }
  result["cpu_touches"] = cpu_touches(tx, rx);
  result["sender"] = side(tx);
  result["receiver"] = side(rx);
  result["guest_cpu_seconds"] = rx.value("host_cpu_seconds", json());
  return result;
}

}  // namespace

Status run_transfers_in_guest(const std::filesystem::path& plan,
                              const std::filesystem::path& results) {
  std::ifstream file(plan);
  const json cases = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!cases.is_array()) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = plan.string(),
                 .cause = "not a list of transfers"});
  }
  const bool has_huge_pages = reserve_huge_pages(cases);
  json collected = json::array();
  for (const json& entry : cases) {
    NB_ASSIGN(const TransferCase transfer, transfer_case_from_json(entry));
    fmt::print("{}: {} → {}, {} …\n", transfer.file, transfer.tx_path, transfer.rx_path,
               transfer.rx_memory);
    std::fflush(stdout);
    // A device's memory has no huge pages of the guest's.
    const bool huge_pages = has_huge_pages && !transfer.rx_memory.starts_with("accelerator");
    const auto outcome = run_case(transfer, huge_pages);
    json result = outcome ? *outcome : json{{"error", to_string(outcome.error())}};
    result["file"] = transfer.file;
    result["tx_path"] = transfer.tx_path;
    result["rx_path"] = transfer.rx_path;
    result["tx_memory"] = transfer.tx_memory;
    result["rx_memory"] = transfer.rx_memory;
    result["huge_pages"] = huge_pages;
    collected.push_back(std::move(result));
  }
  std::ofstream written(results);
  written << collected.dump(2) << '\n';
  if (!written.flush()) {
    return fail({.code = Code::kIo, .operation = "write", .object = results.string()});
  }
  return {};
}

}  // namespace nobounce::lab
