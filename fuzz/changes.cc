// SPDX-License-Identifier: Apache-2.0
#include "fuzz/changes.h"

#include <unistd.h>

#include <array>
#include <cstring>

#include "base/bytes.h"
#include "sys/wakeup.h"

namespace nobounce::fuzz {
namespace {

// Numbers of admin commands and their parameters, as a driver has them.
constexpr std::uint32_t kConfigureRss = 0x0a;
constexpr std::uint32_t kSetParameter = 0x0b;
constexpr std::uint32_t kMtu = 1;
constexpr std::uint32_t kReportStats = 0x0c;
constexpr std::uint32_t kExtended = 0xff;
constexpr std::uint32_t kFlowRule = 0x101;
constexpr std::uint32_t kFlowRuleBytes = 92;
constexpr std::uint32_t kRssKeyBytes = 40;
constexpr std::uint32_t kRssEntries = 128;

constexpr auto kParameters = static_cast<std::uint32_t>(Guest::kParameters);

/// Addresses and ports as the packets of write_packet have them, or as none has.
void place_flow_spec(std::byte* spec, bool is_mask, bool is_ipv4, Choices& choices) {
  if (choices.below(2) == 0) std::memset(spec, is_mask ? 0xff : 0xfd, is_ipv4 ? 4 : 16);
  if (choices.below(2) == 0) std::memset(spec + 16, is_mask ? 0xff : 0xfd, is_ipv4 ? 4 : 16);
  if (is_ipv4 && !is_mask) {
    store_be(spec, std::uint32_t{0x0a000001});
    store_be(spec + 16, std::uint32_t{0x0a000002});
  }
  const bool has_port = choices.below(4) != 0;
  const auto port = static_cast<std::uint16_t>(is_mask ? 0xffff : 2000 + choices.below(4));
  if (has_port) store_be(spec + 34, port);
  if (choices.once_in(8)) spec[36] = std::byte{choices.number<std::uint8_t>()};
}

void change_flow_rule(Guest& guest, GuestRam& ram, Choices& choices) {
  constexpr std::array<std::uint16_t, 8> kChanges = {0, 0, 0, 0, 0, 1, 2, 3};
  constexpr std::uint32_t kTypesForIpv4 = 5;
  const std::uint32_t type = choices.below(11);
  const bool is_ipv4 = type < kTypesForIpv4;
  std::byte* const rule = ram.at(Guest::kParameters);
  std::memset(rule, 0, kFlowRuleBytes);
  store_be(rule, kChanges[choices.below(kChanges.size())]);
  store_be(rule + 4, static_cast<std::uint16_t>(type));
  store_be(rule + 6, static_cast<std::uint16_t>(choices.below(Guest::kQueues + 1)));
  place_flow_spec(rule + 8, false, is_ipv4, choices);
  place_flow_spec(rule + 48, true, is_ipv4, choices);
  store_be(rule + 88, choices.below(8));
  guest.command({kExtended, 0, kFlowRule, kFlowRuleBytes, 0, kParameters});
}

void change_rss(Guest& guest, GuestRam& ram, Choices& choices) {
  const auto hash_types = choices.number<std::uint16_t>();
  const std::uint32_t key_bytes = choices.below(2) * kRssKeyBytes;
  const std::uint32_t entries = choices.below(2) * kRssEntries;
  const auto queues = choices.number<std::uint32_t>();
  for (std::uint32_t entry = 0; entry < kRssEntries; ++entry)
    store_be(ram.at(Guest::kParameters + std::uint64_t{4} * entry), queues >> entry % 32 & 1);
  guest.command({kConfigureRss, 0, (hash_types & 0x1ffu) << 16 | 1 << 8, key_bytes << 16 | entries,
                 0, kParameters + 1024, 0, kParameters});
}

}  // namespace

void change_settings(Guest& guest, GuestRam& ram, Choices& choices) {
  switch (choices.below(8)) {
    case 0:
      guest.command({kSetParameter, 0, kMtu, 0, 0, choices.below(4200)});
      break;
    case 1:
      guest.command({kReportStats, 0, 0, choices.below(200), 0,
                     static_cast<std::uint32_t>(GuestRam::address(choices)), 0,
                     choices.below(3000)});
      break;
    case 2:
    case 3:
      change_rss(guest, ram, choices);
      break;
    case 4:
      guest.nic().set_cable(!choices.once_in(4));
      guest.nic().set_link_up(!choices.once_in(4));
      break;
    default:
      change_flow_rule(guest, ram, choices);
      break;
  }
}

IrqDoorbell arm_interrupt(Guest& guest, Choices& choices) {
  static const sys::Wakeup eventfd = sure(sys::Wakeup::open());
  const std::uint32_t block = choices.below(Guest::kBlocks);
  if (choices.below(2) == 0) {
    sys::Fd fd(choices.once_in(8) ? -1 : ::dup(eventfd.fd()));
    const std::uint32_t vector = choices.once_in(4) ? Guest::kBlocks : block;  // management's
    guest.nic().set_irq(emulator::vfio_user::kMsix, vector, std::move(fd));
  }
  constexpr std::uint32_t kEnableAndClear = 3;
  return {block, kEnableAndClear | choices.below(4) << 3 | choices.below(4096) << 5};
}

}  // namespace nobounce::fuzz
