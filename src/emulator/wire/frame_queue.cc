// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/frame_queue.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <type_traits>

namespace nobounce::emulator::wire {
namespace {

constexpr std::size_t kNoPlace = std::numeric_limits<std::size_t>::max();

}  // namespace

/// What stands before the bytes of a frame: headers, then payload.
struct FrameQueue::Record {
  std::size_t record_bytes;
  std::size_t header_bytes;
  std::uint64_t due_ns;
  std::uint32_t payload_bytes;
  net::HeaderLayout layout;
  std::uint16_t segment_bytes;
  net::Checksums checksums;
  std::uint8_t tx_queue;
};

FrameQueue::FrameQueue(std::size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_bytes)) {}

std::size_t FrameQueue::used_bytes() const {
  if (count_ == 0) return 0;
  return is_wrapped_ ? wrap_end_ - head_ + tail_ : tail_ - head_;
}

std::size_t FrameQueue::place_for(std::size_t bytes) {
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

bool FrameQueue::push(const net::Frame& frame, std::uint64_t due_ns) {
  const std::size_t record_bytes = sizeof(Record) + frame.headers.size() + frame.payload_bytes;
  const std::size_t place = place_for(record_bytes);
  if (place == kNoPlace) return false;

  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == kRecordBytes);
  const Record record{.record_bytes = record_bytes,
                      .header_bytes = frame.headers.size(),
                      .due_ns = due_ns,
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
  for (const net::Piece& piece : frame.payload)
    append(piece.data(), piece.size());
  tail_ = place + record_bytes;
  ++count_;
  return true;
}

FrameQueue::Record FrameQueue::oldest() const {
  assert(count_ != 0);
  Record record;
  std::memcpy(&record, &bytes_[head_], sizeof record);
  return record;
}

const net::Frame& FrameQueue::front() {
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

std::uint64_t FrameQueue::front_due_ns() const {
  return oldest().due_ns;
}

void FrameQueue::pop() {
  head_ += oldest().record_bytes;
  --count_;
  if (is_wrapped_ && head_ == wrap_end_) {
    head_ = 0;
    is_wrapped_ = false;
  }
}

}  // namespace nobounce::emulator::wire
