// SPDX-License-Identifier: Apache-2.0
// Guest: the memory of a guest and its driver's hands on one NIC, for fuzzers. It writes layouts by
// offset and knows none of the NIC's types, so that it can write wrong ones as well.
//
// The NIC's mapping of the memory lies between pages that nobody may touch: an access that leaves
// it ends the process, which no sanitizer would see to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/guest_memory.h"
#include "fuzz/choices.h"
#include "sys/mapping.h"

namespace nobounce::fuzz {

/// Ends the process: for what cannot fail, and for what the NIC must never do.
[[noreturn]] void stop(const char* why);

template <typename T>
T sure(Result<T> value) {
  if (!value) stop("a part of the fuzzer itself could not be made");
  return std::move(*value);
}
inline void sure(const Status& status) {
  if (!status) stop("the NIC refused an access to a region that it has");
}

/// Goes on by a step with each look, so that what falls due by the clock does.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(std::uint64_t step_ns) : step_ns_(step_ns) {}
  [[nodiscard]] std::uint64_t now_ns() const override { return now_ns_ += step_ns_; }

 private:
  std::uint64_t step_ns_;
  mutable std::uint64_t now_ns_ = 0;
};

/// Address space that nobody may touch.
class Guard {
 public:
  explicit Guard(std::size_t bytes);
  Guard(Guard&& other) noexcept : at_(std::exchange(other.at_, nullptr)), bytes_(other.bytes_) {}
  Guard& operator=(Guard&& other) = delete;
  ~Guard() { release(); }
  /// Gives it back.
  void release();
  [[nodiscard]] std::byte* at() const { return at_; }

 private:
  std::byte* at_;
  std::size_t bytes_;
};

class GuestRam {
 public:
  /// So small that an address made by chance often hits it. It begins at IOVA 0.
  static constexpr std::uint64_t kBytes = std::uint64_t{1} << 20;

  GuestRam();

  /// The guest's view, apart from the NIC's.
  [[nodiscard]] std::byte* at(std::uint64_t iova) { return view_.bytes().data() + iova; }
  void clear();
  /// Whether nobody may touch what lies right before and behind the NIC's mapping.
  [[nodiscard]] bool is_guarded() const;
  /// Overwrites a few bytes somewhere, as another of the guest's CPUs might.
  void scribble(Choices& choices);
  /// An address that is wrong at times.
  static std::uint64_t address(Choices& choices);

  emulator::vfio_user::GuestMemory memory;

 private:
  std::vector<Guard> guards_;
  sys::Mapping view_;
};

/// One admin command, its words as the driver would write them.
using CommandWords = std::array<std::uint32_t, 16>;

class Guest {
 public:
  // Where the driver has put its things; the rest of the memory is for buffers.
  static constexpr std::uint64_t kAdminRing = 0x1000;
  static constexpr std::uint32_t kAdminBytes = 4096;
  static constexpr std::uint64_t kResources = 0x2000;   ///< What the NIC tells of its doorbells.
  static constexpr std::uint64_t kParameters = 0x8000;  ///< What commands point to.
  static constexpr std::uint64_t kRings = 0x10000;
  static constexpr std::uint64_t kRingBytes = 0x1000;  ///< Room for each ring of a queue.
  static constexpr std::uint64_t kBuffers = 0x40000;
  static constexpr std::uint32_t kRingEntries = 64;
  static constexpr std::uint32_t kQueues = 2;
  static constexpr std::uint32_t kBlocks = 2 * kQueues;  ///< Notify blocks, at vectors from 0 on.
  static constexpr std::uint16_t kBufferBytes = 2048;
  static constexpr std::uint16_t kHeaderBytes = 256;

  Guest(GuestRam& ram, emulator::net::FrameSink& wire, const Clock& clock,
        emulator::gvnic::Doorbells doorbells);

  emulator::gvnic::Gvnic& nic() { return *nic_; }

  void write_register(std::uint32_t offset, std::uint32_t value);
  void write_register16(std::uint32_t offset, std::uint16_t value);
  void ring_doorbell(std::uint32_t index, std::uint32_t value);
  void set_bus_master(bool on);

  /// Starts the admin queue at kAdminRing.
  void run_driver();
  /// Places a command in the next slot and rings the admin doorbell.
  void command(const CommandWords& words);
  /// Resources, and `kQueues` queues in each direction with rings of kRingEntries.
  void configure(bool rsc, bool header_split);
  /// Destroys a queue, if it is there, and creates it again.
  void renew_tx(std::uint32_t id);
  void renew_rx(std::uint32_t id, bool rsc, bool header_split);

  static std::uint64_t tx_ring(std::uint32_t queue) { return kRings + 4 * queue * kRingBytes; }
  static std::uint64_t rx_ring(std::uint32_t queue) { return tx_ring(queue) + 2 * kRingBytes; }

 private:
  void create_tx(std::uint32_t id);
  void create_rx(std::uint32_t id, bool rsc, bool header_split);

  GuestRam& ram_;
  std::unique_ptr<emulator::gvnic::Gvnic> nic_;
  std::uint32_t commands_ = 0;
};

}  // namespace nobounce::fuzz
