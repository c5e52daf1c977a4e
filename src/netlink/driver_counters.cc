// SPDX-License-Identifier: Apache-2.0
#include "netlink/driver_counters.h"

#include <fmt/format.h>
#include <linux/ethtool.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "netlink/attributes.h"

namespace nobounce::netlink {
namespace {

// A NIC of hundreds of queues has some ten thousand.
constexpr std::uint32_t kMaxCounters = 1U << 18;

Result<std::uint32_t> counter_count(const EthtoolDoor& door) {
  std::vector<std::byte> request(sizeof(ethtool_sset_info) + sizeof(std::uint32_t));
  store_le<std::uint32_t>(request.data(), ETHTOOL_GSSET_INFO);
  store_le<std::uint64_t>(request.data() + offsetof(ethtool_sset_info, sset_mask),
                          std::uint64_t{1} << ETH_SS_STATS);
  NB_TRY(door(request, "statistics-count"));
  const auto told = load_le<std::uint64_t>(request.data() + offsetof(ethtool_sset_info, sset_mask));
  if ((told & (std::uint64_t{1} << ETH_SS_STATS)) == 0) {
    return fail({.code = Code::kUnsupported,
                 .operation = "statistics-count",
                 .object = "the driver",
                 .cause = "it has no counters of its own",
                 .fix = {}});
  }
  return load_le<std::uint32_t>(request.data() + sizeof(ethtool_sset_info));
}

/// ETHTOOL_GSTRINGS and ETHTOOL_GSTATS share their shape: command, (set,) count, then elements.
Result<std::vector<std::byte>> ask(const EthtoolDoor& door, std::uint32_t command,
                                   std::size_t header, std::size_t count_offset,
                                   std::uint32_t count, std::size_t element,
                                   const char* operation) {
  std::vector<std::byte> request(header + std::size_t{count} * element);
  store_le<std::uint32_t>(request.data(), command);
  if (command == ETHTOOL_GSTRINGS) {
    store_le<std::uint32_t>(request.data() + offsetof(ethtool_gstrings, string_set), ETH_SS_STATS);
  }
  store_le<std::uint32_t>(request.data() + count_offset, count);
  NB_TRY(door(request, operation));
  // Queues came or went between the questions.
  if (load_le<std::uint32_t>(request.data() + count_offset) != count) {
    return fail(malformed("a number of counters that changes"));
  }
  request.erase(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(header));
  return request;
}

}  // namespace

Result<Counts> driver_counters(const EthtoolDoor& door) {
  NB_ASSIGN(const std::uint32_t count, counter_count(door));
  if (count > kMaxCounters) return fail(malformed(fmt::format("{} counters", count)));
  NB_ASSIGN(const auto names,
            ask(door, ETHTOOL_GSTRINGS, sizeof(ethtool_gstrings), offsetof(ethtool_gstrings, len),
                count, ETH_GSTRING_LEN, "statistics-names"));
  NB_ASSIGN(const auto values,
            ask(door, ETHTOOL_GSTATS, sizeof(ethtool_stats), offsetof(ethtool_stats, n_stats),
                count, sizeof(std::uint64_t), "statistics-get"));
  Counts counters;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* name = reinterpret_cast<const char*>(names.data() + i * ETH_GSTRING_LEN);
    counters[std::string(name, strnlen(name, ETH_GSTRING_LEN))] +=
        load_le<std::uint64_t>(values.data() + i * sizeof(std::uint64_t));
  }
  return counters;
}

}  // namespace nobounce::netlink
