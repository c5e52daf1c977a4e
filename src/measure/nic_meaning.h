// SPDX-License-Identifier: Apache-2.0
// What the counters of a driver's own mean, for the drivers whose names are known here: drops,
// packets without a buffer, coalesced packets (RSC, HW GRO), split headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/counters.h"
#include "base/figure.h"

namespace nobounce::measure {

enum class NicCounter : std::uint8_t {
  kRxDropped,             ///< Packets that the NIC or the driver threw away.
  kRxNoBuffer,            ///< Packets, or times, that a buffer was missing.
  kRxCoalescedPackets,    ///< Packets that were made into larger ones.
  kRxHeaderSplitPackets,  ///< Packets whose header went to a buffer of its own.
  kRxNotSplitPackets,     ///< Packets that should have been split, and were not.
};

/// "rx_dropped", "rx_no_buffer", …
std::string_view name_of(NicCounter counter);

/// The meaning of one counter of `driver`, whatever queue it is of ("rx_no_buffers_posted[3]",
/// "[3]: rx_discards"); none where it has none of the above.
std::optional<NicCounter> meaning_of(std::string_view driver, std::string_view name);

/// The sum of those that mean `counter`; missing where the driver has none or is not known.
Figure<std::uint64_t> sum_of(NicCounter counter, std::string_view driver, const Counts& counts);

}  // namespace nobounce::measure
