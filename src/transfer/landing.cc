// SPDX-License-Identifier: Apache-2.0
#include "transfer/landing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/pattern.h"

namespace nobounce::transfer {
namespace {

constexpr std::uint64_t kStagingBytes = std::uint64_t{1} << 20;

}  // namespace

Landing::Landing(memory::Region& region, const Clock& clock, Verify verify,
                 std::uint64_t pattern_seed, std::optional<sys::PayloadSink> sink)
    : region_(region),
      clock_(clock),
      verify_(verify),
      pattern_seed_(pattern_seed),
      sink_(std::move(sink)) {
  if (sink_) staging_ = std::make_unique_for_overwrite<std::byte[]>(kStagingBytes);
}

Status Landing::consume(std::span<const path::Frag> frags) {
  if (verify_ != Verify::kNone) {
    const Stopwatch watch(clock_);
    for (const auto& frag : frags)
      NB_TRY(look_at(frag));
    hashing_ns_ += watch.elapsed_ns();
  }
  if (sink_) {
    const Stopwatch watch(clock_);
    NB_TRY(write(frags));
    writing_ns_ += watch.elapsed_ns();
  }
  return {};
}

Status Landing::look_at(const path::Frag& frag) {
  if (verify_ == Verify::kSha256) {
    if (frag.is_in_region()) return region_.hash(frag.extent(), sha256_);
    sha256_.update(frag.host_bytes());
    return {};
  }

  bool is_as_expected;
  if (frag.is_in_region()) {
    NB_ASSIGN(is_as_expected, region_.matches(frag.extent(), pattern_seed_, position_));
  } else {
    is_as_expected =
        !find_pattern_mismatch(frag.host_bytes(), pattern_seed_, position_).has_value();
  }
  if (!is_as_expected) {
    return fail({.code = Code::kMismatch,
                 .operation = "verify",
                 .object = fmt::format("bytes {} to {} of the stream", position_,
                                       position_ + frag.length - 1),
                 .cause = fmt::format("they are not the pattern of seed {}", pattern_seed_),
                 .fix = {}});
  }
  position_ += frag.length;
  return {};
}

Status Landing::write(std::span<const path::Frag> frags) {
  const std::span staging(staging_.get(), kStagingBytes);
  std::uint64_t staged = 0;
  for (const auto& frag : frags) {
    for (std::uint64_t done = 0; done < frag.length;) {
      const std::uint64_t piece = std::min(frag.length - done, staging.size() - staged);
      const auto room = staging.subspan(staged, piece);
      if (frag.is_in_region()) {
        NB_TRY(region_.store({.offset = frag.region_offset + done, .length = piece}, room));
      } else {
        std::memcpy(room.data(), frag.linear + done, piece);
      }
      done += piece;
      staged += piece;
      if (staged == staging.size()) {
        NB_TRY(sink_->write(staging));
        staged = 0;
      }
    }
  }
  return sink_->write(staging.first(staged));
}

Figure<std::string> Landing::sha256() const {
  if (verify_ != Verify::kSha256) return NotAvailable{"not asked for: --verify is not sha256"};
  return sha256_.hex_digest();
}

}  // namespace nobounce::transfer
