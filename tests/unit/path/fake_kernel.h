// SPDX-License-Identifier: Apache-2.0
// FakeKernel: plays the kernel's side of one socket, frag by frag and errno by errno, as
// net/ipv4/tcp.c and net/core/sock.c of Linux 7.3 would. It keeps the tokens that it gave out, so
// that a test can say whether all came back.
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
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

class FakeKernel : public sys::SocketCalls {
 public:
  /// A frag that waits to be received, or linear bytes in front of one.
  struct Pending {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool is_linear = false;
    std::uint32_t dmabuf_id = 7;
  };

  std::deque<Pending> queue;                // What recvmsg(MSG_SOCK_DEVMEM) yields.
  std::deque<int> receive_errors;           // Returned first, one a call.
  bool has_ended = false;                   // An empty queue is the end of the stream, not EAGAIN.
  std::optional<std::uint32_t> next_token;  // Else the lowest free one, as the kernel does.
  std::set<std::uint32_t> tokens;           // Given out and not come back.
  std::function<void(std::vector<std::byte>& control, ssize_t& result, int& flags)> tamper;
  std::size_t max_dontneed = uapi::kMaxDontneedFrags;
  int dontneed_error = 0;
  std::vector<std::vector<uapi::DmabufToken>> dontneed_calls;
  std::size_t largest_control = 0;
  std::uint64_t linear_counter = 0;

  ssize_t recvmsg(msghdr& message, int flags) override {
    if (flags == MSG_ERRQUEUE) return read_error_queue(message);
    EXPECT_EQ(flags, uapi::kMsgSockDevmem);
    if (!receive_errors.empty()) {
      const int error = receive_errors.front();
      receive_errors.pop_front();
      return -error;
    }
    largest_control = std::max<std::size_t>(largest_control, message.msg_controllen);
    if (queue.empty()) return has_ended ? 0 : -EAGAIN;
    return receive_frags(message);
  }

  int setsockopt(int level, int name, std::span<const std::byte> value) override {
    if (level == SOL_SOCKET && name == SO_ZEROCOPY) return zerocopy_error;
    EXPECT_EQ(level, SOL_SOCKET);
    EXPECT_EQ(name, uapi::kSoDevmemDontneed);
    std::vector<uapi::DmabufToken> ranges(value.size() / sizeof(uapi::DmabufToken));
    std::memcpy(ranges.data(), value.data(), value.size());
    EXPECT_LE(ranges.size(), uapi::kMaxDontneedRanges);
    dontneed_calls.push_back(ranges);
    if (dontneed_error != 0) return -dontneed_error;
    int freed = 0;
    std::size_t looked_at = 0;
    for (const auto& range : ranges) {
      for (std::uint32_t i = 0; i < range.token_count; ++i) {
        if (++looked_at > max_dontneed) return freed;
        freed += static_cast<int>(tokens.erase(range.token_start + i));
      }
    }
    return freed;
  }

  int getsockopt(int, int, std::span<std::byte>) override { return -ENOPROTOOPT; }

  // The sending side.
  struct Sent {
    std::uint64_t offset;
    std::uint64_t length;
    std::uint32_t binding;
    int flags;
  };
  std::vector<Sent> sent;
  std::deque<ssize_t> send_results;  // Returned first, one a call; else up to max_send is taken.
  std::uint64_t max_send = 1 << 20;
  std::deque<sock_extended_err> error_queue;
  int so_error = 0;
  int zerocopy_error = 0;
  bool uses_ipv6 = false;

  ssize_t sendmsg(const msghdr& message, int flags) override {
    if (!send_results.empty()) {
      const ssize_t result = send_results.front();
      send_results.pop_front();
      if (result <= 0) return result;
    }
    Sent one{.offset = reinterpret_cast<std::uintptr_t>(message.msg_iov->iov_base),
             .length = std::min<std::uint64_t>(message.msg_iov->iov_len, max_send),
             .binding = 0,
             .flags = flags};
    if (const cmsghdr* cmsg = CMSG_FIRSTHDR(&message)) {
      EXPECT_EQ(cmsg->cmsg_level, SOL_SOCKET);
      EXPECT_EQ(cmsg->cmsg_type, uapi::kScmDevmemDmabuf);
      EXPECT_EQ(cmsg->cmsg_len, CMSG_LEN(4));
      std::memcpy(&one.binding, CMSG_DATA(cmsg), 4);
    }
    sent.push_back(one);
    return static_cast<ssize_t>(one.length);
  }

