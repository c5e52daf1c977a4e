// SPDX-License-Identifier: Apache-2.0
// FlowTable: finds the flow rule that a frame belongs to. Rules that compare the same bits (they
// have one mask) lie in one hash table, so a look-up costs a probe for each mask there is, however
// many rules: rules of the same kind, which is what drivers and users set, cost one probe in all.
// At worst every rule has a mask of its own; most of them are then passed over by one bit each.
//
// The rules themselves, and what may be changed about them, are Steering's.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "emulator/gvnic/flow_rule.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::gvnic {

class FlowTable {
 public:
  /// Takes over all rules anew; keys are locations, of which the lowest that matches wins.
  void rebuild(const std::map<std::uint32_t, FlowRule>& rules);

  [[nodiscard]] bool is_empty() const { return groups_.empty(); }
  /// The queue of the rule that the frame matches; nothing if none does. Allocates nothing.
  [[nodiscard]] std::optional<std::uint16_t> find(const net::Frame& frame) const;

 private:
  /// Addresses (two words each), then ports or SPI, TOS and the kind of rule.
  using Words = std::array<std::uint64_t, 5>;

  struct Slot {
    Words key{};
    std::uint32_t location = 0;
    std::uint16_t queue = 0;
    bool is_used = false;
  };

  struct Group {
    Words mask{};
    std::uint64_t last_words = 0;  // a bit for each last word that a key has (see bit_of)
    std::uint32_t lowest_location = 0;
    std::uint32_t rules = 0;
    std::vector<Slot> slots;  // a power of two, at most half of them used

    /// The slot that `key`, already masked, is in or would go to.
    [[nodiscard]] std::size_t place_of(const Words& key) const;
  };

  static std::optional<Words> words_of(const net::Frame& frame);
  static Words key_of(const FlowRule& rule);
  static Words mask_of(const FlowRule& rule);

  std::vector<Group> groups_;  // by their lowest location
};

}  // namespace nobounce::emulator::gvnic
