// SPDX-License-Identifier: Apache-2.0
// The order in which `--path auto` prefers the paths: the one table, and the choice by it. Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "host/judge.h"
#include "path/path.h"

namespace nobounce::host {

/// Best first. devmem leaves the CPU nothing but headers; zcrx and send_zc save system calls over
/// mmap and zerocopy; copy works everywhere and is last.
inline constexpr std::array kReceiveOrder = {path::Path::kDevmem, path::Path::kZcrx,
                                             path::Path::kMmap, path::Path::kCopy};
inline constexpr std::array kSendOrder = {path::Path::kDevmem, path::Path::kSendZc,
                                          path::Path::kZerocopy, path::Path::kCopy};

/// A path that was not taken, and why.
struct PassedOver {
  path::Path path = path::Path::kCopy;
  std::string why{};  ///< The probe that failed, or that the kernel would copy.
  std::string fix{};
};

struct Choice {
  /// What to try when the connection is opened, in this order: the zero-copy paths, then copy,
  /// unless a profile has it earlier. Never empty.
  std::vector<path::Path> candidates;
  /// The paths of the order that are no candidates, best first.
  std::vector<PassedOver> passed_over;
};

/// From the verdicts of one direction. A path that works but makes the kernel copy is not better
/// than plain sockets, so it is passed over; who wants it names it. `preferred` is the order of a
/// profile, every path once; empty: that of the table.
Choice choose(std::span<const Verdict> verdicts, std::span<const path::Path> preferred = {});

}  // namespace nobounce::host
