// SPDX-License-Identifier: Apache-2.0
#include "path/send_zc_tx.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>

#include "base/bytes.h"
#include "path/socket_error.h"
#include "sys/message_log.h"

namespace nobounce::path {
namespace {

// More than a send buffer takes.
constexpr std::uint64_t kMaxSendBytes = std::uint64_t{64} << 20;
// Pages that a send pins itself count as locked for as long as it is in flight, all that were asked
// for, however few the socket took.
constexpr std::uint64_t kMaxPinnedSendBytes = std::uint64_t{1} << 20;
// The kernel says at once what became of a send that must not wait; this is how long we believe so.
constexpr int kResultTimeoutMs = 1000;
constexpr int kMaxWakesForResult = 1024;

// A tag: what it is of, then the generation and the index of the slot.
enum class TagKind : std::uint8_t { kSend, kRoom, kCancel };

constexpr RingTag make_tag(TagKind kind, std::uint16_t generation, std::uint16_t slot) {
  return RingTag{static_cast<std::uint8_t>(kind)} << 32 | RingTag{generation} << 16 | slot;
}

Error misspoke(const char* cause) {
  return {.code = Code::kProtocol,
          .operation = "send",
          .object = "SEND_ZC completions",
          .cause = cause,
          .fix = {}};
}

Error send_zc_error(int sys_errno) {
  Error error = send_error(sys_errno, Path::kSendZc);
  if (sys_errno == EINVAL || sys_errno == EOPNOTSUPP) {
    error.code = Code::kUnsupported;
    error.cause = "SEND_ZC is refused: it needs TCP, and Linux 6.2";
  }
  if (sys_errno == EFAULT) {
    error.code = Code::kUnsupported;
    error.cause = "the memory of the region can't be pinned";
  }
  return error;
}

// Each is said once for all senders of the process, which share the limit.

void say_degraded() {
  static std::atomic_flag is_said;
  if (is_said.test_and_set(std::memory_order_relaxed)) return;
  sys::message_log()->warn(
      "send_zc: no more memory can be locked; such sends are plain ones (fix: ulimit -l "
      "unlimited)");
}

void say_unregistered(const Error& error) {
  static std::atomic_flag is_said;
  if (is_said.test_and_set(std::memory_order_relaxed)) return;
  sys::message_log()->warn("send_zc: {}; each send locks its own pages", to_string(error));
}

Status check(const SendZcOptions& options) {
  const bool foreign_buffers =
      options.buffers != nullptr && (options.buffers->region().data() != options.region.data() ||
                                     options.buffers->region().size() != options.region.size());
  if (options.socket_fd >= 0 && !options.region.empty() && options.max_sends_in_flight > 0 &&
      options.max_sends_in_flight <= 32768 && !foreign_buffers) {
    return {};
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "open",
               .object = "a send_zc sender",
               .cause = foreign_buffers
                            ? "the registered memory is another region's"
                            : "it needs a socket, a region, and up to 32768 sends in flight",
               .fix = {}});
}

}  // namespace

sys::IoUringOptions ring_for_send_zc(const SendZcOptions& options) {
  constexpr std::uint32_t kSubmissions = 16;  // A send, a poll, and their cancellations.
  const std::uint64_t wanted = 2 * std::uint64_t{options.max_sends_in_flight} + 2 * kSubmissions;
  const auto bounded = std::min<std::uint64_t>(wanted, sys::kMaxRingCompletions);
  return {.submissions = kSubmissions,
          .completions = static_cast<std::uint32_t>(std::bit_ceil(bounded))};
}

Result<std::unique_ptr<SendZcSender>> SendZcSender::open(const SendZcOptions& options) {
  NB_TRY(check(options));
  NB_ASSIGN(auto ring, sys::open_io_uring(ring_for_send_zc(options)));
  NB_ASSIGN(auto pump, RingPump::open(std::move(ring), options.stop_fd));
  NB_ASSIGN(auto sender, open(*pump, options));
  sender->own_pump_ = std::move(pump);
  return sender;
}

