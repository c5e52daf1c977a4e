// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/wire.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "emulator/wire/amount.h"
#include "emulator/wire/mac_table.h"

namespace nobounce::emulator::wire {
namespace {

class SwitchingWire final : public Wire {
 public:
  explicit SwitchingWire(const WireOptions& options) {
    assert(options.ports >= 2 && options.ports <= kMaxPorts);
    for (std::uint32_t number = 0; number < options.ports; ++number)
      ports_.push_back(std::make_unique<Port>(*this, number));
  }

  [[nodiscard]] std::uint32_t ports() const override {
    return static_cast<std::uint32_t>(ports_.size());
  }
  [[nodiscard]] net::FrameSink& entry(std::uint32_t port) override { return *ports_[port]; }

  void plug(std::uint32_t port, net::FrameSink* station) override {
    ports_[port]->station = station;
    stations_.forget(port);
  }

  void set_impairments(std::uint32_t port, const Impairments& impairments) override {
    assert(check(impairments));
    ports_[port]->impairments = impairments;
  }
  [[nodiscard]] const Impairments& impairments(std::uint32_t port) const override {
    return ports_[port]->impairments;
  }

  void capture_to(Capture* /*capture*/, std::uint32_t /*first_interface*/) override {}

  std::optional<std::uint64_t> run(std::uint64_t /*now_ns*/) override { return std::nullopt; }

  [[nodiscard]] PortStatistics statistics(std::uint32_t port) const override {
    return ports_[port]->statistics;
  }

 private:
  /// Where a station is plugged in, and what it sends into.
  struct Port final : net::FrameSink {
    Port(SwitchingWire& owner, std::uint32_t own_number) : wire(owner), number(own_number) {}
    void accept(const net::Frame& frame) override { wire.send(*this, frame); }

    SwitchingWire& wire;
    std::uint32_t number;
    net::FrameSink* station = nullptr;
    Impairments impairments;
    PortStatistics statistics;
  };

  void send(Port& from, const net::Frame& frame) {
    const Amount amount = amount_of(frame);
    from.statistics.frames += amount.frames;
    from.statistics.bytes += amount.bytes;
    forward(from, frame, amount);
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
  bool is_delivering_ = false;
};

}  // namespace

std::unique_ptr<Wire> Wire::make(const WireOptions& options) {
  return std::make_unique<SwitchingWire>(options);
}

}  // namespace nobounce::emulator::wire
