// SPDX-License-Identifier: Apache-2.0
#include "lab/transfer_case.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "lab/transfer_proof.h"

namespace nobounce::lab {
namespace {

// By name, as the guest's commands take them: the lab meets the library only through the kernel.
constexpr std::array kTxPaths = {"copy", "zerocopy", "send_zc", "devmem"};
constexpr std::array kRxPaths = {"copy", "mmap", "zcrx", "devmem"};

bool lands_in_region(std::string_view rx_path) {
  return rx_path == "zcrx" || rx_path == "devmem";
}

bool is_peer_to_peer(const nlohmann::json& result) {
  return result.value("tx_path", "") == "devmem" && result.value("rx_path", "") == "devmem" &&
         is_on_accelerator(result.value("tx_memory", "")) &&
         is_on_accelerator(result.value("rx_memory", ""));
}

/// A number of a result, or nothing where it is missing or not available.
std::optional<std::uint64_t> number(const nlohmann::json& result, const char* name) {
  const auto found = result.find(name);
  if (found == result.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

/// Between device memories nothing may bounce, and that must have been seen.
void complain_of_copies(const nlohmann::json& result, std::vector<std::string>& complaints) {
  if (result.value("tx_path", "") != "devmem" || result.value("rx_path", "") != "devmem") return;
  const nlohmann::json copied = result.value("copied_bytes_per_byte", nlohmann::json());
  if (!copied.is_number()) {
    // A file larger than a region goes without, see proof_of.
    const nlohmann::json sender = result.value("sender", nlohmann::json::object());
    const bool in_rounds = sender.is_object() && number(sender, "rounds").value_or(1) > 1;
    if (!in_rounds) complaints.push_back("copied bytes were not counted: " + copied.dump());
  } else if (copied.get<double>() > kMostCopiedByDevmem) {
    complaints.push_back(fmt::format("the CPU copied {:.4f} bytes for each byte; at most {} may be",
                                     copied.get<double>(), kMostCopiedByDevmem));
  }
}

}  // namespace

Result<std::vector<TransferCase>> cases_for_file(const std::string& file,
                                                 const std::string& guest_file,
                                                 std::uint64_t file_bytes,
                                                 std::uint64_t at_least_bytes) {
  if (file_bytes == 0) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "transfer",
                 .object = file,
                 .cause = "the file is empty",
                 .fix = "name a file with bytes in it"});
  }
  const std::uint64_t repeat =
      file_bytes >= at_least_bytes ? 1 : (at_least_bytes + file_bytes - 1) / file_bytes;
  std::vector<TransferCase> cases;
  cases.reserve(kTxPaths.size() * kRxPaths.size() + 1);
  const auto add = [&](const char* tx_path, const char* rx_path, const char* tx_memory,
                       const char* rx_memory) {
    cases.push_back({.file = file,
                     .guest_file = guest_file,
                     .file_bytes = file_bytes,
                     .repeat = repeat,
                     .tx_path = tx_path,
                     .rx_path = rx_path,
                     .tx_memory = tx_memory,
                     .rx_memory = rx_memory});
  };
  for (const char* tx_path : kTxPaths) {
    for (const char* rx_path : kRxPaths)
      add(tx_path, rx_path, "udmabuf", "udmabuf");
  }
  add("devmem", "devmem", "accelerator:0", "accelerator:1");
  return cases;
}

bool is_on_accelerator(std::string_view memory) {
  return memory.starts_with("accelerator");
}

nlohmann::json to_json(const TransferCase& transfer) {
  return {{"file", transfer.file},
          {"guest_file", transfer.guest_file},
          {"file_bytes", transfer.file_bytes},
          {"repeat", transfer.repeat},
          {"tx_path", transfer.tx_path},
          {"rx_path", transfer.rx_path},
          {"tx_memory", transfer.tx_memory},
          {"rx_memory", transfer.rx_memory}};
}

Result<TransferCase> transfer_case_from_json(const nlohmann::json& json) {
  try {
    return TransferCase{.file = json.at("file"),
                        .guest_file = json.at("guest_file"),
                        .file_bytes = json.at("file_bytes"),
                        .repeat = json.at("repeat"),
                        .tx_path = json.at("tx_path"),
                        .rx_path = json.at("rx_path"),
                        .tx_memory = json.at("tx_memory"),
                        .rx_memory = json.at("rx_memory")};
  } catch (const nlohmann::json::exception& problem) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "transfer case",
                 .cause = problem.what()});
  }
}

std::vector<std::string> complaints_about(const nlohmann::json& result) {
  std::vector<std::string> complaints;
  if (const auto error = result.find("error"); error != result.end()) {
    complaints.push_back(error->is_string() ? error->get<std::string>() : error->dump());
    return complaints;
  }
  if (result.value("sha256_match", false) != true) {
    complaints.emplace_back("what landed is not what was sent: SHA-256 differs");
  }
  if (number(result, "tokens_outstanding") != 0u) {
    complaints.push_back(fmt::format("tokens outstanding: {}",
                                     result.value("tokens_outstanding", nlohmann::json()).dump()));
  }
  if (lands_in_region(result.value("rx_path", ""))) {
    if (number(result, "frags").value_or(0) == 0) complaints.emplace_back("no frags landed");
    if (number(result, "linear_bytes") != 0u) complaints.emplace_back("linear bytes arrived");
  }
  complain_of_copies(result, complaints);
  if (is_peer_to_peer(result) && number(result, "cpu_touches") != 0u) {
    complaints.push_back(fmt::format("CPU touches of device memory: {}",
                                     result.value("cpu_touches", nlohmann::json()).dump()));
  }
  return complaints;
}

}  // namespace nobounce::lab