Result<std::unique_ptr<SendZcSender>> SendZcSender::open(RingPump& pump,
                                                         const SendZcOptions& options) {
  NB_TRY(check(options));
  std::unique_ptr<SendZcSender> sender(new SendZcSender(pump, options));
  NB_ASSIGN(sender->place_, pump.join(*sender));
  sender->has_place_ = true;
  if (sender->buffers_ == nullptr && !options.is_on_huge_pages) NB_TRY(sender->register_region());
  return sender;
}

SendZcSender::SendZcSender(RingPump& pump, const SendZcOptions& options)
    : pump_(pump),
      buffers_(options.buffers),
      socket_fd_(options.socket_fd),
      region_(options.region),
      slots_(options.max_sends_in_flight),
      free_slots_(options.max_sends_in_flight) {
  for (std::size_t i = 0; i < free_slots_.size(); ++i)
    free_slots_[i] = static_cast<std::uint16_t>(i);
}

SendZcSender::~SendZcSender() {
  if (!has_place_) return;
  if (is_watching_) {
    // A poll holds the socket open.
    if (const auto cancel = pump_.submission(place_, make_tag(TagKind::kCancel, 0, 0))) {
      (*cancel)->opcode = IORING_OP_ASYNC_CANCEL;
      (*cancel)->fd = -1;
      (*cancel)->addr = pump_.user_data(place_, make_tag(TagKind::kRoom, 0, 0));
      static_cast<void>(pump_.pump());
    }
  }
  pump_.leave(place_);
}

Status SendZcSender::register_region() {
  auto buffers = FixedBuffers::open(pump_.ring(), region_);
  if (buffers) {
    buffers_ = &own_buffers_.emplace(*buffers);
    return {};
  }
  // The ring has its one table already: another sender's.
  if (buffers.error().code == Code::kBusy) return {};
  if (buffers.error().code != Code::kExhausted) return fail(std::move(buffers).error());
  say_unregistered(buffers.error());
  return {};
}

// What completions say.

void SendZcSender::take(RingTag tag, const sys::RingCompletion& completion) {
  const auto kind = static_cast<TagKind>(tag >> 32);
  if (kind == TagKind::kCancel) return;
  if (kind == TagKind::kRoom) {
    is_watching_ = false;
    has_room_ = true;
    return;
  }
  const auto slot = static_cast<std::uint16_t>(tag);
  const auto generation = static_cast<std::uint16_t>(tag >> 16);
  if (slot >= slots_.size() || slots_[slot].generation != generation ||
      slots_[slot].state == State::kFree) {
    failure_ = fail(misspoke("a send was reported that is not in flight"));
  } else if ((completion.flags & IORING_CQE_F_NOTIF) != 0) {
    take_notification(slot, completion);
  } else {
    take_result(slot, completion);
  }
}

void SendZcSender::take_result(std::uint16_t slot, const sys::RingCompletion& completion) {
  if (slots_[slot].state != State::kAwaitsResult) {
    failure_ = fail(misspoke("a send has two results"));
    return;
  }
  outcome_ = {.is_known = true, .result = completion.result};
  slots_[slot].took_bytes = completion.result > 0;
  // A send that failed may have a notification to come as well.
  if ((completion.flags & IORING_CQE_F_MORE) != 0) {
    slots_[slot].state = State::kAwaitsNotification;
    ++counts_.sends_in_flight;
  } else {
    free_slot(slot);
  }
}

void SendZcSender::take_notification(std::uint16_t slot, const sys::RingCompletion& completion) {
  if (slots_[slot].state != State::kAwaitsNotification) {
    failure_ = fail(misspoke("a send is done before it has a result"));
    return;
  }
  const auto usage = static_cast<std::uint32_t>(completion.result);
  if (slots_[slot].took_bytes && (usage & IORING_NOTIF_USAGE_ZC_COPIED) != 0) {
    ++counts_.sends_copied;
  }
  --counts_.sends_in_flight;
  free_slot(slot);
}

void SendZcSender::free_slot(std::uint16_t slot) {
  slots_[slot].state = State::kFree;
  ++slots_[slot].generation;
  free_slots_.push_back(slot);  // Never more than there are: no allocation.
}

// What the consumer asks for.

