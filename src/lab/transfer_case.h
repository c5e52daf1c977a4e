// SPDX-License-Identifier: Apache-2.0
// TransferCase: one transfer that `nobounce lab transfers` runs, and the judgement of its result.
//
// The host writes the cases as JSON for the guest, the guest answers with one result object for
// each; only the host knows the digest that must come out.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nobounce::lab {

struct TransferCase {
  std::string file;        ///< As the user named it.
  std::string guest_file;  ///< Where the guest finds it.
  std::uint64_t file_bytes = 0;
  std::uint64_t repeat = 1;  ///< The file is sent this many times in one transfer.
  std::string tx_path;
  std::string rx_path;
  std::string tx_memory;
  std::string rx_memory;

  [[nodiscard]] std::uint64_t bytes() const { return file_bytes * repeat; }
};

/// Every pair of paths for one file, with udmabuf as the memory; then devmem from the guest's first
/// accelerator to its second. Repeated until `at_least_bytes` are reached.
/// Error: kInvalidArgument for an empty file.
Result<std::vector<TransferCase>> cases_for_file(const std::string& file,
                                                 const std::string& guest_file,
                                                 std::uint64_t file_bytes,
                                                 std::uint64_t at_least_bytes);

/// Whether `memory`, as `--memory` takes it, is a device's of its own and not this guest's.
bool is_on_accelerator(std::string_view memory);

nlohmann::json to_json(const TransferCase& transfer);
/// Error: kProtocol if a field is missing or of the wrong kind.
Result<TransferCase> transfer_case_from_json(const nlohmann::json& json);

/// What is wrong with a transfer's result, or nothing: every byte must have matched, and a
/// receiver by devmem or zcrx must have had frags in its region, no linear bytes and no tokens
/// left. From accelerator to accelerator the CPU must not have touched either's memory once.
std::vector<std::string> complaints_about(const nlohmann::json& result);

}  // namespace nobounce::lab
