// SPDX-License-Identifier: Apache-2.0
#include "lab/transfers.h"

#include <fmt/format.h>

#include <array>
#include <fstream>

#include "base/sha256.h"
#include "base/version.h"
#include "lab/interruption.h"
#include "lab/run_directory.h"
#include "lab/transfer_case.h"
#include "report/figure_json.h"
#include "report/table.h"
#include "sys/host_identity.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// One a host, with room for the largest region that a transfer takes; what is not used costs
// nothing.
constexpr std::uint32_t kAccelerators = 2;
constexpr std::uint64_t kAcceleratorBytes = std::uint64_t{2} << 30;

/// A file to transfer, copied to where the guest sees it, and what must arrive for each case.
struct Prepared {
  std::vector<TransferCase> cases;
  std::string sha256;
};

Error file_error(std::string_view operation, const std::string& file, const std::error_code& code) {
  return error_from_errno(code.value(), std::string(operation), file);
}

constexpr std::chrono::milliseconds kJustALook{0};

/// The digest of `repeat` times the bytes of `file`, read anew each time: a file need not fit in
/// memory.
Result<std::string> digest_of(const fs::path& file, std::uint64_t repeat,
                              Interruption& interruption) {
  Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  for (std::uint64_t round = 0; round < repeat; ++round) {
    std::ifstream stream(file, std::ios::binary);
    while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
           stream.gcount() > 0) {
      NB_TRY(interruption.wait({}, kJustALook));
      hash.update(
          std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(stream.gcount()))));
    }
    if (!stream.eof()) return fail({.code = Code::kIo, .operation = "read", .object = file});
  }
  return hash.hex_digest();
}

/// The guest gets a copy: it may write to its share, and the user's file is not its business.
Result<Prepared> prepare_file(const std::string& file, const fs::path& share, std::size_t index,
                              std::uint64_t at_least_bytes, Interruption& interruption) {
  const std::string name = fmt::format("file{}", index);
  std::error_code code;
  if (!fs::is_regular_file(file, code)) {
    if (code) return fail(file_error("read", file, code));
    return fail({.code = Code::kInvalidArgument,
                 .operation = "transfer",
                 .object = file,
                 .cause = "not a regular file"});
  }
  if (!fs::copy_file(file, share / name, code)) return fail(file_error("copy", file, code));
  const std::uint64_t bytes = fs::file_size(share / name, code);
  if (code) return fail(file_error("read", file, code));

  Prepared prepared;
  NB_ASSIGN(prepared.cases, cases_for_file(file, "/share/" + name, bytes, at_least_bytes));
  NB_ASSIGN(prepared.sha256, digest_of(share / name, prepared.cases.front().repeat, interruption));
  return prepared;
}

Result<json> read_results(const fs::path& path, std::size_t expected) {
  std::ifstream file(path);
  json results = json::parse(file, nullptr, /*allow_exceptions=*/false);
  bool well_formed = results.is_array() && results.size() == expected;
  for (const json& result : results)
    well_formed = well_formed && result.is_object();
  if (!well_formed) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "the guest's results",
                 .cause = "not a list of one object for each transfer"});
  }
  return results;
}

json model_of(const LabOutcome& outcome, json transfers) {
  const sys::HostIdentity host = sys::identify_host();
  json model;
  model["schema"] = "nobounce.transfers/1";
  model["nobounce"] = {{"version", version()}, {"git_revision", git_revision()}};
  model["host"]["kernel"] = host.kernel_release;
  model["host"]["cpu"] = host.cpu_model;
  model["host"]["cpus"] = host.cpus;
  model["guest"]["kernel"] = outcome.kernel_release;
  model["guest"]["cpus"] = outcome.cpus;
  model["guest"]["qemu"] = outcome.qemu_version;
  model["guest"]["accelerator"] = outcome.accelerator;
  model["transfers"] = std::move(transfers);
  return model;
}

/// A number as the table shows it, or a dash where there is none.
std::string cell(const json& object, const char* name, const char* format = "{}") {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return "–";
  if (found->is_number_float()) return fmt::format(fmt::runtime(format), found->get<double>());
  return std::to_string(found->get<std::uint64_t>());
}

/// "accelerator" of "accelerator:1": both ends have one, and which is of no interest.
std::string kind_of(const std::string& memory) {
  return memory.substr(0, memory.find(':'));
}

/// Seconds that one side's process spent, user and system together.
std::string cpu_cell(const json& result, const char* side) {
  const json cpu = result.value(side, json::object()).value("cpu_seconds", json::object());
  if (!cpu.is_object() || !cpu.contains("user") || !cpu.contains("system")) return "–";
  if (!cpu["user"].is_number() || !cpu["system"].is_number()) return "–";
  return fmt::format("{:.2f}", cpu["user"].get<double>() + cpu["system"].get<double>());
}

