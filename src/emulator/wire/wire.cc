// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/wire.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include "base/random.h"
#include "emulator/wire/amount.h"
#include "emulator/wire/capture.h"
#include "emulator/wire/line.h"
#include "emulator/wire/mac_table.h"

namespace nobounce::emulator::wire {
namespace {

class SwitchingWire final : public Wire {
 public:
  explicit SwitchingWire(const WireOptions& options) {
    assert(options.ports >= 2 && options.ports <= kMaxPorts);
    for (std::uint32_t number = 0; number < options.ports; ++number)
      ports_.push_back(std::make_unique<Port>(*this, number, options));
  }

  [[nodiscard]] std::uint32_t ports() const override {
    return static_cast<std::uint32_t>(ports_.size());
  }
  [[nodiscard]] net::FrameSink& entry(std::uint32_t port) override { return ports_[port]->entry; }

  void plug(std::uint32_t port, net::FrameSink* station) override {
    ports_[port]->station = station;
    stations_.forget(port);
  }

  void set_impairments(std::uint32_t port, const Impairments& impairments) override {
    assert(check(impairments));
    ports_[port]->line.set(impairments);
  }
  [[nodiscard]] const Impairments& impairments(std::uint32_t port) const override {
    return ports_[port]->line.impairments();
  }

  void capture_to(Capture* capture, std::uint32_t first_interface) override {
    capture_ = capture;
    first_interface_ = first_interface;
  }

  std::optional<std::uint64_t> run(std::uint64_t now_ns) override {
    now_ns_ = now_ns;
    for (const auto& port : ports_)
      port->line.deliver_due(now_ns);
    std::uint64_t next_ns = kNever;
    for (const auto& port : ports_)
      next_ns = std::min(next_ns, port->line.next_event_ns(now_ns).value_or(kNever));
    if (next_ns == kNever) return std::nullopt;
    return next_ns;
  }

  [[nodiscard]] PortStatistics statistics(std::uint32_t port) const override {
    return ports_[port]->statistics;
  }

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  struct Port;

  /// Where a port's station sends.
  struct Entry final : net::FrameSink {
    explicit Entry(Port& owner) : port(owner) {}
    void accept(const net::Frame& frame) override { port.wire.send(port, frame); }
    [[nodiscard]] bool is_ready() const override { return port.line.is_ready(port.wire.now_ns_); }
    Port& port;
  };

  /// Where a port's line ends.
  struct Exit final : net::FrameSink {
    explicit Exit(Port& owner) : port(owner) {}
    void accept(const net::Frame& frame) override {
      port.wire.forward(port, frame, amount_of(frame));
    }
    Port& port;
  };

  struct Port {
    Port(SwitchingWire& owner, std::uint32_t own_number, const WireOptions& options)
        : wire(owner),
          number(own_number),
          line(mix64(options.seed + kSplitMixStep * own_number), options.queue_bytes, exit,
               statistics) {}

    SwitchingWire& wire;
    std::uint32_t number;
    net::FrameSink* station = nullptr;
    PortStatistics statistics;
    Entry entry{*this};
    Exit exit{*this};
    Line line;
  };

  void send(Port& from, const net::Frame& frame) {
    const Amount amount = amount_of(frame);
    from.statistics.frames += amount.frames;
    from.statistics.bytes += amount.bytes;
    if (capture_ != nullptr) capture_->record(first_interface_ + from.number, frame);
    if (from.line.is_clear()) {
      forward(from, frame, amount);
    } else {
      from.line.send(frame, now_ns_);
    }
  }

  void forward(Port& from, const net::Frame& frame, const Amount& amount) {
    if (is_delivering_) {
      from.statistics.dropped_in_delivery += amount.frames;
      return;
    }
    is_delivering_ = true;
    const bool is_taken = ports_.size() == 2 ? deliver(*ports_[1 - from.number], frame, amount)
                                             : deliver_by_address(from, frame, amount);
    is_delivering_ = false;
    if (!is_taken) from.statistics.dropped_unplugged += amount.frames;
  }

  /// True if at least one station has taken the frame.
  bool deliver_by_address(const Port& from, const net::Frame& frame, const Amount& amount) {
    if (frame.headers.size() < 2 * Mac::kBytes) return false;
    const Mac source = Mac::read(frame.headers.subspan(Mac::kBytes));
    if (!source.is_multicast()) stations_.learn(source, from.number);

    const Mac destination = Mac::read(frame.headers);
    if (!destination.is_multicast()) {
      if (const auto port = stations_.port_of(destination))
        return *port != from.number && deliver(*ports_[*port], frame, amount);
    }
    bool is_taken = false;
    for (const auto& port : ports_) {
      if (port.get() != &from) is_taken |= deliver(*port, frame, amount);
    }
    return is_taken;
  }

  static bool deliver(Port& to, const net::Frame& frame, const Amount& amount) {
    if (to.station == nullptr) return false;
    to.statistics.delivered_frames += amount.frames;
    to.statistics.delivered_bytes += amount.bytes;
    to.station->accept(frame);
    return true;
  }

  std::vector<std::unique_ptr<Port>> ports_;
  MacTable stations_;
  std::uint64_t now_ns_ = 0;
  Capture* capture_ = nullptr;
  std::uint32_t first_interface_ = 0;
  bool is_delivering_ = false;
};

}  // namespace

std::unique_ptr<Wire> Wire::make(const WireOptions& options) {
  return std::make_unique<SwitchingWire>(options);
}

}  // namespace nobounce::emulator::wire
