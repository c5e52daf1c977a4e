// SPDX-License-Identifier: Apache-2.0
// Wire: what joins stations: two ports make a cable, more a learning switch. Where nothing is to be
// changed a frame reaches the other side in the call that sent it, without a copy; with a rate, a
// delay or faults it is copied, waits in a bounded queue, and comes out when it is due.
//
// What goes wrong is drawn from one seed, so that a run can be repeated. The terms are those of
// Linux's netem where it has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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

struct PortStatistics {
  std::uint64_t frames = 0;  ///< Sent by the station into the wire, TSO frames counted as segments.
  std::uint64_t bytes = 0;
  std::uint64_t delivered_frames = 0;  ///< Taken out of the wire by the station.
  std::uint64_t delivered_bytes = 0;
  std::uint64_t dropped_queue_full = 0;
  std::uint64_t dropped_unplugged = 0;  ///< Nobody at the other side, or no way to it.
  std::uint64_t dropped_partitioned = 0;
  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t waiting_bytes = 0;  ///< In the port's queue now.
};

struct WireOptions {
  std::uint32_t ports = 2;
  std::uint64_t seed = 1;
  /// Bytes that may wait of what one port has sent. While there is more than half of it the port is
  /// not ready; a sender that goes on all the same loses what does not fit, and it is counted.
  std::size_t queue_bytes = std::size_t{16} << 20;
};

/// Not thread-safe: one thread runs a wire and all that is plugged into it. Neither movable nor
/// copyable: entries are pointed to.
class Wire {
 public:
  static constexpr std::uint32_t kMaxPorts = 64;

  virtual ~Wire() = default;

  static std::unique_ptr<Wire> make(const WireOptions& options);

  [[nodiscard]] virtual std::uint32_t ports() const = 0;
  /// Where the station at `port` sends.
  [[nodiscard]] virtual net::FrameSink& entry(std::uint32_t port) = 0;
  /// `station`, which must outlive the wire or be unplugged with nullptr, gets what others send.
  virtual void plug(std::uint32_t port, net::FrameSink* station) = 0;

  virtual void set_impairments(std::uint32_t port, const Impairments& impairments) = 0;
  [[nodiscard]] virtual const Impairments& impairments(std::uint32_t port) const = 0;

  /// From now on all that any port sends is written to `capture`, which must outlive the wire, as
  /// it leaves the station; nullptr ends it.
  virtual void capture_to(Capture* capture) = 0;

  /// Delivers what is due at `now_ns`. Returns when something is due next; nothing if nothing
  /// waits. Frames are sent between two calls at the time of the first.
  virtual std::optional<std::uint64_t> run(std::uint64_t now_ns) = 0;

  [[nodiscard]] virtual PortStatistics statistics(std::uint32_t port) const = 0;
};

}  // namespace nobounce::emulator::wire
