// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/host_station.h"

#include "emulator/net/segment.h"

namespace nobounce::emulator::wire {

void HostStation::accept(const net::Frame& frame) {
  if (frame.segment_bytes == 0 || takes_whole(frame)) {
    write(frame);
    return;
  }
  net::Segmenter segments(frame, frame.segment_bytes);
  while (const net::Frame* segment = segments.next())
    write(*segment);
}

Result<HostStation::Outcome> HostStation::on_ready() {
  for (int count = 0; count < kBatchFrames; ++count) {
    if (!wire_.is_ready()) return Outcome::kHeldBack;
    NB_ASSIGN(const Received received, receive());
    if (received == Received::kNothing) return Outcome::kIdle;
  }
  return Outcome::kMore;
}

void HostStation::send(const net::Frame& frame) {
  ++statistics_.read_frames;
  statistics_.read_bytes += frame.headers.size() + frame.payload_bytes;
  wire_.accept(frame);
}

void HostStation::count_written(const sys::PacketResult& result) {
  switch (result.outcome) {
    case sys::PacketResult::Outcome::kDone:
      ++statistics_.written_frames;
      statistics_.written_bytes += result.bytes;
      break;
    case sys::PacketResult::Outcome::kWouldBlock:
      ++statistics_.dropped_would_block;
      break;
    case sys::PacketResult::Outcome::kFailed:
      ++statistics_.dropped_refused;
      break;
  }
}

}  // namespace nobounce::emulator::wire
