// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/flow_table.h"

#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

using Protocol = FlowRule::Protocol;

// The last word, from its low bits: the kind of rule (IP version and protocol), whether there is
// something to compare ports or an SPI with, TOS, and ports or SPI.
constexpr std::uint64_t kKindMask = 0x7f;
constexpr std::uint64_t kHasL4 = 0x80;
constexpr unsigned kTosShift = 8;
constexpr unsigned kL4Shift = 32;

std::uint64_t kind_of(net::L3 l3, Protocol protocol) {
  return static_cast<std::uint64_t>(protocol) << 1 | (l3 == net::L3::kIpv6 ? 1U : 0U);
}

std::optional<Protocol> protocol_of(std::uint8_t ip_protocol) {
  switch (ip_protocol) {
    case net::kProtocolTcp:
      return Protocol::kTcp;
    case net::kProtocolUdp:
      return Protocol::kUdp;
    case net::kProtocolSctp:
      return Protocol::kSctp;
    case net::kProtocolAh:
      return Protocol::kAh;
    case net::kProtocolEsp:
      return Protocol::kEsp;
    default:
      return std::nullopt;
  }
}

/// Where the ports or the SPI lie in a frame's headers, if it has them.
std::optional<std::size_t> l4_words_at(const net::HeaderLayout& layout, Protocol protocol,
                                       std::size_t header_bytes) {
  const bool ports_found =
      layout.l4 == net::L4::kTcp || layout.l4 == net::L4::kUdp || layout.l4 == net::L4::kSctp;
  if (has_ports(protocol) ? !ports_found : layout.l4 != net::L4::kOther) return std::nullopt;
  const std::size_t at = layout.l4_offset + (protocol == Protocol::kAh ? 4U : 0U);
  if (!range_fits(at, 4, header_bytes)) return std::nullopt;
  return at;
}

/// One of 64 bits for the last word of a key. A group has few of them: a frame whose bit is not
/// among them is in no rule of it, and its slots need not be looked at.
std::uint64_t bit_of(std::uint64_t last_word) {
  return std::uint64_t{1} << (last_word * 0x9e3779b97f4a7c15 >> 58);
}

std::uint64_t l4_word(const FlowRule::Fields& fields, Protocol protocol) {
  const std::uint32_t ports =
      static_cast<std::uint32_t>(fields.source_port) << 16 | fields.destination_port;
  return std::uint64_t{has_ports(protocol) ? ports : fields.spi} << kL4Shift;
}

}  // namespace

FlowTable::Words FlowTable::key_of(const FlowRule& rule) {
  Words words;
  std::memcpy(words.data(), rule.key.source_address.data(), 16);
  std::memcpy(words.data() + 2, rule.key.destination_address.data(), 16);
  words[4] = kind_of(rule.l3, rule.protocol) | kHasL4 | std::uint64_t{rule.key.tos} << kTosShift |
             l4_word(rule.key, rule.protocol);
  return words;
}

FlowTable::Words FlowTable::mask_of(const FlowRule& rule) {
  Words words;
  std::memcpy(words.data(), rule.mask.source_address.data(), 16);
  std::memcpy(words.data() + 2, rule.mask.destination_address.data(), 16);
  const std::uint64_t l4 = l4_word(rule.mask, rule.protocol);
  words[4] = kKindMask | (l4 != 0 ? kHasL4 : 0) | std::uint64_t{rule.mask.tos} << kTosShift | l4;
  return words;
}

std::optional<FlowTable::Words> FlowTable::words_of(const net::Frame& frame) {
  const net::HeaderLayout& layout = frame.layout;
  if (layout.l3 == net::L3::kNone) return std::nullopt;
  const auto protocol = protocol_of(layout.ip_protocol);
  if (!protocol) return std::nullopt;
  const std::byte* const ip = &frame.headers[layout.l3_offset];
  Words words{};
  std::uint8_t tos = 0;
  if (layout.l3 == net::L3::kIpv4) {
    std::memcpy(words.data(), ip + 12, 4);
    std::memcpy(words.data() + 2, ip + 16, 4);
    tos = static_cast<std::uint8_t>(ip[1]);
  } else {
    std::memcpy(words.data(), ip + 8, 32);
    tos = static_cast<std::uint8_t>(load_be<std::uint16_t>(ip) >> 4);
  }
  words[4] = kind_of(layout.l3, *protocol) | std::uint64_t{tos} << kTosShift;
  if (const auto at = l4_words_at(layout, *protocol, frame.headers.size())) {
    words[4] |= kHasL4 | std::uint64_t{load_be<std::uint32_t>(&frame.headers[*at])} << kL4Shift;
  }
  return words;
}

std::size_t FlowTable::Group::place_of(const Words& key) const {
  // Odd numbers without a pattern: the multiplications mix, and don't wait for one another.
  constexpr Words kMix = {0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9,
                          0xd6e8feb86659fd93, 0xa0761d6478bd642f};
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < key.size(); ++i)
    hash ^= key[i] * kMix[i];
  hash *= kMix[0];
  const std::size_t last = slots.size() - 1;
  std::size_t at = hash >> 32 & last;
  while (slots[at].is_used && slots[at].key != key)
    at = (at + 1) & last;
  return at;
}

void FlowTable::rebuild(const std::map<std::uint32_t, FlowRule>& rules) {
  groups_.clear();
  std::map<Words, std::size_t> group_by_mask;
  for (const auto& [location, rule] : rules) {
    const Words mask = mask_of(rule);
    const auto [group, is_new] = group_by_mask.emplace(mask, groups_.size());
    if (is_new) groups_.push_back({.mask = mask, .lowest_location = location, .slots = {}});
    ++groups_[group->second].rules;
  }
  for (Group& group : groups_)
    group.slots.resize(std::bit_ceil(2 * group.rules));
  for (const auto& [location, rule] : rules) {
    Group& group = groups_[group_by_mask[mask_of(rule)]];
    Words key = key_of(rule);
    for (std::size_t i = 0; i < key.size(); ++i)
      key[i] &= group.mask[i];
    group.last_words |= bit_of(key.back());
    Slot& slot = group.slots[group.place_of(key)];
    // Of rules that match the same, the one with the lowest location came first, and wins.
    if (!slot.is_used) slot = {key, location, rule.queue, true};
  }
}

std::optional<std::uint16_t> FlowTable::find(const net::Frame& frame) const {
  const std::optional<Words> words = words_of(frame);
  if (!words) return std::nullopt;
  const Slot* best = nullptr;
  for (const Group& group : groups_) {
    if (best != nullptr && best->location < group.lowest_location) break;
    if ((group.last_words & bit_of(words->back() & group.mask.back())) == 0) continue;
    Words key = *words;
    for (std::size_t i = 0; i < key.size(); ++i)
      key[i] &= group.mask[i];
    const Slot& slot = group.slots[group.place_of(key)];
    if (slot.is_used && (best == nullptr || slot.location < best->location)) best = &slot;
  }
  if (best == nullptr) return std::nullopt;
  return best->queue;
}

}  // namespace nobounce::emulator::gvnic
