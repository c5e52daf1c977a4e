// SPDX-License-Identifier: Apache-2.0
// Ring: what the data paths need of an io_uring.
//
// A seam: IoUring is the real one, a fake kernel in the tests plays it. It is no abstraction of
// io_uring; entries, opcodes and results are what io_uring_enter(2) says, -errno in place of errno.
#pragma once

#include <linux/io_uring.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "sys/syscall_account.h"

namespace nobounce::sys {

/// A completion, laid out as in a ring with wide ones. Of short ones there is the first half.
struct RingCompletion {
  std::uint64_t user_data = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;
  std::uint64_t extra = 0;
  std::uint64_t more_extra = 0;
};
static_assert(sizeof(RingCompletion) == 2 * sizeof(io_uring_cqe));
static_assert(offsetof(RingCompletion, result) == offsetof(io_uring_cqe, res));
static_assert(offsetof(RingCompletion, flags) == offsetof(io_uring_cqe, flags));

/// Completions that lie side by side in a ring, the oldest first. They are read in place: where
/// thousands of them become something else, a copy would be half of the work.
class CompletionRun {
 public:
  CompletionRun() = default;
  /// `count` of them from `first` on.
  CompletionRun(const void* first, bool are_wide, std::size_t count)
      : first_(static_cast<const std::byte*>(first)), are_wide_(are_wide), count_(count) {}

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] RingCompletion operator[](std::size_t index) const {
    assert(index < count_);
    RingCompletion completion;
    std::memcpy(&completion, first_ + index * stride(), stride());
    return completion;
  }
  /// All of them, in place; none where they are short.
  [[nodiscard]] std::span<const RingCompletion> wide() const {
    if (!are_wide_) return {};
    return {reinterpret_cast<const RingCompletion*>(first_), count_};
  }
  [[nodiscard]] CompletionRun without_first(std::size_t count) const {
    assert(count <= count_);
    return {first_ + count * stride(), are_wide_, count_ - count};
  }

 private:
  [[nodiscard]] std::size_t stride() const {
    return are_wide_ ? sizeof(RingCompletion) : sizeof(io_uring_cqe);
  }

  const std::byte* first_ = nullptr;
  bool are_wide_ = false;
  std::size_t count_ = 0;
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
  /// Completions that are there: the oldest ones, up to where the ring begins anew. They stay.
  [[nodiscard]] virtual CompletionRun ready() const = 0;
  /// Makes the places of the `count` oldest free, which must have been seen.
  virtual void consume(std::size_t count) = 0;

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
