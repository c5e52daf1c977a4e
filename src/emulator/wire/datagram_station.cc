// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/datagram_station.h"

#include "emulator/wire/finished_headers.h"
#include "emulator/wire/flat_frame.h"
#include "emulator/wire/frame_pieces.h"
#include "sys/datagram_socket.h"

namespace nobounce::emulator::wire {
namespace {

class DatagramStation final : public HostStation {
 public:
  DatagramStation(sys::DatagramSocket socket, net::FrameSink& wire)
      : HostStation(wire), socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const override { return socket_.fd(); }

 private:
  [[nodiscard]] bool takes_whole(const net::Frame& /*frame*/) const override { return false; }

  void write(const net::Frame& frame) override {
    const FinishedHeaders headers(frame);
    const FramePieces pieces({}, headers.bytes(), frame);
    count_written(socket_.send(pieces.all()));
  }

  Result<Received> receive() override {
    const sys::PacketResult result = socket_.receive(buffer_.room());
    if (result.outcome == sys::PacketResult::Outcome::kWouldBlock) return Received::kNothing;
    if (result.outcome == sys::PacketResult::Outcome::kFailed)
      return fail(error_from_errno(result.sys_errno, "receive from", "a datagram station"));
    if (result.bytes < kMinFrameBytes || result.bytes > kMaxFrameBytes) {
      ++statistics_.dropped_malformed;
    } else {
      send(buffer_.parse(result.bytes, 0));
    }
    return Received::kFrame;
  }

  sys::DatagramSocket socket_;
  FlatFrame buffer_;
};

}  // namespace

Result<std::unique_ptr<HostStation>> open_datagram_station(const std::filesystem::path& local,
                                                           const std::filesystem::path& peer,
                                                           net::FrameSink& wire) {
  NB_ASSIGN(auto socket, sys::DatagramSocket::open(local, peer));
  return std::make_unique<DatagramStation>(std::move(socket), wire);
}

}  // namespace nobounce::emulator::wire
