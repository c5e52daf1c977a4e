// SPDX-License-Identifier: Apache-2.0
// Steering: which receive queue a frame goes to. Flow rules first, the one with the lowest location
// wins; then RSS over the 4-tuple (or the addresses) by Toeplitz hash and indirection table.
// Sources: gve_adminq.h (flow rules, RSS); Microsoft's RSS specification for the hash.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::gvnic {

inline constexpr std::size_t kRssKeyBytes = 40;
inline constexpr std::size_t kRssTableEntries = 128;

/// A flow rule in host byte order, already checked against what the device supports.
struct FlowRule {
  enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp, kAh, kEsp };

  struct Fields {
    std::array<std::byte, 16> source_address{};  ///< IPv4 in the first 4 bytes.
    std::array<std::byte, 16> destination_address{};
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t spi = 0;  ///< AH and ESP only.
    std::uint8_t tos = 0;   ///< IPv4 TOS or IPv6 traffic class.
  };

  net::L3 l3 = net::L3::kIpv4;
  Protocol protocol = Protocol::kTcp;
  Fields key;
  Fields mask;  ///< A set bit must match.
  std::uint16_t queue = 0;
};

/// One bit a hash type, in the order of enum gve_rss_hash_type.
struct RssConfig {
  std::uint16_t hash_types = 0;
  std::array<std::byte, kRssKeyBytes> key{};
  std::array<std::uint16_t, kRssTableEntries> table{};
};

struct Steered {
  std::uint16_t queue = 0;
  std::uint32_t rss_hash = 0;  ///< 0 where nothing was hashed.
};

class Steering {
 public:
  explicit Steering(std::uint32_t max_rules) : max_rules_(max_rules) {}

  /// Errors: kBusy (the location is taken), kExhausted (max_rules).
  Status add_rule(std::uint32_t location, const FlowRule& rule);
  /// Error: kNotFound.
  Status delete_rule(std::uint32_t location);
  void clear_rules() { rules_.clear(); }
  [[nodiscard]] const std::map<std::uint32_t, FlowRule>& rules() const { return rules_; }

  void set_rss(const RssConfig& config) { rss_ = config; }
  [[nodiscard]] const std::optional<RssConfig>& rss() const { return rss_; }
  void reset();

  /// Without an RSS configuration, frames that no rule claims go to queue 0.
  [[nodiscard]] Steered steer(const net::Frame& frame) const;

 private:
  std::uint32_t max_rules_;
  std::map<std::uint32_t, FlowRule> rules_;
  std::optional<RssConfig> rss_;
};

}  // namespace nobounce::emulator::gvnic
