// SPDX-License-Identifier: Apache-2.0
// The lab: a guest with emulated NICs that runs one command. What `nobounce lab` calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "lab/guest_kernel.h"
#include "lab/guest_root.h"
#include "lab/kernel_log.h"

namespace nobounce::lab {

/// Told what is being done, for those who wait.
using Progress = std::function<void(std::string_view)>;

struct LabOptions {
  std::vector<std::string> command;
  std::uint32_t pairs = 1;        ///< Of NICs.
  std::filesystem::path share;    ///< /share in the guest; empty: none.
  std::string kernel = "newest";  ///< Or a version, "7.1.13+deb13".
  unsigned cpus = 2;              ///< Of the guest.
  std::uint64_t ram_bytes = std::uint64_t{4} << 30;
  std::optional<std::chrono::seconds> timeout{};  ///< For everything, the preparation included.
  std::filesystem::path cache{};                  ///< Cache::default_directory(), usually.
};

struct LabOutcome {
  int status = 0;                           ///< COMMAND's, as a shell reports it.
  std::string kernel_release;               ///< uname -r of the guest.
  Figure<std::string> qemu_version;         ///< Of its Debian package.
  std::string accelerator;                  ///< "kvm" or "tcg".
  unsigned cpus = 0;                        ///< Of the guest.
  std::vector<KernelComplaint> complaints;  ///< Known ones included.

  [[nodiscard]] bool kernel_warned() const;
};

struct PreparedRoot {
  GuestRoot root;
  GuestKernel kernel;
};

/// Makes sure that root and kernel are in the cache.
Result<PreparedRoot> prepare_lab(const std::filesystem::path& cache, const std::string& kernel,
                                 const Progress& progress);

/// Boots a guest, runs the command with its output on our standard output and standard error, and
/// checks the guest's kernel log. Leaves nothing behind, whatever happens. Errors: kInterrupted,
/// kTimeout, kIo (the guest died; the end of its console is in the cause), and those of
/// every step.
Result<LabOutcome> run_lab(const LabOptions& options, const Progress& progress);

}  // namespace nobounce::lab