Result<std::uint64_t> SendZcSender::send(memory::Extent extent) {
  if (extent.length == 0 || !range_fits(extent.offset, extent.length, region_.size())) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "send",
                 .object = "an extent",
                 .cause = "it is empty, or lies outside of the region",
                 .fix = {}});
  }
  if (free_slots_.empty()) NB_TRY(pump_.pump());
  NB_TRY(failure_);
  if (free_slots_.empty()) return std::uint64_t{0};

  NB_ASSIGN(int result, send_once(extent, true));
  if (result == -ENOMEM) {
    say_degraded();
    NB_ASSIGN(result, send_once(extent, false));
    if (result > 0) ++counts_.sends_degraded;
  }
  if (result == -EAGAIN) {
    has_room_ = false;
    return std::uint64_t{0};
  }
  if (result < 0) return fail(send_zc_error(-result));
  const auto bytes = static_cast<std::uint64_t>(result);
  if (bytes > extent.length) return fail(misspoke("more was sent than was asked for"));
  counts_.bytes += bytes;
  has_room_ = true;
  return bytes;
}

Result<int> SendZcSender::send_once(memory::Extent extent, bool is_zero_copy) {
  while (true) {
    if (free_slots_.empty()) return -EAGAIN;
    const std::uint16_t slot = free_slots_.back();
    NB_ASSIGN(io_uring_sqe * request,
              pump_.submission(place_, make_tag(TagKind::kSend, slots_[slot].generation, slot)));
    free_slots_.pop_back();
    slots_[slot].state = State::kAwaitsResult;
    slots_[slot].took_bytes = false;

    extent.length = std::min(extent.length, kMaxSendBytes);
    request->fd = socket_fd_;
    request->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    request->opcode = is_zero_copy ? IORING_OP_SEND_ZC : IORING_OP_SEND;
    if (is_zero_copy) request->ioprio = IORING_SEND_ZC_REPORT_USAGE;
    if (is_zero_copy && buffers_ != nullptr) {
      const FixedExtent fixed = buffers_->front_of(extent);
      request->ioprio |= IORING_RECVSEND_FIXED_BUF;
      request->buf_index = fixed.buffer;
      extent.length = fixed.length;
    } else if (is_zero_copy) {
      extent.length = std::min(extent.length, kMaxPinnedSendBytes);
    }
    request->addr = reinterpret_cast<std::uintptr_t>(region_.data() + extent.offset);
    request->len = static_cast<std::uint32_t>(extent.length);

    NB_ASSIGN(const int result, await_result());
    if (result != -EINTR) return result;
  }
}

Result<int> SendZcSender::await_result() {
  outcome_ = {};
  NB_TRY(pump_.pump());
  for (int wakes = 0; !outcome_.is_known && failure_ && wakes < kMaxWakesForResult; ++wakes) {
    NB_ASSIGN(const Wake wake, pump_.wait_unstoppable(kResultTimeoutMs));
    if (wake == Wake::kTimeout) break;
  }
  NB_TRY(failure_);
  if (!outcome_.is_known) return fail(misspoke("a send has no result"));
  return outcome_.result;
}

Result<bool> SendZcSender::settle() {
  NB_TRY(pump_.pump());
  NB_TRY(failure_);
  return counts_.sends_in_flight == 0;
}

Result<Wake> SendZcSender::wait(Awaited what, int timeout_ms) {
  if (what == Awaited::kSettled) {
    if (counts_.sends_in_flight == 0) return Wake::kReady;
    return pump_.wait(timeout_ms);
  }
  if (pump_.is_stopped()) return wake_of(-ECANCELED);
  // Notifications come one by one; only what makes room is worth a send.
  while (!has_room_ || free_slots_.empty()) {
    if (!has_room_) NB_TRY(watch_for_room());
    NB_ASSIGN(const Wake wake, pump_.wait(timeout_ms));
    NB_TRY(failure_);
    if (wake == Wake::kTimeout) return wake;
  }
  return Wake::kReady;
}

Status SendZcSender::watch_for_room() {
  if (is_watching_) return {};
  NB_ASSIGN(io_uring_sqe * poll, pump_.submission(place_, make_tag(TagKind::kRoom, 0, 0)));
  poll->opcode = IORING_OP_POLL_ADD;
  poll->fd = socket_fd_;
  poll->poll32_events = POLLOUT;
  is_watching_ = true;
  return {};
}

}  // namespace nobounce::path
