// SPDX-License-Identifier: Apache-2.0
// FakeRing: plays the kernel's side of an io_uring: zcrx with its niovs and refill ring as
// io_uring/zcrx.c of Linux 7.3 keeps them, SEND_ZC with its notifications, polls, cancellations.
//
// It writes the stream into the area as a NIC would, and spoils every niov that came back, so that
// whoever reads one after giving it back, or is handed one that is still on loan, reads nonsense.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sys/ring.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

/// Byte `position` of the stream of socket `fd`.
inline std::byte stream_byte(int fd, std::uint64_t position) {
  return static_cast<std::byte>((position * 131 + position / 251 + static_cast<unsigned>(fd)) %
                                251);
}

class FakeRing : public sys::Ring {
 public:
  static constexpr std::byte kSpoiled{0xff};  // No byte of a stream.
  static constexpr std::uint64_t kAreaToken = std::uint64_t{3} << uapi::kZcrxAreaShift;

  explicit FakeRing(std::size_t completions = 1024, std::size_t submissions = 16)
      : capacity_(completions), entries_(submissions) {}

  // What the kernel has and refuses.
  bool knows_query = true;
  uapi::ZcrxAnswer zcrx{.register_flags = 3,
                        .area_flags = 1,
                        .control_ops = 4,
                        .features = 3,
                        .refill_header_size = 128,
                        .refill_header_alignment = 64,
                        .reserved = 0};
  uapi::ZcrxEventAnswer events{.event_flags = 3,
                               .statistics_size = 16,
                               .statistics_alignment = 8,
                               .reserved1 = 0,
                               .reserved2 = {}};
  int registration_error = 0;
  int buffers_error = 0;
  int enter_error = 0;
  std::function<void(uapi::ZcrxQueueRegistration&, uapi::ZcrxArea&)> tamper_registration;
  std::function<void(sys::RingCompletion&)> tamper;
  std::function<void()> on_wait;  // Something may happen while the caller waits.

  // What it was asked.
  uapi::ZcrxQueueRegistration registration{};
  uapi::ZcrxArea area{};
  uapi::ZcrxEvents event_desc{};
  std::size_t buffers = 0;
  int flushes = 0;
  int armed_events = 0;
  std::uint32_t dropped = 0;

  // Ring.

