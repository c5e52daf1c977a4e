// SPDX-License-Identifier: Apache-2.0
// SimulatedWire: the kernel's side of one socket that sends, and the peer that checks. What is sent
// with MSG_ZEROCOPY is read only when the send is done, so that a region which changes too early
// shows. Byte i of the stream must be pattern_byte(kSeed, i).
#pragma once

#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <vector>

#include "base/pattern.h"
#include "base/random.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::sim {

class SimulatedWire final : public sys::SocketCalls {
 public:
  static constexpr std::uint64_t kSeed = 43;

  explicit SimulatedWire(std::uint64_t seed) : random_(seed) {}

  const std::byte* dma_buf = nullptr;  // What offsets are counted from, on path devmem.
  bool has_ample_memory = false;       // ENOBUFS only while sends are in flight.
  std::uint64_t taken = 0;             // Bytes of the stream.
  bool is_intact = true;

  [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }

  ssize_t sendmsg(const msghdr& message, int flags) override {
    if (random_.chance(0.05)) return -EINTR;
    if (random_.chance(0.1)) return -EAGAIN;
    const bool is_zerocopy = (flags & MSG_ZEROCOPY) != 0;
    if (is_zerocopy && random_.chance(0.1) && (!has_ample_memory || !in_flight_.empty())) {
      return -ENOBUFS;
    }
    std::uint64_t length = message.msg_iov->iov_len;
    if (random_.chance(0.5)) length = 1 + random_.below(length);
    const auto* bytes = static_cast<const std::byte*>(message.msg_iov->iov_base);
    if (message.msg_controllen > 0) {
      bytes = dma_buf + reinterpret_cast<std::uintptr_t>(message.msg_iov->iov_base);
    }
    const Send send{.id = next_id_, .bytes = {bytes, length}, .position = taken};
    taken += length;
    if (is_zerocopy) {
      ++next_id_;
      in_flight_.push_back(send);
    } else {
      check(send);
    }
    return static_cast<ssize_t>(length);
  }

  ssize_t recvmsg(msghdr& message, int flags) override {
    EXPECT_EQ(flags, MSG_ERRQUEUE);
    if (random_.chance(0.05)) return -EINTR;
    if (notifications_.empty()) return -EAGAIN;
    const sock_extended_err error = notifications_.front();
    notifications_.pop_front();
    cmsghdr* const cmsg = CMSG_FIRSTHDR(&message);
    cmsg->cmsg_len = CMSG_LEN(sizeof error);
    cmsg->cmsg_level = SOL_IP;
    cmsg->cmsg_type = IP_RECVERR;
    std::memcpy(CMSG_DATA(cmsg), &error, sizeof error);
    message.msg_controllen = CMSG_SPACE(sizeof error);
    return 0;
  }

  int setsockopt(int, int name, std::span<const std::byte>) override {
    EXPECT_EQ(name, SO_ZEROCOPY);
    return 0;
  }
  int getsockopt(int, int, std::span<std::byte>) override { return -ENOPROTOOPT; }
  int pending_error() override { return 0; }

  /// Time passes: some sends are done, in any order. It may sleep although something came (a lost
  /// wake), or wake for nothing (a repeated one).
  int wait(short events, int) override {
    while (!in_flight_.empty() && random_.chance(0.6))
      complete(random_.below(in_flight_.size()));
    if (random_.chance(0.1)) return 0;
    int came = notifications_.empty() ? 0 : POLLERR;
    if (random_.chance(0.1)) came |= POLLERR;
    if (random_.chance(0.7)) came |= events & POLLOUT;
    return came;
  }

 private:
  struct Send {
    std::uint32_t id;
    std::span<const std::byte> bytes;
    std::uint64_t position;
  };

  void check(const Send& send) {
    is_intact = is_intact && !find_pattern_mismatch(send.bytes, kSeed, send.position);
  }

  // The send and some of its neighbours are done; the kernel tells of them as one range.
  void complete(std::size_t first) {
    std::size_t end = first + 1;
    while (end < in_flight_.size() && in_flight_[end].id == in_flight_[end - 1].id + 1 &&
           random_.chance(0.7)) {
      ++end;
    }
    sock_extended_err error{};
    error.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
    error.ee_code = random_.chance(0.2) ? SO_EE_CODE_ZEROCOPY_COPIED : 0;
    error.ee_info = in_flight_[first].id;
    error.ee_data = in_flight_[end - 1].id;
    notifications_.push_back(error);
    for (std::size_t i = first; i < end; ++i)
      check(in_flight_[i]);
    const auto at = in_flight_.begin() + static_cast<std::ptrdiff_t>(first);
    in_flight_.erase(at, at + static_cast<std::ptrdiff_t>(end - first));
  }

  Random random_;
  std::uint32_t next_id_ = 0;
  std::vector<Send> in_flight_;
  std::deque<sock_extended_err> notifications_;
};

}  // namespace nobounce::sim
