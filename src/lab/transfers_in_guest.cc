// SPDX-License-Identifier: Apache-2.0
#include "lab/transfers_in_guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lab/huge_page_pool.h"
#include "lab/paired_programs.h"
#include "lab/transfer_case.h"
#include "lab/transfer_proof.h"

namespace nobounce::lab {
namespace {

using nlohmann::json;

constexpr const char* kSenderResult = "/tmp/nobounce-send.json";
constexpr const char* kReceiverResult = "/tmp/nobounce-recv.json";
constexpr const char* kAddress = "10.0.0.2:5001";
// An emulated guest loads, sends and hashes tens of megabytes a second on a bad day.
constexpr std::chrono::seconds kLeastPatience{120};
constexpr std::uint64_t kSlowestBytesPerSecond = 10'000'000;

constexpr std::uint64_t kMostRegionBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kReceiveReserveBytes = std::uint64_t{64} << 20;
// Of three regions, to huge pages.
constexpr std::uint64_t kRoundingBytes = std::uint64_t{6} << 20;

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
          {"rounds", end.value("rounds", json())},
          {"cpu_seconds", end.value("cpu_seconds", json())}};
}

/// Of both ends, in huge pages.
std::uint64_t region_bytes(const TransferCase& transfer) {
  return 2 * std::min(transfer.bytes(), kMostRegionBytes) + kReceiveReserveBytes + kRoundingBytes;
}

std::uint64_t most_region_bytes(const json& cases) {
  std::uint64_t most = 0;
  for (const json& entry : cases) {
    if (const auto transfer = transfer_case_from_json(entry))
      most = std::max(most, region_bytes(*transfer));
  }
  return most;
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
  PairedPrograms pair = {
      .receiver = {"nobounce", "recv", "--listen", kAddress, "--nic", "eth0", "--path",
                   transfer.rx_path, "--memory", transfer.rx_memory, "--bytes",
                   std::to_string(transfer.bytes()), "--verify", "sha256",
                   fmt::format("--json={}", kReceiverResult)},
      .receiver_ready = "listening",
      .sender = {"nobounce", "send", kAddress, "--nic", "eth0", "--path", transfer.tx_path,
                 "--memory", transfer.tx_memory, "--from", transfer.guest_file, "--repeat",
                 std::to_string(transfer.repeat), fmt::format("--json={}", kSenderResult)},
      .patience = kLeastPatience + std::chrono::seconds(transfer.bytes() / kSlowestBytesPerSecond)};
  // An accelerator's memory has no pages of this guest's.
  if (has_huge_pages && !is_on_accelerator(transfer.rx_memory))
    pair.receiver.emplace_back("--huge-pages");
  if (has_huge_pages && !is_on_accelerator(transfer.tx_memory))
    pair.sender.emplace_back("--huge-pages");
  return run_pair(pair);
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
  result.update(proof_of(tx, rx));
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
  const bool has_huge_pages = reserve_huge_pages(most_region_bytes(cases));
  json collected = json::array();
  for (const json& entry : cases) {
    NB_ASSIGN(const TransferCase transfer, transfer_case_from_json(entry));
    fmt::print("{}: {} → {}, {} …\n", transfer.file, transfer.tx_path, transfer.rx_path,
               transfer.rx_memory);
    std::fflush(stdout);
    // A device's memory has no huge pages of the guest's.
    const bool huge_pages = has_huge_pages && !transfer.rx_memory.starts_with("accelerator") &&
                            provide_huge_pages(region_bytes(transfer));
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
