// SPDX-License-Identifier: Apache-2.0
// What the commands send and recv share: common options, progress, and how a result is told.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "transfer/options.h"
#include "transfer/result.h"

namespace CLI {
class App;
}

namespace nobounce::cli {

/// The options that both commands have, as typed.
struct TransferArguments {
  std::string nic;
  std::string path = "auto";
  std::string memory = "auto";
  bool huge_pages = false;
  std::string region_size;
  std::string bytes;
  double timeout_s = 0;             ///< 0: none.
  std::optional<std::string> json;  ///< A file; empty: standard output, in place of the summary.
  bool measure = false;
  std::string power_command;
  double idle_baseline_s = 0;
  bool cpu_profile = false;
  bool probe_copies = false;
};

[[nodiscard]] bool wants_json_on_standard_output(const TransferArguments& arguments);

/// `paths` are those of the command's direction.
void add_transfer_options(CLI::App& command, TransferArguments& arguments,
                          std::span<const path::Path> paths);

/// Fills what both ends are asked from what was typed. Error: kInvalidArgument.
Status fill_common_options(const TransferArguments& arguments, transfer::CommonOptions& options);
/// Error: kInvalidArgument.
Result<std::optional<std::uint64_t>> bytes_of(const TransferArguments& arguments);

/// "sha256", "none" or "pattern:SEED" into the two fields. Error: kInvalidArgument.
Status parse_verify(const std::string& text, transfer::ReceiveOptions& options);

/// Runs `work` with the stop signal and the progress line of the terminal in place, then tells its
/// result: the summary on standard error, JSON where it was asked for. Returns the exit code.
int run_transfer(const TransferArguments& arguments, transfer::CommonOptions& options,
                 const std::function<Result<transfer::TransferResult>()>& work);

}  // namespace nobounce::cli
