// SPDX-License-Identifier: Apache-2.0
#include "transfer/region_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/size.h"
#include "transfer/options.h"

namespace nobounce::transfer {
namespace {

// Below this a NIC can't even fill the smallest ring and leave anything for a consumer.
// Payload of a full segment at an MTU of 1500, over IPv6 with timestamps.
constexpr std::uint64_t kLeastSegmentBytes = 1428;

constexpr std::uint64_t kMinPoolNiovs = 128;

std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

Error bad_region(std::uint64_t bytes, std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "plan",
          .object = fmt::format("a region of {}", format_size(bytes)),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

Result<std::uint64_t> asked_for(const RegionWish& wish) {
  if (wish.region_size <= kMaxRegionBytes) return whole_pages(wish.region_size);
  return fail(bad_region(wish.region_size, "a region has at most 1 GiB",
                         "leave --region-size out: larger files go in rounds"));
}

// Cut off before the sum, so that a wish of any size is safe to add to.
std::uint64_t region_for(std::optional<std::uint64_t> bytes, std::uint64_t reserve) {
  const std::uint64_t payload = std::min(bytes.value_or(kDefaultRegionBytes), kMaxRegionBytes);
  return std::min(whole_pages(std::max(payload, kPageBytes)) + reserve, kMaxRegionBytes);
}

bool may_be_pool(const std::optional<path::Path>& path) {
  return !path || *path == path::Path::kDevmem || *path == path::Path::kZcrx;
}

}  // namespace

Result<std::uint64_t> plan_receive(const RegionWish& wish) {
  NB_ASSIGN(const std::uint64_t bytes, asked_for(wish));
  if (bytes != 0) return bytes;
  return region_for(wish.bytes, may_be_pool(wish.path) ? kPoolReserveBytes : 0);
}

Result<std::uint32_t> frags_to_hold(std::uint64_t pool_bytes, std::uint32_t niov_bytes) {
  const std::uint64_t niov = niov_bytes != 0 ? niov_bytes : kPageBytes;
  if (!std::has_single_bit(niov) || niov < kPageBytes) {
    return fail(bad_region(pool_bytes, fmt::format("a niov can't have {} bytes", niov),
                           "a power of two from 4096 on"));
  }
  const std::uint64_t niovs = pool_bytes / niov;
  if (niovs < kMinPoolNiovs) {
    return fail(bad_region(pool_bytes, "too small for a NIC to receive into",
                           fmt::format("--region-size {}K or more", kMinPoolNiovs * niov / 1024)));
  }
  // A quarter may always be held: in a small pool the reserve is what shrinks.
  const std::uint64_t reserve = std::min(kPoolReserveBytes / niov, niovs * 3 / 4);
  return static_cast<std::uint32_t>(niovs - reserve);
}

std::uint32_t window_for_pool(std::uint64_t pool_bytes, std::uint32_t niov_bytes) {
  const std::uint64_t niov = niov_bytes != 0 ? niov_bytes : kPageBytes;
  const std::uint64_t niovs = pool_bytes / niov;
  if (niovs * niov * 3 / 4 >= kPoolReserveBytes) return 0;
  // A quarter is the consumer's, a quarter stays in the ring; segments have that many bytes at
  // least where the MTU is the usual one.
  return static_cast<std::uint32_t>(niovs / 2 * kLeastSegmentBytes);
}

Result<std::uint64_t> plan_send(const RegionWish& wish) {
  NB_ASSIGN(const std::uint64_t bytes, asked_for(wish));
  return bytes != 0 ? bytes : region_for(wish.bytes, 0);
}

}  // namespace nobounce::transfer
