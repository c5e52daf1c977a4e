// SPDX-License-Identifier: Apache-2.0
// SimulatedNic: a NIC and the kernel's side of one socket on path devmem, with a region of bytes
// that it writes. Byte i of the stream is pattern_byte(kSeed, i). It has a pool of niovs: what is
// on loan or gathered is missing there, and without a free one nothing more can come.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "base/pattern.h"
#include "base/random.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::sim {

namespace uapi = sys::uapi;

class SimulatedNic final : public sys::SocketCalls {
 public:
  static constexpr std::uint64_t kSeed = 41;
  static constexpr std::uint64_t kNiov = 4096;
  static constexpr std::uint32_t kBindings = 2;

  /// Sends `total` bytes into `niovs` niovs of each of two bindings, as `seed` has it.
  SimulatedNic(std::uint64_t seed, std::uint64_t total, std::uint32_t niovs)
      : random_(seed), total_(total) {
    for (std::uint32_t binding = 0; binding < kBindings; ++binding) {
      regions[binding].resize(niovs * kNiov);
      for (std::uint32_t niov = 0; niov < niovs; ++niov)
        free_.push_back({binding, niov});
    }
  }

  std::vector<std::byte> regions[kBindings];
  std::uint64_t calls = 0;
  std::uint64_t dontneed_calls = 0;

  [[nodiscard]] std::size_t tokens_out() const { return tokens_.size(); }

  ssize_t recvmsg(msghdr& message, int flags) override {
    EXPECT_EQ(flags, uapi::kMsgSockDevmem);
    ++calls;
    if (random_.chance(0.05)) return -EINTR;
    if (random_.chance(0.05)) return -EAGAIN;
    if (queue_.empty()) return sent_ == total_ ? 0 : -EAGAIN;
    return receive(message);
  }

  int setsockopt(int level, int name, std::span<const std::byte> value) override {
    EXPECT_EQ(level, SOL_SOCKET);
    EXPECT_EQ(name, uapi::kSoDevmemDontneed);
    ++dontneed_calls;
    EXPECT_EQ(value.size() % sizeof(uapi::DmabufToken), 0u);
    EXPECT_LE(value.size() / sizeof(uapi::DmabufToken), uapi::kMaxDontneedRanges);
    int freed = 0;
    for (std::size_t at = 0; at < value.size(); at += sizeof(uapi::DmabufToken)) {
      uapi::DmabufToken range;
      std::memcpy(&range, value.data() + at, sizeof range);
      for (std::uint32_t i = 0; i < range.token_count; ++i)
        freed += give_back(range.token_start + i);
    }
    EXPECT_LE(freed, static_cast<int>(uapi::kMaxDontneedFrags));
    return freed;
  }

  ssize_t sendmsg(const msghdr&, int) override { return -EOPNOTSUPP; }
  int getsockopt(int, int, std::span<std::byte>) override { return -ENOPROTOOPT; }
  int pending_error() override { return 0; }

  /// Time passes: packets land. It may wake for nothing, or sleep although something came.
  int wait(short events, int) override {
    EXPECT_EQ(events, POLLIN);
    land();
    if (random_.chance(0.1)) return 0;
    if (random_.chance(0.1)) return POLLIN;
    return queue_.empty() && sent_ < total_ ? 0 : POLLIN;
  }

 private:
  struct Place {
    std::uint32_t binding;
    std::uint32_t niov;
  };
  struct Landed {
    Place place;
    std::uint32_t offset;  // Within the niov; of linear bytes: unused.
    std::uint32_t length;
    bool is_linear;
    std::uint64_t position;  // In the stream.
  };

