// SPDX-License-Identifier: Apache-2.0
// Ring: what the data paths need of an io_uring.
//
// A seam: IoUring is the real one, a fake kernel in the tests plays it. It is no abstraction of
// io_uring; entries, opcodes and results are what io_uring_enter(2) says, -errno in place of errno.
#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/syscall_account.h"

namespace nobounce::sys {

/// A completion, copied out of the ring.
struct RingCompletion {
  std::uint64_t user_data = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;
  std::uint64_t extra = 0;  ///< The first word after the usual ones; 0 where completions are short.
};

/// One thread only, from its opening on: the kernel refuses others.
class Ring {
 public:
  virtual ~Ring() = default;

  /// The next submission, all zero, to be filled before the next call; nullptr if all that there
  /// are wait to be submitted.
  virtual io_uring_sqe* next_submission() = 0;
  /// True if `submit` has something to do: entries to hand over, or work that the kernel has put
  /// off until we enter.
  [[nodiscard]] virtual bool has_work() const = 0;
  /// Hands over what was filled and lets the kernel do what it had put off; never waits.
  /// 0 or -errno. Never -EINTR.
  virtual int submit() = 0;
  /// The same, then waits until there is a completion or `timeout_ms` (-1: for ever) has passed.
  /// 0 for a completion, -ETIME, or another -errno. Never -EINTR.
  virtual int submit_and_wait(int timeout_ms) = 0;
  /// Copies completions out, the oldest first, and makes their places free; returns how many.
  virtual std::size_t take(std::span<RingCompletion> into) = 0;

  /// io_uring_register(2): its result or -errno.
  virtual int register_with(unsigned opcode, void* argument, unsigned count) = 0;

  /// Completions that the kernel had to drop since the ring was opened.
  [[nodiscard]] virtual std::uint32_t dropped_completions() const = 0;
  /// io_uring_enter alone; registering is no part of a data path's loop.
  [[nodiscard]] virtual const SyscallCounts& syscalls() const = 0;
  /// Calls from now on are timed as well, into `times`, which must outlive the ring. A ring that
  /// makes no calls does nothing.
  virtual void time_syscalls(SyscallTimes& times) { static_cast<void>(times); }
};

}  // namespace nobounce::sys