  io_uring_sqe* next_submission() override {
    if (filled_ == entries_.size()) return nullptr;
    entries_[filled_] = {};
    return &entries_[filled_++];
  }
  [[nodiscard]] bool has_work() const override { return filled_ > 0 || has_deferred_; }
  int submit() override {
    counts_.add(sys::Syscall::kIoUringEnter);
    if (enter_error != 0) return -enter_error;
    for (std::size_t i = 0; i < filled_; ++i)
      execute(entries_[i]);
    filled_ = 0;
    has_deferred_ = false;
    run();
    return 0;
  }
  int submit_and_wait(int) override {
    if (const int result = submit(); result < 0) return result;
    if (completions_.empty() && on_wait) {
      on_wait();
      run();
    }
    return completions_.empty() ? -ETIME : 0;
  }
  // Places of the ring that lie side by side, as in the real one.
  [[nodiscard]] sys::CompletionRun ready() const override {
    const std::size_t to_the_end = capacity_ - consumed_ % capacity_;
    const std::size_t count = std::min(completions_.size(), to_the_end);
    shown_.assign(completions_.begin(), completions_.begin() + static_cast<std::ptrdiff_t>(count));
    return {shown_.data(), /*are_wide=*/true, count};
  }
  void consume(std::size_t count) override {
    ASSERT_LE(count, shown_.size());
    consumed_ += count;
    completions_.erase(completions_.begin(),
                       completions_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  int register_with(unsigned opcode, void* argument, unsigned count) override {
    switch (opcode) {
      case uapi::kQueryRegister:
        return query(*static_cast<uapi::IoUringQuery*>(argument));
      case uapi::kZcrxIfqRegister:
        EXPECT_EQ(count, 1u);
        return register_zcrx(*static_cast<uapi::ZcrxQueueRegistration*>(argument));
      case uapi::kZcrxControlRegister:
        EXPECT_EQ(count, 0u);
        return control(*static_cast<uapi::ZcrxControl*>(argument));
      case IORING_REGISTER_BUFFERS:
        if (buffers_error != 0) return -buffers_error;
        buffers = count;
        return 0;
      default:
        return -EINVAL;
    }
  }
  [[nodiscard]] std::uint32_t dropped_completions() const override { return dropped; }
  [[nodiscard]] const sys::SyscallCounts& syscalls() const override { return counts_; }

  // The NIC's side.

  struct Packet {
    std::uint32_t niov = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    bool is_linear = false;
  };
  struct Socket {
    std::deque<Packet> queue;
    std::uint64_t received = 0;  // Position of the stream, by the NIC.
    std::uint64_t told = 0;      // Position of the stream, by the ring.
    bool has_ended = false;
    int error = 0;
    std::optional<std::uint64_t> request;  // The multishot request that is under way.
  };
  std::map<int, Socket> sockets;

  /// A packet comes in, `pieces` of it in one niov each `length` long; false if there is no niov.
  bool deliver(int fd, std::uint32_t length, std::uint32_t pieces = 1) {
    const auto niov = take_niov();
    if (!niov) {
      post_event();
      return false;
    }
    Socket& socket = sockets[fd];
    for (std::uint32_t i = 0; i < pieces; ++i) {
      write(fd, socket.received, *niov * kNiov + i * length, length);
      socket.received += length;
      socket.queue.push_back({.niov = *niov, .offset = i * length, .length = length});
      ++references_[*niov];  // The packet's.
    }
    has_deferred_ = true;
    return true;
  }
  /// Bytes that the NIC did not put into the area.
  void deliver_linear(int fd, std::uint32_t length) {
    Socket& socket = sockets[fd];
    socket.queue.push_back({.niov = 0, .offset = 0, .length = length, .is_linear = true});
    socket.received += length;
    has_deferred_ = true;
  }
  [[nodiscard]] bool has_linear_waiting(int fd) {
    const auto& queue = sockets[fd].queue;
    return std::any_of(queue.begin(), queue.end(), [](const Packet& p) { return p.is_linear; });
  }
  void end(int fd, int error = 0) {
    sockets[fd].has_ended = true;
    sockets[fd].error = error;
    has_deferred_ = true;
  }
  /// The socket is closed, and what nobody received is gone.
  void close(int fd) {
    for (const Packet& packet : sockets[fd].queue)
      if (!packet.is_linear) put_niov(packet.niov);
    sockets.erase(fd);
  }
  /// Ends the multishot request of `fd` for no good reason.
  void end_request(int fd, int result) {
    Socket& socket = sockets[fd];
    if (!socket.request) return;
    post({.user_data = *std::exchange(socket.request, std::nullopt), .result = result});
  }
  void post(const sys::RingCompletion& completion) { completions_.push_back(completion); }
  /// Niovs that packets or the user hold; what waits in the refill ring is the user's.
  [[nodiscard]] std::size_t niovs_in_use() const {
    return static_cast<std::size_t>(
        std::count_if(references_.begin(), references_.end(), [](int n) { return n > 0; }));
  }
  [[nodiscard]] std::uint32_t refill_waiting() const { return tail() - head_; }
  [[nodiscard]] std::size_t requests_under_way() const {
    return static_cast<std::size_t>(std::count_if(sockets.begin(), sockets.end(), [](auto& entry) {
      return entry.second.request.has_value();
    }));
  }
  /// The NIC takes what is in the refill ring, as it does when it needs niovs.
  void consume_refill(std::uint32_t most = ~0u) {
    for (; head_ != tail() && most > 0; ++head_, --most) {
      const auto& entry = refill_[head_ & (registration.refill_entries - 1)];
      EXPECT_EQ(entry.offset & ~uapi::kZcrxOffsetMask, kAreaToken);
      const std::uint64_t niov = (entry.offset & uapi::kZcrxOffsetMask) / kNiov;
      ASSERT_LT(niov, references_.size());
      ASSERT_GT(user_references_[niov], 0) << "a reference came back twice";
      --user_references_[niov];
      put_niov(static_cast<std::uint32_t>(niov));
    }
    std::atomic_ref(*head_word_).store(head_, std::memory_order_release);
  }

  // SEND_ZC.

  struct Sent {
    std::uint8_t opcode = 0;
    std::uint16_t flags = 0;
    std::uint16_t buffer = 0;
    std::uint64_t address = 0;
    std::uint32_t asked = 0;
    int result = 0;
  };
  std::vector<Sent> sent;
  std::deque<int> send_results;  // Returned first, one a send; then up to max_send is taken.
  std::uint32_t max_send = 1 << 16;
  bool loses_results = false;
  std::vector<std::uint64_t> unnotified;  // user_data of sends whose bytes are still read.
  bool has_room = false;                  // What a poll for room would say.

  void notify(std::size_t index, bool was_copied = false) {
    const std::uint64_t user_data = unnotified.at(index);
    unnotified.erase(unnotified.begin() + static_cast<std::ptrdiff_t>(index));
    post({.user_data = user_data,
          .result = was_copied ? static_cast<int>(IORING_NOTIF_USAGE_ZC_COPIED) : 0,
          .flags = IORING_CQE_F_NOTIF});
  }
  [[nodiscard]] std::size_t polls() const { return polls_.size(); }
  void make_room() {
    has_room = true;
    has_deferred_ = true;
  }
  /// Descriptors that are readable: the stop descriptor among them.
  std::set<int> readable;

 private:
  static constexpr std::uint32_t kNiov = 4096;

  struct Poll {
    int fd;
    std::uint32_t events;
    std::uint64_t user_data;
  };

  void execute(const io_uring_sqe& entry) {
    switch (entry.opcode) {
      case uapi::kOpRecvZc:
        EXPECT_EQ(entry.ioprio, IORING_RECV_MULTISHOT);
        EXPECT_EQ(entry.file_index, kQueueId);
        EXPECT_FALSE(sockets[entry.fd].request) << "asked twice";
        sockets[entry.fd].request = entry.user_data;
        return;
      case IORING_OP_POLL_ADD:
        polls_.push_back({entry.fd, entry.poll32_events, entry.user_data});
        return;
      case IORING_OP_ASYNC_CANCEL:
        cancel(entry.addr);
        post({.user_data = entry.user_data});
        return;
      case IORING_OP_SEND:
      case IORING_OP_SEND_ZC:
        send(entry);
        return;
      default:
        ADD_FAILURE() << "opcode " << int{entry.opcode};
    }
  }

  void cancel(std::uint64_t user_data) {
    for (auto& [fd, socket] : sockets)
      if (socket.request == user_data) end_request(fd, -ECANCELED);
    std::erase_if(polls_, [&](const Poll& poll) {
      if (poll.user_data != user_data) return false;
      post({.user_data = user_data, .result = -ECANCELED});
      return true;
    });
  }

  void send(const io_uring_sqe& entry) {
    int result = static_cast<int>(std::min(entry.len, max_send));
    if (!send_results.empty()) {
      result = std::min(send_results.front(), static_cast<int>(entry.len));
      send_results.pop_front();
    }
    sent.push_back({entry.opcode, entry.ioprio, entry.buf_index, entry.addr, entry.len, result});
    if (loses_results) return;
    // As in the kernel, a zero-copy send that failed has a notification too, but not if it never
    // came to be.
    const bool has_notification = entry.opcode == IORING_OP_SEND_ZC && result != -ENOMEM;
    post({.user_data = entry.user_data,
          .result = result,
          .flags = has_notification ? IORING_CQE_F_MORE : 0});
    if (!has_notification) return;
    unnotified.push_back(entry.user_data);
    if (result < 0) notify(unnotified.size() - 1, true);
  }

  void run() {
    std::erase_if(polls_, [&](const Poll& poll) {
      const bool is_ready = (poll.events & 4) != 0 ? has_room : readable.contains(poll.fd);
      if (is_ready) post({.user_data = poll.user_data, .result = static_cast<int>(poll.events)});
      return is_ready;
    });
    for (auto& [fd, socket] : sockets)
      if (socket.request) run(fd, socket);
  }

  void run(int fd, Socket& socket) {
    while (!socket.queue.empty()) {
      Packet packet = socket.queue.front();
      if (packet.is_linear) {
        if (free_.empty()) return end_request(fd, -ENOMEM);
        packet.niov = free_.back();
        free_.pop_back();
        write(fd, socket.told, packet.niov * kNiov, packet.length);
        ++references_[packet.niov];
        statistics_->copies += 1;
        statistics_->copied_bytes += packet.length;
      }
      if (completions_.size() >= capacity_) {
        if (packet.is_linear) put_niov(packet.niov);
        return end_request(fd, -ENOSPC);
      }
      sys::RingCompletion completion{
          .user_data = *socket.request,
          .result = static_cast<int>(packet.length),
          .flags = IORING_CQE_F_MORE,
          .extra = kAreaToken | (packet.niov * std::uint64_t{kNiov} + packet.offset)};
      if (tamper) tamper(completion);
      post(completion);
      ++user_references_[packet.niov];  // The packet's reference becomes the user's.
      socket.told += packet.length;
      socket.queue.pop_front();
    }
    if (socket.has_ended) end_request(fd, -socket.error);
  }

  std::optional<std::uint32_t> take_niov() {
    // Niovs come out of the refill ring first.
    if (registration.flags != uapi::kRegisterWithoutNic) consume_refill();
    if (free_.empty()) return std::nullopt;
    const std::uint32_t niov = free_.back();
    free_.pop_back();
    return niov;
  }
  void put_niov(std::uint32_t niov) {
    if (--references_[niov] > 0) return;
    free_.insert(free_.begin(), niov);
    if (area.addr != 0) std::memset(memory(niov * kNiov), static_cast<int>(kSpoiled), kNiov);
  }
  void write(int fd, std::uint64_t position, std::uint64_t offset, std::uint32_t length) {
    if (area.addr == 0) return;
    for (std::uint32_t i = 0; i < length; ++i)
      memory(offset)[i] = stream_byte(fd, position + i);
  }
  [[nodiscard]] std::byte* memory(std::uint64_t offset) const {
    return reinterpret_cast<std::byte*>(area.addr) + offset;
  }

  int query(uapi::IoUringQuery& header) const {
    if (!knows_query) return -EINVAL;
    const void* answer = nullptr;
    std::size_t size = 0;
    if (header.query_op == uapi::kQueryZcrx) {
      answer = &zcrx;
      size = sizeof zcrx;
    } else if (header.query_op == uapi::kQueryZcrxEvent) {
      answer = &events;
      size = sizeof events;
    }
    if (answer == nullptr || size > header.size) {
      header.result = -EOPNOTSUPP;
      return 0;
    }
    std::memcpy(reinterpret_cast<void*>(header.query_data), answer, size);
    header.size = static_cast<std::uint32_t>(size);
    return 0;
  }

  int register_zcrx(uapi::ZcrxQueueRegistration& asked) {
    if (registration_error != 0) return -registration_error;
    auto& asked_area = *reinterpret_cast<uapi::ZcrxArea*>(asked.area);
    const auto& region = *reinterpret_cast<uapi::MemoryRegion*>(asked.region);
    EXPECT_EQ(region.flags, uapi::kMemRegionTypeUser);
    EXPECT_EQ(region.user_addr % 4096, 0u);
    EXPECT_EQ(region.size % 4096, 0u);
    EXPECT_LE(128 + asked.refill_entries * 16ul, region.size - 64);
    auto* const start = reinterpret_cast<std::byte*>(region.user_addr);
    head_word_ = reinterpret_cast<std::uint32_t*>(start);
    tail_word_ = reinterpret_cast<std::uint32_t*>(start + 64);
    refill_ = reinterpret_cast<uapi::ZcrxRefillEntry*>(start + 128);
    if (asked.event_desc != 0) {
      event_desc = *reinterpret_cast<uapi::ZcrxEvents*>(asked.event_desc);
      statistics_ = reinterpret_cast<uapi::ZcrxStatistics*>(start + event_desc.statistics_offset);
      is_event_armed_ = true;
    }
    asked.offsets.head = 0;
    asked.offsets.tail = 64;
    asked.offsets.entries = 128;
    asked.id = kQueueId;
    asked_area.token = kAreaToken;
    registration = asked;
    area = asked_area;
    const auto niovs = static_cast<std::uint32_t>(area.length / kNiov);
    references_.assign(niovs, 0);
    user_references_.assign(niovs, 0);
    for (std::uint32_t i = 0; i < niovs; ++i)
      free_.push_back(niovs - 1 - i);
    if (tamper_registration) tamper_registration(asked, asked_area);
    return 0;
  }

  int control(const uapi::ZcrxControl& asked) {
    EXPECT_EQ(asked.id, kQueueId);
    if (asked.operation >= zcrx.control_ops) return -EOPNOTSUPP;
    if (asked.operation == uapi::kZcrxControlFlush) {
      ++flushes;
      consume_refill();
      return 0;
    }
    if (asked.operation != uapi::kZcrxControlArmEvent || is_event_armed_) return -EINVAL;
    is_event_armed_ = true;
    ++armed_events;
    return 0;
  }

  void post_event() {
    if (!is_event_armed_) return;
    is_event_armed_ = false;
    post({.user_data = event_desc.user_data, .result = 0});
  }

  [[nodiscard]] std::uint32_t tail() const {
    return tail_word_ == nullptr ? head_ : std::atomic_ref(*tail_word_).load();
  }

  static constexpr std::uint32_t kQueueId = 5;

  std::size_t capacity_;
  std::vector<io_uring_sqe> entries_;
  std::size_t filled_ = 0;
  bool has_deferred_ = false;
  std::deque<sys::RingCompletion> completions_;
  mutable std::vector<sys::RingCompletion> shown_;
  std::size_t consumed_ = 0;
  std::vector<Poll> polls_;
  sys::SyscallCounts counts_;
  std::uint32_t* head_word_ = nullptr;
  std::uint32_t* tail_word_ = nullptr;
  uapi::ZcrxRefillEntry* refill_ = nullptr;
  uapi::ZcrxStatistics own_statistics_{};
  uapi::ZcrxStatistics* statistics_ = &own_statistics_;
  std::uint32_t head_ = 0;
  bool is_event_armed_ = false;
  std::vector<std::uint32_t> free_;
  std::vector<int> references_;
  std::vector<int> user_references_;
};

}  // namespace nobounce::path
