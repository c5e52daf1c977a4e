// SPDX-License-Identifier: Apache-2.0
// HostStation: a station that is no NIC but a descriptor of the host, behind which the kernel or
// another process has its own end. What comes off the wire is written to it, and what can be read
// from it is sent into the wire.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "emulator/net/frame.h"
#include "sys/packet_io.h"

namespace nobounce::emulator::wire {

struct HostStationStatistics {
  std::uint64_t written_frames = 0;  ///< As they went out: a TSO frame that passes whole is one.
  std::uint64_t written_bytes = 0;
  std::uint64_t read_frames = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t dropped_would_block = 0;  ///< The other end does not read fast enough.
  std::uint64_t dropped_refused = 0;      ///< There is no other end, or its interface is down.
  std::uint64_t dropped_malformed = 0;    ///< Read, and no frame that a wire carries.
};

/// Not thread-safe; runs in the thread of its wire. Neither movable nor copyable.
class HostStation : public net::FrameSink {
 public:
  /// The longest frame that is taken in: a gVNIC's. Longer ones come only marked for segmentation.
  static constexpr std::uint32_t kMaxFrameBytes = 9728;
  static constexpr std::uint32_t kMinFrameBytes = 14;

  enum class Outcome {
    kIdle,      ///< All was read.
    kMore,      ///< More may be there.
    kHeldBack,  ///< More may be there; the wire is not ready for it.
  };

  HostStation(const HostStation&) = delete;
  HostStation& operator=(const HostStation&) = delete;
  ~HostStation() override = default;

  /// Never fails: what can't be written is dropped and counted. A frame to be segmented is cut
  /// unless the other end takes it whole.
  void accept(const net::Frame& frame) override;

  /// Readable when there is something for on_ready.
  [[nodiscard]] virtual int fd() const = 0;
  /// Sends what can be read into the wire, kBatchFrames at most, so that others have their turn.
  /// After kHeldBack the descriptor stays readable: who waits for it had better not, and call again
  /// after a Wire::run. Errors: the descriptor is of no use any more, as when a TAP interface was
  /// deleted.
  Result<Outcome> on_ready();

  [[nodiscard]] const HostStationStatistics& statistics() const { return statistics_; }

 protected:
  enum class Received { kFrame, kNothing };

  explicit HostStation(net::FrameSink& wire) : wire_(wire) {}

  /// True if `frame`, which is to be segmented, can be written as it is.
  [[nodiscard]] virtual bool takes_whole(const net::Frame& frame) const = 0;
  virtual void write(const net::Frame& frame) = 0;
  /// Reads one frame and gives it to send, or drops it.
  virtual Result<Received> receive() = 0;

  void send(const net::Frame& frame);
  void count_written(const sys::PacketResult& result);

  HostStationStatistics statistics_;

 private:
  static constexpr int kBatchFrames = 64;

  net::FrameSink& wire_;
};

}  // namespace nobounce::emulator::wire
