// SPDX-License-Identifier: Apache-2.0
// ZerocopyWindow: which zerocopy sends the kernel has not finished. Pure.
//
// The kernel numbers the zerocopy sends of a socket from 0, modulo 2^32, and reports them as done
// in ranges, merged and in any order (Documentation/networking/msg_zerocopy.rst).
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace nobounce::path {

class ZerocopyWindow {
 public:
  /// At most `capacity` (a power of two) sends from the oldest unfinished to the newest. `first_id`
  /// is 0 on a new socket.
  explicit ZerocopyWindow(std::uint32_t capacity, std::uint32_t first_id = 0);

  [[nodiscard]] bool has_room() const { return next_ - oldest_ < capacity(); }
  [[nodiscard]] std::uint32_t capacity() const { return static_cast<std::uint32_t>(done_.size()); }
  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }

  /// A send was taken by the kernel; there must be room.
  void start();
  /// The kernel is done with the sends `low` to `high`, both included. Error: kProtocol if one of
  /// them was never started or was reported before; nothing changes then.
  Status finish(std::uint32_t low, std::uint32_t high);

 private:
  [[nodiscard]] std::uint32_t slot(std::uint32_t id) const { return id & (capacity() - 1); }

  std::vector<bool> done_;
  std::uint32_t oldest_;
  std::uint32_t next_;
  std::uint32_t in_flight_ = 0;
};

}  // namespace nobounce::path
