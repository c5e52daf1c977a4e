// SPDX-License-Identifier: Apache-2.0
// A setting of a whole NIC, or of its network namespace: which ones a lease may change, what they
// are on a NIC as found, and how the tools that everybody knows would set them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nic/nic.h"

namespace nobounce::nic {

/// One thing that can be set. The list is closed: whatever a journal names is one of these.
struct Knob {
  enum class Kind {
    kChannels,        ///< Three counts: receive, send, combined.
    kRxRing,          ///< Descriptors.
    kTxRing,          ///< Descriptors.
    kRxBufferLength,  ///< Bytes.
    kHeaderSplit,     ///< 0 or 1.
    kHdsThreshold,    ///< Bytes up to which a packet is not split.
    kFeature,         ///< 0 or 1; `name` is the kernel's.
    kSysctl,          ///< One number or three; `name` is that of sysctl(8).
  };
  Kind kind = Kind::kHeaderSplit;
  std::string name{};

  friend bool operator==(const Knob&, const Knob&) = default;
};

using Value = std::vector<std::uint64_t>;

/// The feature without which a NIC keeps no flow rules.
inline constexpr std::string_view kFlowRuleFeature = "rx-ntuple-filter";
inline constexpr std::string_view kRxChecksumFeature = "rx-checksum";

Knob feature_knob(std::string_view name);
Knob sysctl_knob(std::string_view name);

/// "tcp-data-split", "feature:rx-checksum", "sysctl:net.ipv4.tcp_rmem".
std::string name_of(const Knob& knob);
/// The other way round; empty for a name that is none.
std::optional<Knob> knob_named(std::string_view name);
/// Whether such a value could ever be set: as many numbers as there must be, none out of range.
bool is_possible(const Knob& knob, const Value& value);

/// The value on a NIC as found; empty where the NIC or the kernel has no such knob.
std::optional<Value> value_of(const NicState& nic, const Knob& knob);

/// "tcp-data-split off → on".
std::string text_of_change(const Knob& knob, const Value& before, const Value& wanted);
/// The ethtool or sysctl command that sets it.
std::string command_for(const std::string& interface, const Knob& knob, const Value& value);

}  // namespace nobounce::nic
