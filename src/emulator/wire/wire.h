// SPDX-License-Identifier: Apache-2.0
// Wire: what joins stations: two ports make a cable, more a learning switch. Where nothing is to be
// changed a frame reaches the other side in the call that sent it, without a copy; with a rate, a
// delay or faults it is copied, waits in a bounded queue, and comes out when it is due.
//
// What goes wrong is drawn from one seed, so that a run can be repeated. The terms are those of
// Linux's netem where it has them. docs/wire.md has the order of events and the formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

class Capture;

/// What happens to frames that one port sends into the wire; by default nothing. Probabilities are
/// from 0 to 1 and count for segments: TSO frames are cut where any of them is set.
struct Impairments {
  /// Line rate, 0 for none. A segment costs its bytes, at least 60, and 24 more for preamble, FCS
  /// and gap; a TSO frame that passes whole costs what its segments would.
  std::uint64_t rate_bits_per_s = 0;
  std::uint64_t delay_ns = 0;
  std::uint64_t jitter_ns = 0;  ///< Uniform in ± this around the delay; order is kept.
  double loss = 0;
  double reorder = 0;  ///< Goes ahead of those that wait.
  double duplicate = 0;
  double corrupt = 0;        ///< One bit is flipped somewhere.
  bool partitioned = false;  ///< Nothing passes.

  bool operator==(const Impairments&) const = default;
};

/// For what a user asks. Error: kInvalidArgument for a probability that is none, a rate that no
/// line has (below kMinRateBitsPerS or above kMaxRateBitsPerS), a delay above kMaxDelayNs, more
/// jitter than delay, or reordering where nothing waits.
Status check(const Impairments& impairments);

inline constexpr std::uint64_t kMinRateBitsPerS = 1'000;
inline constexpr std::uint64_t kMaxRateBitsPerS = 1'000'000'000'000'000;
inline constexpr std::uint64_t kMaxDelayNs = 3'600'000'000'000;

/// What became of what a port's station sent, and what it took. Frames; those that are still to be
/// segmented count as their segments, whole or cut. Bytes are those of frames without preamble, FCS
/// and gap. On a cable, for what side A sends,
///   A.frames + A.duplicated = B.delivered_frames + A.lost + each A.dropped + A.waiting_frames
/// and likewise on a switch, but that a frame for all is delivered once to each that takes it.
struct PortStatistics {
  std::uint64_t frames = 0;  ///< Sent by the station into the wire.
  std::uint64_t bytes = 0;
  std::uint64_t delivered_frames = 0;  ///< Taken out of the wire by the station.
  std::uint64_t delivered_bytes = 0;
  std::uint64_t dropped_queue_full = 0;
  std::uint64_t dropped_unplugged = 0;  ///< Nobody at the other side, or no way to it.
  std::uint64_t dropped_partitioned = 0;
  /// An answer to a frame from within its delivery, which would recurse. A station answers in its
  /// own turn.
  std::uint64_t dropped_in_delivery = 0;
  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;   ///< Went ahead of at least one that waited.
  std::uint64_t duplicated = 0;  ///< Came out of the wire once more than it was sent.
  std::uint64_t corrupted = 0;
  std::uint64_t waiting_frames = 0;  ///< In the port's queue now.
  std::uint64_t waiting_bytes = 0;
};

struct WireOptions {
  std::uint32_t ports = 2;
  std::uint64_t seed = 1;
  /// Bytes that may wait of what one port has sent, with 48 beside each frame. While there is more
  /// than half of it the port is not ready; a sender that goes on all the same loses what does not
  /// fit, and it is counted.
  std::size_t queue_bytes = std::size_t{16} << 20;
};

/// Not thread-safe: one thread runs a wire and all that is plugged into it. Neither movable nor
/// copyable: entries are pointed to.
class Wire {
 public:
  static constexpr std::uint32_t kMaxPorts = 64;
  /// How much work a port with a rate takes ahead. What the NIC keeps in its own rings past that
  /// is what a real one keeps while the line is busy. More than the time between two turns of the
  /// thread that runs the wire, which on a busy machine is a time slice or two of the scheduler,
  /// else the line would fall idle between them. What comes behind waits for as long.
  static constexpr std::uint64_t kReadyHorizonNs = 4'000'000;

  virtual ~Wire() = default;

  /// `options.ports` is from 2 to kMaxPorts.
  static std::unique_ptr<Wire> make(const WireOptions& options);

  [[nodiscard]] virtual std::uint32_t ports() const = 0;
  /// Where the station at `port` sends; lives as long as the wire. It is not ready while the port's
  /// queue is more than half full, nor while the line has work for more than kReadyHorizonNs.
  [[nodiscard]] virtual net::FrameSink& entry(std::uint32_t port) = 0;
  /// `station`, which must outlive the wire or be unplugged with nullptr, gets what others send.
  virtual void plug(std::uint32_t port, net::FrameSink* station) = 0;

  /// Holds for what is sent from now on; what waits keeps its time. `impairments` pass check().
  virtual void set_impairments(std::uint32_t port, const Impairments& impairments) = 0;
  [[nodiscard]] virtual const Impairments& impairments(std::uint32_t port) const = 0;

  /// From now on all that any port sends is written to `capture`, which must outlive the wire, as
  /// it leaves the station: what port p sends as the capture's interface `first_interface` + p.
  /// nullptr ends it.
  virtual void capture_to(Capture* capture, std::uint32_t first_interface) = 0;

  /// Delivers what is due at `now_ns`. Returns when the next call is of use: something is due, or a
  /// port that is not ready becomes so; nothing if nothing waits. Frames are sent between two calls
  /// at the time of the first.
  virtual std::optional<std::uint64_t> run(std::uint64_t now_ns) = 0;

  [[nodiscard]] virtual PortStatistics statistics(std::uint32_t port) const = 0;
};

}  // namespace nobounce::emulator::wire