  void notify(std::uint32_t low, std::uint32_t high, std::uint8_t code = 0) {
    sock_extended_err error{};
    error.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
    error.ee_code = code;
    error.ee_info = low;
    error.ee_data = high;
    error_queue.push_back(error);
  }

  int pending_errors_asked = 0;
  int pending_error() override {
    ++pending_errors_asked;
    return std::exchange(so_error, 0);
  }

  std::function<int(short events)> on_wait;
  int wait(short events, int) override { return on_wait ? on_wait(events) : 0; }

 private:
  std::uint32_t take_token() {
    std::uint32_t token = next_token.value_or(0);
    while (tokens.contains(token))
      ++token;
    if (next_token) *next_token = token + 1;
    tokens.insert(token);
    return token;
  }

  static void put_cmsg(std::vector<std::byte>& control, int type, const uapi::DmabufCmsg& frag) {
    const cmsghdr header{
        .cmsg_len = CMSG_LEN(sizeof frag), .cmsg_level = SOL_SOCKET, .cmsg_type = type};
    const auto* bytes = reinterpret_cast<const std::byte*>(&header);
    control.insert(control.end(), bytes, bytes + sizeof header);
    bytes = reinterpret_cast<const std::byte*>(&frag);
    control.insert(control.end(), bytes, bytes + sizeof frag);
  }

  ssize_t receive_frags(msghdr& message) {
    std::vector<std::byte> control;
    auto* linear = static_cast<std::byte*>(message.msg_iov->iov_base);
    std::uint64_t room = message.msg_iov->iov_len;
    ssize_t result = 0;
    while (room > 0 && !queue.empty()) {
      Pending& next = queue.front();
      if (control.size() + CMSG_LEN(sizeof(uapi::DmabufCmsg)) > message.msg_controllen) {
        if (result == 0) return -uapi::kErrnoTooSmall;
        break;
      }
      const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(next.length, room));
      if (next.is_linear) {
        for (std::uint32_t i = 0; i < length; ++i)
          *linear++ = static_cast<std::byte>(linear_counter++);
        put_cmsg(control, uapi::kScmDevmemLinear, {0, length, 0, 0, 0});
      } else {
        put_cmsg(control, uapi::kScmDevmemDmabuf,
                 {next.offset, length, take_token(), next.dmabuf_id, 0});
      }
      next.offset += length;
      next.length -= length;
      room -= length;
      result += length;
      if (next.length == 0) queue.pop_front();
    }
    int flags = 0;
    if (tamper) tamper(control, result, flags);
    std::memcpy(message.msg_control, control.data(), control.size());
    message.msg_controllen = control.size();
    message.msg_flags = flags;
    return result;
  }

  ssize_t read_error_queue(msghdr& message) {
    if (error_queue.empty()) return -EAGAIN;
    const sock_extended_err error = error_queue.front();
    error_queue.pop_front();
    cmsghdr* const cmsg = CMSG_FIRSTHDR(&message);
    cmsg->cmsg_len = CMSG_LEN(sizeof error + sizeof(sockaddr_in));
    cmsg->cmsg_level = uses_ipv6 ? SOL_IPV6 : SOL_IP;
    cmsg->cmsg_type = uses_ipv6 ? IPV6_RECVERR : IP_RECVERR;
    std::memcpy(CMSG_DATA(cmsg), &error, sizeof error);
    message.msg_controllen = CMSG_SPACE(sizeof error + sizeof(sockaddr_in));
    message.msg_flags = MSG_ERRQUEUE;
    return 0;
  }
};

}  // namespace nobounce::path
