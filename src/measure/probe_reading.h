// SPDX-License-Identifier: Apache-2.0
// What CopyProbes read at one moment, and the copies between two. Pure over the text of tracefs.
//
// Four places of the kernel tell what TCP copies. Where payload is received it passes
// skb_copy_datagram_iter, whose argument is the length; where it is sent, tcp_sendmsg_locked
// returns what it took, of which skb_zerocopy_iter_stream and skb_splice_from_iter return what they
// took by reference. The routines that copy can't be probed themselves: they lie in the kernel's
// lib/, which is built without what a probe needs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/copies.h"

namespace nobounce::measure {

struct ProbePoint {
  std::string_view name;        ///< Of the event, before the process' tag.
  std::string_view definition;  ///< As kprobe_events takes it, behind the name.
  char kind;                    ///< 'p' at the entry, 'r' at the return.
  int sign;                     ///< Whether its bytes were copied, or are to be subtracted.
};

inline constexpr std::array<ProbePoint, 4> kProbePoints = {
    {{"received", "skb_copy_datagram_iter bytes=$arg4:s32", 'p', 1},
     {"sent", "tcp_sendmsg_locked bytes=$retval:s32", 'r', 1},
     {"referenced", "skb_zerocopy_iter_stream bytes=$retval:s32", 'r', -1},
     {"spliced", "skb_splice_from_iter bytes=$retval:s64", 'r', -1}}};

struct ProbeReading {
  /// For each point the bytes by CPU, since the probes were attached.
  std::array<std::map<std::uint32_t, std::int64_t>, kProbePoints.size()> bytes;
  std::uint64_t missed = 0;  ///< Hits that the kernel could not count.
};

/// Bytes by CPU in the text of an event's file "hist". Errors: kProtocol; kExhausted where it had
/// no room for a CPU.
Result<std::map<std::uint32_t, std::int64_t>> parse_probe_histogram(std::string_view text);

/// The misses of the events that end with `tag` in the text of kprobe_profile. Error: kProtocol.
Result<std::uint64_t> parse_probe_misses(std::string_view text, std::string_view tag);

/// Missing where hits were missed meanwhile.
Figure<Copies> copies_between(const ProbeReading& before, const ProbeReading& after);

}  // namespace nobounce::measure
