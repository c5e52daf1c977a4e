// SPDX-License-Identifier: Apache-2.0
// What every guest is made of: the cache, and in it a guest root and a kernel.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lab/cache.h"
#include "lab/guest_kernel.h"
#include "lab/guest_root.h"
#include "lab/interruption.h"
#include "lab/run_directory.h"

namespace nobounce::lab {

/// Told what is being done, for those who wait.
using Progress = std::function<void(std::string_view)>;

struct LabTools {
  Cache cache;  ///< Held while the lab runs, so that nobody removes it.
  GuestRoot root;
  GuestKernel kernel;
};

/// Takes from the cache in `directory` what is there, and makes what is not.
Result<LabTools> prepare_tools(const std::filesystem::path& directory, const std::string& kernel,
                               const RunDirectory& run, Interruption& interruption,
                               const Progress& progress);

}  // namespace nobounce::lab
