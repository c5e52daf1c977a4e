// SPDX-License-Identifier: Apache-2.0
// A zcrx queue and a receiver over the fake ring, with an area whose bytes can be compared.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "path/zcrx_rx.h"
#include "unit/path/fake_ring.h"

namespace nobounce::path {

inline constexpr std::uint32_t kPage = 4096;
inline constexpr int kStopFd = 99;

struct ZcrxSetting {
  std::uint32_t niovs = 16;
  bool is_dma_buf = false;
  bool has_nic = true;
  std::size_t completions = 1024;
  std::uint32_t max_connections = 4;
};

class Zcrx : public testing::Test {
 protected:
  // The fake may be changed between the two.
  void make(const ZcrxSetting& setting) {
    auto owned = std::make_unique<FakeRing>(setting.completions);
    ring = owned.get();
    pump = *RingPump::open(std::move(owned), kStopFd);
    memory.assign(std::size_t{setting.niovs} * kPage, std::byte{});
    options = {.interface = "eth0",
               .if_index = setting.has_nic ? 2u : 0,
               .rx_queue = setting.has_nic ? 1u : 0,
               .max_connections = setting.max_connections};
    if (setting.is_dma_buf) {
      options.dma_buf_fd = 40;
      options.area_size = memory.size();
    } else {
      options.area = memory;
    }
  }
  void open_queue() {
    auto opened = ZcrxQueue::open(*pump, options);
    ASSERT_TRUE(opened) << to_string(opened.error());
    queue = std::move(*opened);
  }
  void open(const ZcrxSetting& setting = {}, std::uint32_t max_held_frags = 64) {
    make(setting);
    open_queue();
    receiver = connect(kFd, max_held_frags);
  }
  std::unique_ptr<ZcrxReceiver> connect(int fd, std::uint32_t max_held_frags = 64) {
    auto opened = ZcrxReceiver::open(*queue, {.socket_fd = fd, .max_held_frags = max_held_frags});
    EXPECT_TRUE(opened) << (opened ? "" : to_string(opened.error()));
    return opened ? std::move(*opened) : nullptr;
  }
  static Received receive(ZcrxReceiver& from, std::uint64_t max_bytes = 1 << 30) {
    auto received = from.receive(max_bytes);
    EXPECT_TRUE(received) << (received ? "" : to_string(received.error()));
    return received ? std::move(*received) : Received{};
  }
  Received receive(std::uint64_t max_bytes = 1 << 30) { return receive(*receiver, max_bytes); }
  Error failure() {
    auto received = receiver->receive(1 << 30);
    EXPECT_FALSE(received);
    return received ? Error{} : received.error();
  }
  /// Whether the frags hold the stream of `fd` from `position` on.
  [[nodiscard]] bool holds(std::span<const Frag> frags, int fd, std::uint64_t position) const {
    for (const Frag& frag : frags) {
      for (std::uint64_t i = 0; i < frag.length; ++i, ++position)
        if (memory.at(frag.region_offset + i) != stream_byte(fd, position)) return false;
    }
    return true;
  }

  static constexpr int kFd = 7;
  std::vector<std::byte> memory;
  ZcrxOptions options;
  FakeRing* ring = nullptr;
  std::unique_ptr<RingPump> pump;
  std::unique_ptr<ZcrxQueue> queue;
  std::unique_ptr<ZcrxReceiver> receiver;
};

}  // namespace nobounce::path
