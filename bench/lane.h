// SPDX-License-Identifier: Apache-2.0
// Lane: a sending and a receiving guest, each with a driver that costs next to nothing, and the
// emulated NIC's queues between them; beside it, a memcpy of the same bytes in the same pieces
// between the same addresses in the same order. No QEMU, one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "emulator/gvnic/burst_clock.h"
#include "emulator/gvnic/rx_queue.h"
#include "emulator/gvnic/steering.h"
#include "emulator/gvnic/tx_queue.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"
#include "sys/steady_clock.h"
#include "unit/emulator/net/packet_builder.h"

namespace nobounce::bench {

using Seconds = std::chrono::duration<double>;

/// One frame, sent again and again as the frames of one flow, and how it is received.
struct Workload {
  std::uint32_t payload_bytes = 4096;
  std::uint16_t mss = 0;  ///< 0: the frame is sent as it is.
  bool udp = false;
  bool header_split = true;
  bool rsc = false;
  std::uint32_t frames_a_turn = 128;
};

/// How much of the model runs; a roofline is made of the differences.
enum class Parts {
  kSumOnly,    ///< No NIC: the pieces are copied and summed.
  kTransmit,   ///< Up to a frame; nobody takes it.
  kQueues,     ///< Transmit and receive queue, back to back.
  kWholePath,  ///< And between them what Gvnic::accept does: steering by RSS, and the clock.
};

/// One region of a guest's memory.
class Guest {
 public:
  static constexpr std::uint64_t kBase = 0x1'0000'0000;

  explicit Guest(std::size_t bytes);

  [[nodiscard]] const emulator::vfio_user::GuestMemory& memory() const { return memory_; }
  std::uint64_t allocate(std::size_t bytes);
  [[nodiscard]] std::byte* at(std::uint64_t iova) { return start_ + (iova - kBase); }

 private:
  emulator::vfio_user::GuestMemory memory_;
  std::byte* start_ = nullptr;
  std::uint64_t next_ = kBase;
};

class Lane final : public emulator::net::FrameSink {
 public:
  static constexpr std::uint32_t kRingEntries = 1024;
  static constexpr std::uint32_t kBufferBytes = 4096;
  static constexpr std::uint32_t kHeaderBufferBytes = 256;

  explicit Lane(const Workload& workload);

  struct Spent {
    Seconds model{};    ///< In the NIC.
    Seconds drivers{};  ///< In both drivers.
  };
  /// Sends and receives `frames` frames, in turns.
  Spent run(std::size_t frames, Parts parts = Parts::kWholePath);
  /// What `run` copies, by memcpy.
  Seconds run_memcpy(std::size_t frames);

  [[nodiscard]] std::size_t frame_bytes() const { return header_bytes_ + workload_.payload_bytes; }
  [[nodiscard]] const emulator::gvnic::RxStatistics& received() const { return rx_->statistics(); }
  /// Allocations inside the NIC since the lane was made.
  [[nodiscard]] std::uint64_t allocations() const { return allocations_; }

 private:
  struct Copy {
    std::byte* to;
    const std::byte* from;
    std::size_t bytes;
  };

  void accept(const emulator::net::Frame& frame) override;
  void post_frame();
  void put(const void* descriptor);
  void post_buffer(std::uint16_t id);
  void reap_and_repost();
  void take_turn(Parts parts);
  template <typename F>
  void for_each_copy(std::size_t frames, F copy);

  Workload workload_;
  Guest sender_;
  Guest receiver_;
  emulator::gvnic::TxQueueConfig tx_config_;
  emulator::gvnic::RxQueueConfig rx_config_;
  std::unique_ptr<emulator::gvnic::TxQueue> tx_;
  std::unique_ptr<emulator::gvnic::RxQueue> rx_;
  emulator::gvnic::Steering steering_{1};
  sys::SteadyClock clock_;
  emulator::gvnic::BurstClock arrival_clock_{clock_};
  Parts parts_ = Parts::kWholePath;
  std::uint64_t allocations_ = 0;

  // The sending driver.
  std::size_t header_bytes_;
  std::uint64_t tx_headers_ = 0;
  std::uint64_t tx_payload_ = 0;
  std::uint64_t tx_frames_ = 0;
  std::uint64_t tx_pages_ = 0;
  std::uint32_t tx_tail_ = 0;
  // The receiving driver.
  std::uint64_t rx_headers_ = 0;
  std::uint64_t rx_buffers_ = 0;
  std::uint32_t rx_tail_ = 0;
  std::uint32_t rx_completion_ = 0;
  unsigned rx_generation_ = 0;
  // The baseline's places in the same memory.
  std::uint64_t copied_frames_ = 0;
  std::uint64_t copied_pages_ = 0;
  std::uint64_t copied_buffers_ = 0;
};

}  // namespace nobounce::bench
