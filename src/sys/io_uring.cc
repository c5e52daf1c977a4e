// SPDX-License-Identifier: Apache-2.0
#include "sys/io_uring.h"

#include <fmt/format.h>
#include <liburing.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace nobounce::sys {
namespace {

Error open_error(int sys_errno) {
  Error error = error_from_errno(sys_errno, "open", "an io_uring");
  switch (sys_errno) {
    case ENOSYS:
      error.code = Code::kUnsupported;
      error.cause = "io_uring_setup: this kernel has no io_uring";
      break;
    case EINVAL:
      error.code = Code::kUnsupported;
      error.cause = "io_uring_setup refuses SINGLE_ISSUER and DEFER_TASKRUN, which Linux 6.1 has";
      break;
    case EPERM:
    case EACCES:
      error.cause = "io_uring_setup is forbidden to this user";
      error.fix = "sysctl kernel.io_uring_disabled=0";
      break;
    case ENOMEM:
      error.code = Code::kExhausted;
      error.cause = "io_uring_setup had no memory, or the limit on locked memory is reached";
      error.fix = "ulimit -l unlimited";
      break;
    default:
      break;
  }
  return error;
}

/// Written by the kernel while we look.
unsigned load_acquire(unsigned* from) {
  return std::atomic_ref(*from).load(std::memory_order_acquire);
}

class IoUring final : public Ring {
 public:
  explicit IoUring(const io_uring& ring) : ring_(ring) {}
  ~IoUring() override { io_uring_queue_exit(&ring_); }
  IoUring(const IoUring&) = delete;
  IoUring& operator=(const IoUring&) = delete;

  io_uring_sqe* next_submission() override {
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    if (entry != nullptr) std::memset(entry, 0, sizeof *entry);
    return entry;
  }

  [[nodiscard]] bool has_work() const override {
    constexpr unsigned kPutOff = IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN;
    return ring_.sq.sqe_head != ring_.sq.sqe_tail || unsubmitted_ > 0 ||
           (load_acquire(ring_.sq.kflags) & kPutOff) != 0;
  }

  int submit() override {
    while (true) {
      const int result = enter(0, nullptr);
      if (result != -EINTR) return result;
    }
  }

  int submit_and_wait(int timeout_ms) override {
    using std::chrono::nanoseconds;
    using std::chrono::steady_clock;
    const auto deadline = steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    nanoseconds left = std::chrono::milliseconds(timeout_ms);
    while (true) {
      __kernel_timespec limit{.tv_sec = left.count() / 1'000'000'000,
                              .tv_nsec = left.count() % 1'000'000'000};
      const int result = enter(1, timeout_ms < 0 ? nullptr : &limit);
      if (result < 0 && result != -EINTR) return result;
      // Where entries were handed over, the kernel does not tell how the wait went.
      if (ready_completions() > 0) return 0;
      if (timeout_ms < 0) continue;
      left = deadline - steady_clock::now();
      if (left <= nanoseconds(0)) return -ETIME;
    }
  }

  [[nodiscard]] CompletionRun ready() const override {
    const bool is_wide = (ring_.flags & IORING_SETUP_CQE32) != 0;
    const unsigned first = *ring_.cq.khead & ring_.cq.ring_mask;
    const unsigned count = std::min(ready_completions(), ring_.cq.ring_entries - first);
    return {&ring_.cq.cqes[first << (is_wide ? 1 : 0)], is_wide, count};
  }
  void consume(std::size_t count) override {
    io_uring_cq_advance(&ring_, static_cast<unsigned>(count));
  }

  int register_with(unsigned opcode, void* argument, unsigned count) override {
    return io_uring_register(static_cast<unsigned>(ring_.ring_fd), opcode, argument, count);
  }

  [[nodiscard]] std::uint32_t dropped_completions() const override {
    return load_acquire(ring_.cq.koverflow);
  }
  [[nodiscard]] const SyscallCounts& syscalls() const override { return syscalls_.counts(); }
  void time_syscalls(SyscallTimes& times) override { syscalls_.time_into(times); }

 private:
  // liburing would do all of this in io_uring_submit and its relatives, but would not say how often
  // it entered. 0 or -errno.
  int enter(unsigned completions, __kernel_timespec* limit) {
    publish_submissions();
    io_uring_getevents_arg argument{};
    argument.ts = reinterpret_cast<std::uintptr_t>(limit);
    const int result = syscalls_.make(Syscall::kIoUringEnter, [&] {
      return io_uring_enter2(static_cast<unsigned>(ring_.ring_fd), unsubmitted_, completions,
                             IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                             reinterpret_cast<sigset_t*>(&argument), sizeof argument);
    });
    if (result > 0) unsubmitted_ -= std::min(unsubmitted_, static_cast<unsigned>(result));
    // That completions were dropped is told by their counter.
    return result == -EBADR ? 0 : std::min(result, 0);
  }

  [[nodiscard]] unsigned ready_completions() const {
    return load_acquire(ring_.cq.ktail) - *ring_.cq.khead;
  }

  void publish_submissions() {
    io_uring_sq& queue = ring_.sq;
    unsigned tail = *queue.ktail;
    for (; queue.sqe_head != queue.sqe_tail; ++queue.sqe_head, ++tail, ++unsubmitted_) {
      // A newer liburing does without the array of indices, where the kernel lets it.
      if (queue.array != nullptr)
        queue.array[tail & queue.ring_mask] = queue.sqe_head & queue.ring_mask;
    }
    std::atomic_ref(*queue.ktail).store(tail, std::memory_order_release);
  }

  io_uring ring_;
  unsigned unsubmitted_ = 0;  // Published, and not yet taken by the kernel.
  SyscallAccount syscalls_;
};

}  // namespace

Result<std::unique_ptr<Ring>> open_io_uring(const IoUringOptions& options) {
  if (!std::has_single_bit(options.submissions) || !std::has_single_bit(options.completions) ||
      options.completions > kMaxRingCompletions) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "an io_uring",
                 .cause = fmt::format("entries must be powers of two, up to {} completions",
                                      kMaxRingCompletions),
                 .fix = {}});
  }
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                     IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
  if (options.wide_completions) parameters.flags |= IORING_SETUP_CQE32;
  parameters.cq_entries = options.completions;
  io_uring ring;
  if (const int result = io_uring_queue_init_params(options.submissions, &ring, &parameters);
      result < 0) {
    return fail(open_error(-result));
  }
  return std::make_unique<IoUring>(ring);
}

}  // namespace nobounce::sys
