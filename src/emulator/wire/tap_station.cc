// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/tap_station.h"

#include <array>
#include <utility>

#include "emulator/wire/finished_headers.h"
#include "emulator/wire/flat_frame.h"
#include "emulator/wire/frame_pieces.h"
#include "emulator/wire/tap_offload.h"
#include "sys/tap_interface.h"

namespace nobounce::emulator::wire {
namespace {

class TapStation final : public HostStation {
 public:
  TapStation(sys::Fd fd, std::string name, net::FrameSink& wire)
      : HostStation(wire), fd_(std::move(fd)), name_(std::move(name)) {}

  [[nodiscard]] int fd() const override { return fd_.get(); }

 private:
  [[nodiscard]] bool takes_whole(const net::Frame& frame) const override {
    return host_can_segment(frame);
  }

  void write(const net::Frame& frame) override {
    const TapHeader header = tap_header_of(frame);
    if ((header.flags & TapHeader::kNeedsChecksum) != 0) {
      write(header, frame.headers, frame);
    } else {
      write(header, FinishedHeaders(frame).bytes(), frame);
    }
  }

  void write(const TapHeader& header, std::span<const std::byte> headers, const net::Frame& frame) {
    const TapHeader::Bytes front = header.bytes();
    sys::PacketResult result =
        sys::write_packet(fd_.get(), FramePieces(front, headers, frame).all());
    if (result.bytes >= front.size()) result.bytes -= front.size();
    count_written(result);
  }

  Result<Received> receive() override {
    TapHeader::Bytes front;
    const std::array<std::span<std::byte>, 2> into = {front, buffer_.room()};
    const sys::PacketResult result = sys::read_packet(fd_.get(), into);
    if (result.outcome == sys::PacketResult::Outcome::kWouldBlock) return Received::kNothing;
    if (result.outcome == sys::PacketResult::Outcome::kFailed)
      return fail(error_from_errno(result.sys_errno, "read from", "TAP interface " + name_));
    // What fills the room may have been cut off.
    const bool is_whole =
        result.bytes >= front.size() && result.bytes - front.size() < FlatFrame::kMaxBytes;
    const auto frame = is_whole
                           ? frame_of(buffer_, result.bytes - front.size(), TapHeader::read(front))
                           : std::nullopt;
    if (frame) {
      send(*frame);
    } else {
      ++statistics_.dropped_malformed;
    }
    return Received::kFrame;
  }

  sys::Fd fd_;
  std::string name_;
  FlatFrame buffer_;
};

}  // namespace

Result<std::unique_ptr<HostStation>> open_tap_station(const std::string& name,
                                                      net::FrameSink& wire) {
  NB_ASSIGN(auto fd, sys::open_tap(name));
  return std::make_unique<TapStation>(std::move(fd), name, wire);
}

}  // namespace nobounce::emulator::wire
