// SPDX-License-Identifier: Apache-2.0
// IoUring: the real filling of Ring, over liburing.
//
// SINGLE_ISSUER and DEFER_TASKRUN: completions are made when the owning thread enters the kernel
// and at no other time, so that nothing interrupts it (Linux 6.1).
#pragma once

#include <memory>

#include "base/result.h"
#include "sys/ring.h"

namespace nobounce::sys {

inline constexpr std::uint32_t kMaxRingCompletions = 65536;

struct IoUringOptions {
  std::uint32_t submissions = 64;   ///< A power of two.
  std::uint32_t completions = 256;  ///< A power of two up to kMaxRingCompletions.
  bool wide_completions = false;    ///< 32 bytes each, as zcrx demands.
};

/// Opens a ring that belongs to the calling thread.
/// Errors: kUnsupported (no io_uring, or one that is too old), kPermission (io_uring_disabled),
/// kExhausted (locked memory, descriptors).
Result<std::unique_ptr<Ring>> open_io_uring(const IoUringOptions& options);

}  // namespace nobounce::sys
