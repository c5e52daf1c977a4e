// SPDX-License-Identifier: Apache-2.0
// FakeStream: plays the kernel's side of one socket that holds bytes of a pattern, for paths copy
// and mmap, as net/ipv4/tcp.c of Linux 7.3 would: byte i of the stream is pattern_byte(seed, i).
// With `chaos` it reads short, is interrupted and would block as a seed has it.
#pragma once

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/pattern.h"
#include "base/random.h"
#include "sys/memfd.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

class FakeStream : public sys::SocketCalls {
 public:
  static constexpr std::uint64_t kSeed = 77;
  static constexpr std::uint64_t kPage = 4096;

  /// A packet's payload: whether its pages can be mapped, and how much of it was read.
  struct Packet {
    std::uint64_t length = 0;
    bool has_pages = false;
    std::uint64_t read = 0;
  };

  std::deque<Packet> queue;
  bool has_ended = false;  // The peer has closed: an empty queue is the end.
  int socket_error = 0;    // SO_ERROR, told once.
  std::deque<int> errors;  // Returned first, one a call that receives.
  std::optional<Random> chaos;
  tcp_info info{};
  std::function<void(tcp_zerocopy_receive&)> tamper;
  std::size_t receives = 0;
  std::size_t maps = 0;
  std::size_t waits = 0;
  std::vector<std::size_t> releases;  // Bytes of each.
  int release_error = 0;

  ssize_t recvmsg(msghdr& message, int flags) override {
    EXPECT_EQ(flags, 0);
    ++receives;
    if (const int error = next_error(); error != 0) return -error;
    if (waiting() == 0) return empty_result();
    std::uint64_t room = message.msg_iov->iov_len;
    if (chaos && chaos->chance(0.3)) room = 1 + chaos->below(room);
    const std::uint64_t bytes = std::min(room, waiting());
    take(static_cast<std::byte*>(message.msg_iov->iov_base), bytes);
    return static_cast<ssize_t>(bytes);
  }

  ssize_t sendmsg(const msghdr&, int) override { return -EOPNOTSUPP; }
  int setsockopt(int, int, std::span<const std::byte>) override { return -ENOPROTOOPT; }

  int getsockopt(int level, int name, std::span<std::byte> value) override {
    EXPECT_EQ(level, IPPROTO_TCP);
    if (name == TCP_INFO) {
      std::memcpy(value.data(), &info, std::min(value.size(), sizeof info));
      return 0;
    }
    EXPECT_EQ(name, TCP_ZEROCOPY_RECEIVE);
    ++maps;
    if (const int error = next_error(); error == EINTR) return -error;
    tcp_zerocopy_receive call;
    EXPECT_EQ(value.size(), sizeof call);
    std::memcpy(&call, value.data(), sizeof call);
    const int result = receive_pages(call);
    if (result < 0) return result;
    call.err = -std::exchange(socket_error, 0);
    call.inq = static_cast<std::uint32_t>(waiting() == 0 && has_ended ? 1 : waiting());
    if (tamper) tamper(call);
    std::memcpy(value.data(), &call, sizeof call);
    return 0;
  }

  int pending_error() override { return std::exchange(socket_error, 0); }

  std::function<void()> on_wait;  // May put packets into the queue.
  int wait(short events, int) override {
    EXPECT_EQ(events, POLLIN);
    ++waits;
    if (on_wait) on_wait();
    return waiting() > 0 || has_ended || socket_error != 0 ? POLLIN : 0;
  }

  Result<sys::Mapping> map_payload(std::size_t size) override {
    NB_ASSIGN(const sys::Fd memfd, sys::create_memfd("window", size));
    NB_ASSIGN(pages_,
              sys::Mapping::map(memfd.get(), 0, size, sys::Mapping::Access::kReadWrite, ""));
    is_mapped_.assign(size / kPage, false);
    NB_ASSIGN(sys::Mapping window,
              sys::Mapping::map(memfd.get(), 0, size, sys::Mapping::Access::kRead, ""));
    window_ = window.bytes().data();
    return window;
  }

  /// What was released must not be read any more: it is made to look wrong.
  int release_payload(std::span<std::byte> pages) override {
    releases.push_back(pages.size());
    const auto first = static_cast<std::size_t>(pages.data() - window_);
    for (std::size_t at = first; at < first + pages.size(); at += kPage)
      is_mapped_[at / kPage] = false;
    std::ranges::fill(pages_.bytes().subspan(first, pages.size()), std::byte{0xee});
    return -release_error;
  }

  [[nodiscard]] std::uint64_t waiting() const {
    std::uint64_t bytes = 0;
    for (const Packet& packet : queue)
      bytes += packet.length - packet.read;
    return bytes;
  }

 private:
  int next_error() {
    if (!errors.empty()) {
      const int error = errors.front();
      errors.pop_front();
      return error;
    }
    if (chaos && chaos->chance(0.05)) return EINTR;
    if (chaos && chaos->chance(0.05)) return EAGAIN;
    return 0;
  }

  ssize_t empty_result() {
    if (socket_error != 0) return -std::exchange(socket_error, 0);
    return has_ended ? 0 : -EAGAIN;
  }

  void take(std::byte* to, std::uint64_t bytes) {
    fill_pattern({to, bytes}, kSeed, position_);
    position_ += bytes;
    while (bytes > 0) {
      const std::uint64_t part = std::min(bytes, queue.front().length - queue.front().read);
      queue.front().read += part;
      bytes -= part;
      if (queue.front().read == queue.front().length) queue.pop_front();
    }
  }

  // Bytes of the first packet that can't be mapped, from where it was read up to.
  [[nodiscard]] std::uint64_t unmappable() const {
    if (queue.empty()) return 0;
    const Packet& packet = queue.front();
    const std::uint64_t left = packet.length - packet.read;
    if (!packet.has_pages || left < kPage) return left;
    return std::min(left, (kPage - packet.read % kPage) % kPage);
  }

  int receive_pages(tcp_zerocopy_receive& call) {
    const std::uint64_t asked = call.length;
    const auto copy_room = static_cast<std::uint64_t>(call.copybuf_len);
    // The kernel takes these for addresses, and so must we.
    auto* const page = reinterpret_cast<std::byte*>(call.address);            // NOLINT
    auto* const copies = reinterpret_cast<std::byte*>(call.copybuf_address);  // NOLINT
    call.length = 0;
    call.copybuf_len = 0;
    call.recv_skip_hint = 0;
    const std::uint64_t inq = waiting();
    if (inq == 0) return has_ended ? -EIO : 0;
    if (inq <= copy_room) {
      take(copies, inq);
      call.copybuf_len = static_cast<std::int32_t>(inq);
      return 0;
    }
    auto first = static_cast<std::size_t>(page - window_);
    while (call.length + kPage <= asked && !queue.empty() && unmappable() == 0) {
      EXPECT_FALSE(is_mapped_[first / kPage]);
      is_mapped_[first / kPage] = true;
      take(pages_.bytes().data() + first, kPage);
      first += kPage;
      call.length += static_cast<std::uint32_t>(kPage);
    }
    const std::uint64_t stragglers = std::min(unmappable(), copy_room);
    call.recv_skip_hint = static_cast<std::uint32_t>(unmappable() - stragglers);
    take(copies, stragglers);
    call.copybuf_len = static_cast<std::int32_t>(stragglers);
    return 0;
  }

  std::uint64_t position_ = 0;
  sys::Mapping pages_;  // The window, writable.
  std::byte* window_ = nullptr;
  std::vector<bool> is_mapped_;
};

}  // namespace nobounce::path
