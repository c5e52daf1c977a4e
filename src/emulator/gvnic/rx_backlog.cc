// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/rx_backlog.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <type_traits>

namespace nobounce::emulator::gvnic {
namespace {

constexpr std::size_t kNoPlace = std::numeric_limits<std::size_t>::max();

}  // namespace

/// What stands before the bytes of a frame: headers, then payload.
struct RxBacklog::Record {
  std::size_t record_bytes;
  std::size_t header_bytes;
  std::uint32_t payload_bytes;
  Arrival arrival;
  net::HeaderLayout layout;
  std::uint16_t segment_bytes;
  net::Checksums checksums;
  std::uint8_t tx_queue;
};

RxBacklog::RxBacklog(std::size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_bytes)) {}

std::size_t RxBacklog::place_for(std::size_t bytes) {
  if (count_ == 0) {
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

bool RxBacklog::push(const net::Frame& frame, const Arrival& arrival) {
  const std::size_t record_bytes = sizeof(Record) + frame.headers.size() + frame.payload_bytes;
  const std::size_t place = place_for(record_bytes);
  if (place == kNoPlace) return false;

  static_assert(std::is_trivially_copyable_v<Record>);
  const Record record{record_bytes, frame.headers.size(), frame.payload_bytes, arrival,
                      frame.layout, frame.segment_bytes,  frame.checksums,     frame.tx_queue};
  std::byte* to = &bytes_[place];
  const auto append = [&to](const void* from, std::size_t bytes) {
    std::memcpy(to, from, bytes);
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

RxBacklog::Record RxBacklog::oldest() const {
  assert(count_ != 0);
  Record record;
  std::memcpy(&record, &bytes_[head_], sizeof record);
  return record;
}

const net::Frame& RxBacklog::front() {
  const Record record = oldest();
  const std::byte* const headers = &bytes_[head_] + sizeof record;
  front_payload_ = {headers + record.header_bytes, record.payload_bytes};
  front_ = {.headers = {headers, record.header_bytes},
            .payload = {&front_payload_, record.payload_bytes == 0 ? 0u : 1u},
            .payload_bytes = record.payload_bytes,
            .layout = record.layout,
            .segment_bytes = record.segment_bytes,
            .checksums = record.checksums,
            .tx_queue = record.tx_queue};
  return front_;
}

Arrival RxBacklog::front_arrival() const {
  return oldest().arrival;
}

void RxBacklog::pop() {
  head_ += oldest().record_bytes;
  --count_;
  if (is_wrapped_ && head_ == wrap_end_) {
    head_ = 0;
    is_wrapped_ = false;
  }
}

}  // namespace nobounce::emulator::gvnic
