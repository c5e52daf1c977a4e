// SPDX-License-Identifier: Apache-2.0
// Real files between device memories: the host's half of `nobounce lab transfers`, which ./run
// calls. Every file goes through every pair of paths in one guest, and must arrive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/lab.h"

namespace nobounce::lab {

struct TransfersOptions {
  std::vector<std::string> files;  ///< Empty: the guest's own kernel image.
  /// A shorter file is sent again and again until this many bytes have gone.
  std::uint64_t at_least_bytes = 256'000'000;
  std::filesystem::path cache;  ///< Cache::default_directory(), usually.
};

struct TransfersOutcome {
  nlohmann::json model;  ///< Schema "nobounce.transfers/1", see docs/json.md.
  std::vector<std::string>
      complaints;    ///< What is wrong; empty if every byte arrived as it should.
  LabOutcome guest;  ///< How the guest fared, its kernel's complaints included.
};

/// Errors: those of the files, of the lab, and kProtocol for results that the guest left
/// unreadable.
Result<TransfersOutcome> run_transfers(const TransfersOptions& options, const Progress& progress);

/// The table at the end of ./run: one line a transfer.
std::string table_of_transfers(const nlohmann::json& model);

}  // namespace nobounce::lab
