// SPDX-License-Identifier: Apache-2.0
// FrameQueue: frames on their way through a wire, copied, each with the time it is due, in order,
// within a fixed number of bytes. What to do with a frame that does not fit is the caller's choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

/// A ring of records of varying length, none of which wraps. Memory is reserved once, and touched
/// only as far as it is used.
class FrameQueue {
 public:
  /// What is kept beside each frame.
  static constexpr std::size_t kRecordBytes = 48;

  explicit FrameQueue(std::size_t capacity_bytes);

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  /// Frames and records.
  [[nodiscard]] std::size_t used_bytes() const;
  /// False if there is no room.
  bool push(const net::Frame& frame, std::uint64_t due_ns);

  /// The oldest frame; good until pop. None of the three is for an empty queue.
  [[nodiscard]] const net::Frame& front();
  [[nodiscard]] std::uint64_t front_due_ns() const;
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

}  // namespace nobounce::emulator::wire
