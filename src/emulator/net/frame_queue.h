// SPDX-License-Identifier: Apache-2.0
// FrameQueue: frames that wait, copied, each with a note of the caller's, in order, within a fixed
// number of bytes. What to do with a frame that does not fit is the caller's choice.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "emulator/net/frame.h"

namespace nobounce::emulator::net {

/// A ring of records of varying length, none of which wraps. Memory is reserved once, and touched
/// only as far as it is used. Not thread-safe.
template <typename Note>
class FrameQueue {
  /// What stands before the bytes of a frame: headers, then payload.
  struct Record {
    std::size_t record_bytes;
    std::size_t header_bytes;
    Note note;
    std::uint32_t payload_bytes;
    HeaderLayout layout;
    std::uint16_t segment_bytes;
    Checksums checksums;
    std::uint8_t tx_queue;
  };
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  /// What is kept beside each frame.
  static constexpr std::size_t kRecordBytes = sizeof(Record);

  explicit FrameQueue(std::size_t capacity_bytes)
      : capacity_bytes_(capacity_bytes),
        bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_bytes)) {}

  [[nodiscard]] bool is_empty() const { return count_ == 0; }

  /// Frames and records.
  [[nodiscard]] std::size_t used_bytes() const {
    if (count_ == 0) return 0;
    return is_wrapped_ ? wrap_end_ - head_ + tail_ : tail_ - head_;
  }

  /// False if there is no room.
  bool push(const Frame& frame, const Note& note) {
    const std::size_t record_bytes = kRecordBytes + frame.headers.size() + frame.payload_bytes;
    const std::size_t place = place_for(record_bytes);
    if (place == kNoPlace) return false;
    const Record record{.record_bytes = record_bytes,
                        .header_bytes = frame.headers.size(),
                        .note = note,
                        .payload_bytes = frame.payload_bytes,
                        .layout = frame.layout,
                        .segment_bytes = frame.segment_bytes,
                        .checksums = frame.checksums,
                        .tx_queue = frame.tx_queue};
    std::byte* to = &bytes_[place];
    const auto append = [&to](const void* from, std::size_t bytes) {
      if (bytes != 0) std::memcpy(to, from, bytes);
      to += bytes;
    };
    append(&record, sizeof record);
    append(frame.headers.data(), frame.headers.size());
    for (const Piece& piece : frame.payload)
      append(piece.data(), piece.size());
    tail_ = place + record_bytes;
    ++count_;
    return true;
  }

  /// The oldest frame; good until pop. None of the three is for an empty queue.
  [[nodiscard]] const Frame& front() {
    const Record record = oldest();
    const std::byte* const headers = &bytes_[head_] + sizeof record;
    front_payload_ = {headers + record.header_bytes, record.payload_bytes};
    front_ = {.headers = {headers, record.header_bytes},
              .payload = {&front_payload_, record.payload_bytes == 0 ? 0U : 1U},
              .payload_bytes = record.payload_bytes,
              .layout = record.layout,
              .segment_bytes = record.segment_bytes,
              .checksums = record.checksums,
              .tx_queue = record.tx_queue};
    return front_;
  }
  [[nodiscard]] Note front_note() const { return oldest().note; }
  void pop() {
    head_ += oldest().record_bytes;
    --count_;
    if (is_wrapped_ && head_ == wrap_end_) {
      head_ = 0;
      is_wrapped_ = false;
    }
  }

 private:
  static constexpr std::size_t kNoPlace = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] std::size_t place_for(std::size_t bytes) {
    if (count_ == 0) {
      // Start over: what was used a moment ago is still in the cache.
      head_ = tail_ = 0;
      is_wrapped_ = false;
    }
    if (is_wrapped_) return head_ - tail_ >= bytes ? tail_ : kNoPlace;
    if (capacity_bytes_ - tail_ >= bytes) return tail_;
    if (head_ < bytes) return kNoPlace;
    wrap_end_ = tail_;
    is_wrapped_ = true;
    return 0;
  }

  [[nodiscard]] Record oldest() const {
    assert(count_ != 0);
    Record record;
    std::memcpy(&record, &bytes_[head_], sizeof record);
    return record;
  }

  std::size_t capacity_bytes_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t head_ = 0;      // the oldest record
  std::size_t tail_ = 0;      // where the next one goes
  std::size_t wrap_end_ = 0;  // where records end before the ring starts over, while it has
  bool is_wrapped_ = false;   // the newest record lies before the oldest
  std::size_t count_ = 0;
  Frame front_;
  Piece front_payload_;
};

}  // namespace nobounce::emulator::net
