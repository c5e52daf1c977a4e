// SPDX-License-Identifier: Apache-2.0
// Steering: which receive queue a frame goes to. Flow rules first, the one with the lowest location
// wins; then RSS over the 4-tuple (or the addresses) by Toeplitz hash and indirection table.
// Sources: gve_adminq.h (flow rules, RSS); Microsoft's RSS specification for the hash.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "base/result.h"
#include "emulator/gvnic/flow_rule.h"
#include "emulator/gvnic/flow_table.h"
#include "emulator/net/frame.h"
#include "emulator/net/toeplitz.h"

namespace nobounce::emulator::gvnic {

inline constexpr std::size_t kRssKeyBytes = 40;
inline constexpr std::size_t kRssTableEntries = 128;

/// The bit of RssConfig::hash_types for a hash type; the order is that of enum gve_rss_hash_type.
enum class RssHashType : std::uint8_t {
  kIpv4,
  kTcpIpv4,
  kIpv6,
  kIpv6Extended,
  kTcpIpv6,
  kTcpIpv6Extended,
  kUdpIpv4,
  kUdpIpv6,
  kUdpIpv6Extended,
};

struct RssConfig {
  std::uint16_t hash_types = 0;  ///< A set of 1 << RssHashType.
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
  void clear_rules();
  [[nodiscard]] const std::map<std::uint32_t, FlowRule>& rules() const { return rules_; }

  void set_rss(const RssConfig& config);
  [[nodiscard]] const std::optional<RssConfig>& rss() const { return rss_; }
  void reset();

  /// Of a fragment only addresses and the like are looked at, never ports: rules that need ports
  /// don't match it, and its hash is over the addresses. Where no hash type fits a frame, the
  /// table's first entry takes it. Without an RSS configuration, frames that no rule claims go to
  /// queue 0. The queue may be one that does not exist: the caller checks.
  [[nodiscard]] Steered steer(const net::Frame& frame) const;

 private:
  std::uint32_t max_rules_;
  std::map<std::uint32_t, FlowRule> rules_;
  FlowTable table_;  // of rules_
  std::optional<RssConfig> rss_;
  std::optional<net::Toeplitz> toeplitz_;  // of the key in rss_
};

}  // namespace nobounce::emulator::gvnic
