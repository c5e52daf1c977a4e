// SPDX-License-Identifier: Apache-2.0
// RxBacklog: frames that wait for the driver's buffers, copied, in order, within a fixed number of
// bytes. A frame that does not fit is refused; which one to drop is the caller's policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "emulator/gvnic/arrival.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::gvnic {

/// A ring of records of varying length, none of which wraps. Memory is reserved once, and touched
/// only as far as it is used.
class RxBacklog {
 public:
  explicit RxBacklog(std::size_t capacity_bytes);

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  /// False if there is no room.
  bool push(const net::Frame& frame, const Arrival& arrival);

  /// The oldest frame; good until pop. Neither is for an empty backlog.
  [[nodiscard]] const net::Frame& front();
  [[nodiscard]] Arrival front_arrival() const;
  void pop();

 private:
  struct Record;

  [[nodiscard]] std::size_t place_for(std::size_t bytes);
  [[nodiscard]] Record oldest() const;

  std::size_t capacity_bytes_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t head_ = 0;      // the oldest record
  std::size_t tail_ = 0;      // where the next one goes
  std::size_t wrap_end_ = 0;  // where records end before the ring starts over, while it has
  bool is_wrapped_ = false;   // the newest record lies before the oldest
  std::size_t count_ = 0;
  net::Frame front_;
  net::Piece front_payload_;
};

}  // namespace nobounce::emulator::gvnic
