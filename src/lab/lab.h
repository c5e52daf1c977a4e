// SPDX-License-Identifier: Apache-2.0
// The lab: guests with emulated NICs, one of which runs a command. What `nobounce lab` calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "lab/guest_kernel.h"
#include "lab/guest_root.h"
#include "lab/kernel_log.h"
#include "lab/kernel_profile.h"
#include "lab/lab_tools.h"
#include "lab/network_plan.h"

namespace nobounce::lab {

struct LabOptions {
  std::vector<std::string> command;
  bool terminal = false;  ///< The command gets our terminal; else it has no input.
  NetworkOptions network{};
  std::string peer{};             ///< Of two guests: what sh runs in the second; empty: nothing.
  std::filesystem::path share{};  ///< /share in every guest; empty: none.
  std::string kernel = "newest";  ///< Or a version, "7.1.13+deb13".
  unsigned cpus = 2;              ///< Of a guest.
  std::uint64_t ram_bytes = std::uint64_t{4} << 30;
  bool copy_meter = false;    ///< Every guest's QEMU gets the copy meter, and emulates the CPUs.
  std::uint32_t profile = 0;  ///< With the meter: the hottest functions, so many; 0: no profile.
  std::vector<std::string> qemu_arguments{};      ///< For every guest's QEMU, beside ours.
  std::optional<std::chrono::seconds> timeout{};  ///< For everything, the preparation included.
  std::filesystem::path cache{};                  ///< Cache::default_directory(), usually.
};

/// What the CPUs of a guest did while its command ran.
struct GuestsProfile {
  std::string hosts;  ///< Of the guest; empty where there is one.
  KernelProfile profile;
};

struct LabOutcome {
  int status = 0;                           ///< The command's, as a shell reports it.
  std::optional<int> peer_status{};         ///< The peer's, if it ended before the command did.
  std::string kernel_release;               ///< uname -r of the guests.
  Figure<std::string> qemu_version;         ///< Of its Debian package.
  std::string accelerator;                  ///< "kvm" or "tcg".
  unsigned cpus = 0;                        ///< Of a guest.
  std::vector<KernelComplaint> complaints;  ///< Known ones included.
  std::vector<GuestsProfile> profiles;      ///< Where they were asked for.

  [[nodiscard]] bool kernel_warned() const;
};

struct PreparedRoot {
  GuestRoot root;
  GuestKernel kernel;
};

/// Makes sure that root and kernel are in the cache.
Result<PreparedRoot> prepare_lab(const std::filesystem::path& cache, const std::string& kernel,
                                 const Progress& progress);

/// Boots the guests, runs the command with its output on our standard output and standard error
/// (the peer's goes by marked lines to standard error), and checks the guests' kernel logs. Leaves
/// nothing behind, whatever happens. Errors: kInvalidArgument for options that contradict each
/// other or a terminal that is none; kInterrupted; kTimeout; kIo (a guest died; the end of its
/// console is in the cause), and those of every step.
Result<LabOutcome> run_lab(const LabOptions& options, const Progress& progress);

}  // namespace nobounce::lab
