// SPDX-License-Identifier: Apache-2.0
// Admin commands as a driver would place them, with parameters between right and absurd, over
// memory that the input has filled: what a command's address points to is input as well.
#include <algorithm>

#include "fuzz/guest.h"
#include "fuzz/targets.h"

namespace nobounce::fuzz {
namespace {

struct NoWire final : emulator::net::FrameSink {
  void accept(const emulator::net::Frame& /*frame*/) override {}
};

/// A word of a command's parameters. Addresses are 64 bits long, and all that exist have 0 in the
/// high word.
std::uint32_t word(Choices& choices) {
  switch (choices.below(8)) {
    case 0:
      return choices.number<std::uint32_t>();
    case 1:
      return ~std::uint32_t{0};
    case 2:
      return 64u << choices.below(7) << 16 | 64u << choices.below(7);
    case 3:
      return choices.below(8);
    case 4:
      return 2048u << choices.below(2);
    case 5:
      return static_cast<std::uint32_t>(Guest::kBuffers) + choices.below(256) * 64;
    default:
      return 0;
  }
}

class Driver {
 public:
  Driver(GuestRam& ram, Choices& choices)
      : ram_(ram),
        choices_(choices),
        clock_(std::uint64_t{1} << choices.below(40)),
        guest_(ram, wire_, clock_, emulator::gvnic::Doorbells::kSocket) {}

  void act() {
    switch (choices_.below(12)) {
      case 0:
        guest_.configure(choices_.below(2) == 0, choices_.below(2) == 0);
        break;
      case 1:
        guest_.write_register(choices_.below(11) * 4, word(choices_));
        break;
      case 2:
        guest_.set_bus_master(choices_.below(4) != 0);
        break;
      case 3:
        guest_.ring_doorbell(choices_.below(80), word(choices_));
        break;
      case 4:
        guest_.nic().run();
        break;
      case 5:
        if (choices_.once_in(8)) guest_.nic().reset();
        break;
      case 6:
        ram_.scribble(choices_);
        break;
      case 7:
        place_parameters();
        break;
      default:
        command();
        break;
    }
  }

 private:
  /// What kinds of commands find at an address that `word` makes.
  void place_parameters() {
    const std::uint64_t at = Guest::kBuffers + choices_.below(64) * std::uint64_t{64};
    const auto bytes = choices_.bytes(choices_.below(128));
    std::ranges::copy(bytes, ram_.at(at));
  }

  void command() {
    constexpr std::uint32_t kExtended = 0xff;
    constexpr std::uint32_t kFlowRule = 0x101;
    CommandWords words{};
    words[0] = choices_.once_in(4) ? kExtended : choices_.below(0x14);
    const bool is_flow_rule = words[0] == kExtended && !choices_.once_in(8);
    for (std::size_t i = 2; i < words.size(); ++i)
      words[i] = word(choices_);
    if (is_flow_rule) {
      words[2] = kFlowRule;
      words[3] = 92;
      words[4] = 0;
      words[5] = static_cast<std::uint32_t>(Guest::kBuffers) + choices_.below(64) * 64;
    }
    guest_.command(words);
  }

  GuestRam& ram_;
  Choices& choices_;
  NoWire wire_;
  SteppingClock clock_;
  Guest guest_;
};

}  // namespace

void admin_queue(Input input) {
  static GuestRam ram;
  ram.clear();
  Choices choices(input);
  Driver driver(ram, choices);
  while (choices.any_left())
    driver.act();
}

}  // namespace nobounce::fuzz
