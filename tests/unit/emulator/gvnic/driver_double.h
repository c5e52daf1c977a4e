// SPDX-License-Identifier: Apache-2.0
// The driver's side of DQO rings, in memory that is mapped as a guest's: posts descriptors and
// buffers, and reads completions by generation bit. It writes and reads layouts by itself, so that
// a mistake in the NIC's is seen. Source: gve_desc_dqo.h, gve_tx_dqo.c, gve_rx_dqo.c of Linux.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "emulator/gvnic/rx_queue.h"
#include "emulator/gvnic/tx_queue.h"
#include "emulator/vfio_user/guest_memory.h"
#include "unit/emulator/gvnic/raw_descriptors.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::emulator::gvnic {

using net::Bytes;

/// One region of guest memory, handed out from its start.
class GuestRam {
 public:
  static constexpr std::uint64_t kBase = 0x1'0000'0000;

  explicit GuestRam(std::size_t bytes = std::size_t{16} << 20);

  [[nodiscard]] const vfio_user::GuestMemory& memory() const { return memory_; }
  [[nodiscard]] vfio_user::GuestMemory& memory() { return memory_; }
  [[nodiscard]] std::uint64_t end() const { return kBase + bytes_; }
  std::uint64_t allocate(std::size_t bytes, std::size_t alignment = 64);
  std::uint64_t allocate(std::span<const std::byte> content, std::size_t alignment = 1);
  [[nodiscard]] std::byte* at(std::uint64_t iova, std::size_t bytes = 1);
  /// Forgets what was allocated after `mark`, which `next` gave.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  void release_to(std::uint64_t mark) { next_ = mark; }

 private:
  vfio_user::GuestMemory memory_;
  std::size_t bytes_;
  std::uint64_t next_ = kBase;
};

class TxDriver {
 public:
  struct Completion {
    unsigned type = 0;
    unsigned queue = 0;
    unsigned value = 0;
  };
  static constexpr unsigned kPacketCompletion = 2;
  static constexpr unsigned kDescriptorCompletion = 4;

  TxDriver(GuestRam& ram, std::uint32_t entries,
           std::optional<std::uint32_t> completion_entries = {});

  [[nodiscard]] const TxQueueConfig& config() const { return config_; }
  void put(const RawDescriptor& descriptor);
  /// Slots that are not in use, as the driver counts them.
  [[nodiscard]] std::uint32_t free_slots() const;
  [[nodiscard]] std::uint32_t tail() const { return tail_; }
  /// What is new in the completion ring; descriptor completions free slots.
  std::vector<Completion> reap();

 private:
  GuestRam& ram_;
  TxQueueConfig config_;
  std::uint32_t tail_ = 0;
  std::uint32_t head_ = 0;  // from descriptor completions
  std::uint32_t completion_index_ = 0;
  unsigned generation_ = 0;
};

class RxDriver {
 public:
  struct Options {
    std::uint32_t entries = 64;
    std::uint16_t buffer_bytes = 4096;
    std::uint16_t header_bytes = 0;
    bool rsc = false;
  };
  struct Packet {
    Bytes bytes;                  ///< Headers and payload, put together again.
    std::size_t split_bytes = 0;  ///< Of them from the header buffer.
    std::vector<std::size_t> buffer_bytes;
    bool header_overflow = false;
    bool rsc = false;
    bool checksums_verified = false;
    unsigned rsc_segment_bytes = 0;
    unsigned packet_type = 0;
    std::uint32_t hash = 0;
    std::optional<std::uint32_t> time_ns;
  };

  RxDriver(GuestRam& ram, const Options& options);

  [[nodiscard]] const RxQueueConfig& config() const { return config_; }
  /// Posts up to `count` free buffers; the doorbell is the caller's to ring.
  void post(std::size_t count);
  void post_all() { post(free_ids_.size()); }
  [[nodiscard]] std::uint32_t tail() const { return tail_; }
  /// Whole packets that are new; their buffers are free again.
  std::vector<Packet> reap();
  /// The ring entry that the next posted buffer takes; for writing bad ones.
  [[nodiscard]] std::uint64_t entry(std::uint32_t index) const;

 private:
  void take(const std::byte* completion, Packet& packet);

  GuestRam& ram_;
  RxQueueConfig config_;
  std::uint64_t buffers_ = 0;
  std::uint64_t headers_ = 0;
  std::deque<std::uint16_t> free_ids_;
  std::uint32_t tail_ = 0;
  std::uint32_t completion_index_ = 0;
  unsigned generation_ = 0;
  std::optional<Packet> partial_;
};

}  // namespace nobounce::emulator::gvnic