/// What proves that nothing bounced: figures of a transfer's JSON, a column each.
struct ProofColumn {
  const char* title;
  const char* figure;
  const char* format;
};
constexpr std::array kProofColumns = {
    ProofColumn{"copied bytes per byte", "copied_bytes_per_byte", "{:.4f}"},
    ProofColumn{"CPU touches of device memory", "cpu_touches", "{}"},
};

}  // namespace

Result<TransfersOutcome> run_transfers(const TransfersOptions& options, const Progress& progress) {
  // Signals are held from here on; the two calls into the lab, which hold them as well, give back
  // what they took.
  NB_ASSIGN(Interruption interruption, Interruption::open(std::nullopt));
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    NB_ASSIGN(const PreparedRoot prepared, prepare_lab(options.cache, "newest", progress));
    files.push_back(prepared.kernel.image);
  }

  // What the guest will see: copies of the files, and the plan. Files may be large: they go where
  // temporary files go, not into $XDG_RUNTIME_DIR, which is small.
  std::error_code code;
  const fs::path temporary = fs::temp_directory_path(code);
  if (code) return fail(file_error("search", "directory for temporary files (TMPDIR)", code));
  NB_ASSIGN(const RunDirectory share, RunDirectory::create_in(temporary));
  json plan = json::array();
  std::vector<std::string> digests;
  for (std::size_t i = 0; i < files.size(); ++i) {
    NB_ASSIGN(const Prepared file,
              prepare_file(files[i], share.path(), i, options.at_least_bytes, interruption));
    for (const TransferCase& transfer : file.cases) {
      plan.push_back(to_json(transfer));
      digests.push_back(file.sha256);
    }
  }
  NB_TRY(sys::write_text_file(share / "plan.json", plan.dump()));

  // One guest runs all of them; from here on figures are measured.
  NB_ASSIGN(const LabOutcome outcome,
            run_lab({.command = {"nobounce", "lab", "transfers-in-guest", "/share/plan.json",
                                 "/share/results.json"},
                     .network = {.accelerators = kAccelerators,
                                 .accelerator = {.memory_bytes = kAcceleratorBytes}},
                     .share = share.path(),
                     .copy_meter = true,
                     .cache = options.cache},
                    progress));
  if (outcome.status != 0) {
    return fail({.code = Code::kIo,
                 .operation = "run",
                 .object = "the transfers in the guest",
                 .cause = fmt::format("exit status {}", outcome.status)});
  }

  // Judge: the host alone knows what must have arrived.
  NB_ASSIGN(json results, read_results(share / "results.json", digests.size()));
  TransfersOutcome judged;
  judged.guest = outcome;
  for (std::size_t i = 0; i < digests.size(); ++i) {
    json& result = results[i];
    result["sha256_match"] = result.value("sha256", json()) == digests[i];
    for (const std::string& complaint : complaints_about(result)) {
      judged.complaints.push_back(fmt::format("{} → {} of {}: {}", plan[i]["tx_path"],
                                              plan[i]["rx_path"], plan[i]["file"], complaint));
    }
  }
  judged.model = model_of(outcome, std::move(results));
  return judged;
}

std::string table_of_transfers(const json& model) {
  using report::Align;
  std::vector<report::Column> columns = {{"tx → rx"},
                                         {"memory"},
                                         {"file"},
                                         {"bytes", Align::kRight},
                                         {"seconds", Align::kRight},
                                         {"Gbit/s", Align::kRight},
                                         {"frags", Align::kRight},
                                         {"linear", Align::kRight},
                                         {"tokens left", Align::kRight},
                                         {"CPU s tx", Align::kRight},
                                         {"CPU s rx", Align::kRight}};
  for (const ProofColumn& proof : kProofColumns)
    columns.push_back({proof.title, Align::kRight});
  columns.push_back({"SHA-256"});
  report::Table table(std::move(columns));
  for (const json& result : model.at("transfers")) {
    // Frags are what a NIC wrote into a region; what a receiver by copy counts is its reads.
    const std::string rx_path = result.value("rx_path", "");
    const bool has_frags = rx_path == "devmem" || rx_path == "zcrx";
    std::vector<std::string> row = {
        fmt::format("{} → {}", result.value("tx_path", "?"), result.value("rx_path", "?")),
        kind_of(result.value("rx_memory", "?")),
        fs::path(result.value("file", "?")).filename(),
        cell(result, "bytes"),
        cell(result, "seconds", "{:.3f}"),
        cell(result, "gbit_per_s", "{:.2f}"),
        has_frags ? cell(result, "frags") : "–",
        has_frags ? cell(result, "linear_bytes") : "–",
        cell(result, "tokens_outstanding"),
        cpu_cell(result, "sender"),
        cpu_cell(result, "receiver")};
    for (const ProofColumn& proof : kProofColumns)
      row.push_back(cell(result, proof.figure, proof.format));
    row.emplace_back(result.value("sha256_match", false) ? "match" : "DIFFERS");
    table.add_row(std::move(row));
  }
  return table.to_string();
}

}  // namespace nobounce::lab
