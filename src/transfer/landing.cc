// SPDX-License-Identifier: Apache-2.0
#include "transfer/landing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/pattern.h"

namespace nobounce::transfer {
namespace {

constexpr std::uint64_t kStagingBytes = std::uint64_t{1} << 20;
// What a region is asked at a time: each call may be a round trip to a device.
constexpr std::size_t kRunExtents = 1024;

}  // namespace

Landing::Landing(memory::Region& region, const Clock& clock, Verify verify,
                 std::uint64_t pattern_seed, std::optional<sys::PayloadSink> sink)
    : region_(region),
      clock_(clock),
      verify_(verify),
      pattern_seed_(pattern_seed),
      sink_(std::move(sink)) {
  if (sink_) staging_ = std::make_unique_for_overwrite<std::byte[]>(kStagingBytes);
  extents_.reserve(kRunExtents);
}

Status Landing::consume(std::span<const path::Frag> frags) {
  if (verify_ != Verify::kNone) {
    const Stopwatch watch(clock_);
    NB_TRY(look_at(frags));
    hashing_ns_ += watch.elapsed_ns();
  }
  if (sink_) {
    const Stopwatch watch(clock_);
    NB_TRY(write(frags));
    writing_ns_ += watch.elapsed_ns();
  }
  return {};
}

// Runs of frags that lie in the region go to it together; linear ones are host bytes.
Status Landing::look_at(std::span<const path::Frag> frags) {
  while (!frags.empty()) {
    extents_.clear();
    while (!frags.empty() && frags.front().is_in_region() && extents_.size() < kRunExtents) {
      extents_.push_back(frags.front().extent());
      frags = frags.subspan(1);
    }
    if (!extents_.empty()) {
      NB_TRY(look_at_region(extents_));
      continue;
    }
    NB_TRY(look_at_host(frags.front().host_bytes()));
    frags = frags.subspan(1);
  }
  return {};
}

Status Landing::look_at_region(std::span<const memory::Extent> extents) {
  if (verify_ == Verify::kSha256) {
    NB_TRY(start_hash());
    return sha256_->add(extents);
  }
  std::uint64_t length = 0;
  for (const memory::Extent& extent : extents)
    length += extent.length;
  NB_ASSIGN(const auto mismatch, region_.find_mismatch(extents, pattern_seed_, position_));
  return require_no_mismatch(mismatch, length);
}

Status Landing::look_at_host(std::span<const std::byte> bytes) {
  if (verify_ == Verify::kSha256) {
    NB_TRY(start_hash());
    return sha256_->add_host(bytes);
  }
  return require_no_mismatch(find_pattern_mismatch(bytes, pattern_seed_, position_), bytes.size());
}

Status Landing::require_no_mismatch(std::optional<std::uint64_t> index, std::uint64_t length) {
  if (!index) {
    position_ += length;
    return {};
  }
  return fail({.code = Code::kMismatch,
               .operation = "verify",
               .object = fmt::format("bytes {} to {} of the stream", position_ + *index,
                                     position_ + length - 1),
               .cause = fmt::format("they are not the pattern of seed {}", pattern_seed_),
               .fix = {}});
}

Status Landing::start_hash() {
  if (sha256_ != nullptr) return {};
  NB_ASSIGN(sha256_, region_.start_hash());
  return {};
}

Status Landing::write(std::span<const path::Frag> frags) {
  const std::span staging(staging_.get(), kStagingBytes);
  std::uint64_t staged = 0;  // Bytes of `staging` that are spoken for; the last of them by extents.
  const auto store = [&]() -> Status {
    std::uint64_t length = 0;
    for (const memory::Extent& extent : extents_)
      length += extent.length;
    NB_TRY(region_.store(extents_, staging.subspan(staged - length, length)));
    extents_.clear();
    return {};
  };
  extents_.clear();
  for (const auto& frag : frags) {
    for (std::uint64_t done = 0; done < frag.length;) {
      const std::uint64_t piece = std::min(frag.length - done, staging.size() - staged);
      if (frag.is_in_region()) {
        extents_.push_back({.offset = frag.region_offset + done, .length = piece});
      } else {
        NB_TRY(store());
        std::memcpy(staging.data() + staged, frag.linear + done, piece);
      }
      done += piece;
      staged += piece;
      if (staged < staging.size()) continue;
      NB_TRY(store());
      NB_TRY(sink_->write(staging));
      staged = 0;
    }
  }
  NB_TRY(store());
  return sink_->write(staging.first(staged));
}

Result<Figure<std::string>> Landing::sha256() {
  if (verify_ != Verify::kSha256) {
    return Figure<std::string>(NotAvailable{"not asked for: --verify is not sha256"});
  }
  NB_TRY(start_hash());
  NB_ASSIGN(std::string digest, sha256_->finish());
  return Figure<std::string>(std::move(digest));
}

}  // namespace nobounce::transfer