  void land() {
    for (std::uint64_t packets = 1 + random_.below(24); packets > 0 && sent_ < total_; --packets) {
      const bool is_linear = random_.chance(0.05);
      if (!is_linear && free_.empty()) return;
      const auto most = std::min<std::uint64_t>(total_ - sent_, is_linear ? 100 : kNiov);
      const auto length =
          static_cast<std::uint32_t>(random_.chance(0.7) ? most : 1 + random_.below(most));
      Landed landed{.place = {0, 0},
                    .offset = 0,
                    .length = length,
                    .is_linear = is_linear,
                    .position = sent_};
      if (!is_linear) {
        const auto at = random_.below(free_.size());
        landed.place = free_[at];
        free_[at] = free_.back();
        free_.pop_back();
        uses_[key(landed.place)] = 1;
        fill_pattern(bytes_of(landed.place).first(length), kSeed, sent_);
      }
      sent_ += length;
      queue_.push_back(landed);
    }
  }

  std::span<std::byte> bytes_of(Place place) {
    return std::span(regions[place.binding]).subspan(place.niov * kNiov, kNiov);
  }
  static std::uint64_t key(Place place) { return std::uint64_t{place.binding} << 32 | place.niov; }

  // A niov is free again when the queue and all tokens have let go of it; then it looks wrong.
  void let_go(Place place) {
    if (--uses_[key(place)] > 0) return;
    std::ranges::fill(bytes_of(place), std::byte{0xee});
    free_.push_back(place);
  }

  int give_back(std::uint32_t token) {
    const auto at = tokens_.find(token);
    if (at == tokens_.end()) return 0;
    const Place place = at->second;
    tokens_.erase(at);
    let_go(place);
    return 1;
  }

  // The lowest free one, but at times others, as with a socket that has lost some.
  std::uint32_t take_token(Place place) {
    std::uint32_t token =
        random_.chance(0.02) ? static_cast<std::uint32_t>(random_.below(5000)) : 0;
    while (tokens_.contains(token))
      ++token;
    tokens_[token] = place;
    ++uses_[key(place)];
    return token;
  }

  ssize_t receive(msghdr& message) {
    auto* control = static_cast<std::byte*>(message.msg_control);
    auto* linear = static_cast<std::byte*>(message.msg_iov->iov_base);
    std::uint64_t room = message.msg_iov->iov_len;
    if (random_.chance(0.2)) room = 1 + random_.below(room);
    std::size_t control_left = message.msg_controllen;
    ssize_t result = 0;
    while (room > 0 && !queue_.empty()) {
      if (control_left < CMSG_SPACE(sizeof(uapi::DmabufCmsg))) {
        if (result == 0) return -uapi::kErrnoTooSmall;
        break;
      }
      Landed& next = queue_.front();
      const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(next.length, room));
      uapi::DmabufCmsg frag{.frag_offset = 0,
                            .frag_size = length,
                            .frag_token = 0,
                            .dmabuf_id = 100 + next.place.binding,
                            .flags = 0};
      if (next.is_linear) {
        fill_pattern({linear, length}, kSeed, next.position);
        linear += length;
      } else {
        frag.frag_offset = next.place.niov * kNiov + next.offset;
        frag.frag_token = take_token(next.place);
      }
      const cmsghdr header{
          .cmsg_len = CMSG_LEN(sizeof frag),
          .cmsg_level = SOL_SOCKET,
          .cmsg_type = next.is_linear ? uapi::kScmDevmemLinear : uapi::kScmDevmemDmabuf};
      std::memcpy(control, &header, sizeof header);
      std::memcpy(control + sizeof header, &frag, sizeof frag);
      control += CMSG_SPACE(sizeof frag);
      control_left -= CMSG_SPACE(sizeof frag);
      result += length;
      room -= length;
      next.length -= length;
      next.offset += length;
      next.position += length;
      if (next.length > 0) continue;
      if (!next.is_linear) let_go(next.place);
      queue_.pop_front();
    }
    message.msg_controllen -= control_left;
    message.msg_flags = 0;
    return result;
  }

  Random random_;
  std::uint64_t total_;
  std::uint64_t sent_ = 0;
  std::vector<Place> free_;
  std::map<std::uint64_t, int> uses_;
  std::deque<Landed> queue_;
  std::map<std::uint32_t, Place> tokens_;
};

}  // namespace nobounce::sim
