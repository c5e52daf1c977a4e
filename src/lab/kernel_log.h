// SPDX-License-Identifier: Apache-2.0
// Judges a guest kernel's log: a warning, a bug, an oops, a hang fails the run. Pure. Warnings that
// a kernel version is known for stand in one table, kKnownWarnings, each with its cause.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/guest_protocol.h"

namespace nobounce::lab {

/// A record of /dev/kmsg, its time before its text as dmesg shows it. The format is that of
/// Documentation/ABI/testing/dev-kmsg; what is not in it is taken as text.
KernelRecord parse_kernel_record(std::string_view raw);

/// A warning that is not ours to fix.
struct KnownWarning {
  std::string_view release_prefix;  ///< Of the kernels that have it: "7.3.".
  std::string_view pattern;         ///< A text in the report: a function, best of all.
  std::string_view cause;
};

/// One complaint of the kernel.
struct KernelComplaint {
  std::string what;                  ///< The line that gave it away.
  std::vector<std::string> context;  ///< The report around it.
  std::string_view known_cause;      ///< Of a known warning; empty: the run fails.
  std::string hosts{};               ///< Whose kernel it was, where there are several.
};

std::span<const KnownWarning> known_warnings();

/// The complaints in the log of a kernel `release`, in order.
std::vector<KernelComplaint> find_complaints(std::span<const KernelRecord> log,
                                             std::string_view release,
                                             std::span<const KnownWarning> known);

}  // namespace nobounce::lab
