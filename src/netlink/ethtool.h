// SPDX-License-Identifier: Apache-2.0
// The netlink family "ethtool": rings (with header split), features and channels of an interface.
// Follows Documentation/networking/ethtool-netlink.rst. Flow rules and the RSS table are in
// flow_rule and rss_table: they go through the ioctl.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/generic.h"

namespace nobounce::netlink {

/// tcp-data-split: headers and TCP payload land in buffers of their own. kUnknown: the driver does
/// not say, as those do that can't.
enum class HeaderSplit : std::uint8_t { kUnknown = 0, kOff = 1, kOn = 2 };

/// Ring parameters; those that a driver lacks are empty.
struct Rings {
  std::optional<std::uint32_t> rx, rx_max, tx, tx_max;  ///< Descriptors.
  std::optional<std::uint32_t> rx_buf_len;              ///< Bytes.
  HeaderSplit header_split = HeaderSplit::kUnknown;
  /// Packets up to this many bytes are not split. Empty: the driver has no such knob (and splits
  /// every packet).
  std::optional<std::uint32_t> hds_thresh, hds_thresh_max;
};

struct RingsChange {
  std::optional<HeaderSplit> header_split{};
  std::optional<std::uint32_t> hds_thresh{};
  std::optional<std::uint32_t> rx{}, tx{};    ///< Descriptors.
  std::optional<std::uint32_t> rx_buf_len{};  ///< Bytes.
};

struct Feature {
  bool active = false;
  bool can_change = false;
};
/// By the kernel's name, e.g. "rx-ntuple-filter".
using Features = std::map<std::string, Feature, std::less<>>;

/// Queues as the driver counts them: each direction apart, or both combined.
struct Channels {
  std::uint32_t rx = 0, tx = 0, combined = 0;
  std::uint32_t rx_max = 0, tx_max = 0, combined_max = 0;
};

/// The indirection table of an RSS context; context 0 is the NIC's own table.
struct RssContext {
  std::uint32_t id = 0;
  std::vector<std::uint32_t> table;

  friend bool operator==(const RssContext&, const RssContext&) = default;
};

/// From the payload of one answer. Error: kProtocol.
Result<Rings> parse_rings(std::span<const std::byte> payload);
Result<Features> parse_features(std::span<const std::byte> payload);
Result<Channels> parse_channels(std::span<const std::byte> payload);
Result<RssContext> parse_rss_context(std::span<const std::byte> payload);
/// Mbit/s; empty where the driver does not know, as without a cable.
Result<std::optional<std::uint32_t>> parse_speed(std::span<const std::byte> payload);

/// Move-only; not thread-safe. Reading needs no privilege, setting needs CAP_NET_ADMIN. What the
/// driver lacks is kUnsupported.
class Ethtool {
 public:
  static Result<Ethtool> open();

  Result<Rings> rings(int ifindex);
  /// Most drivers restart their queues for this: the link may go down and come back.
  Status set_rings(int ifindex, const RingsChange& change);
  Result<Features> features(int ifindex);
  /// Succeeds only if the feature is then as wanted; kUnsupported where the driver kept it.
  Status set_feature(int ifindex, const std::string& name, bool on);
  Result<Channels> channels(int ifindex);
  /// Sets the counts of `wanted`, not its maxima; a count that the driver has not got must be 0.
  Status set_channels(int ifindex, const Channels& wanted);
  /// Mbit/s.
  Result<std::optional<std::uint32_t>> speed(int ifindex);
  /// The contexts that exist beside the NIC's own table. kUnsupported on kernels that can't list
  /// them (before 6.11) and for NICs without RSS.
  Result<std::vector<RssContext>> rss_contexts(int ifindex);

 private:
  explicit Ethtool(GenericSocket generic) : generic_(std::move(generic)) {}
  Result<Message> get(std::uint8_t command, std::uint16_t header_attribute, int ifindex,
                      const char* operation);
  GenericSocket generic_;
};

}  // namespace nobounce::netlink
