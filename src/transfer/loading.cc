// SPDX-License-Identifier: Apache-2.0
#include "transfer/loading.h"

#include <algorithm>
#include <span>
#include <utility>

namespace nobounce::transfer {
namespace {

constexpr std::uint64_t kStagingBytes = std::uint64_t{1} << 20;

}  // namespace

Loading::Loading(memory::Region& region, const Clock& clock, sys::PayloadSource source,
                 std::optional<std::uint64_t> bytes)
    : region_(region),
      clock_(clock),
      source_(std::move(source)),
      staging_(std::make_unique_for_overwrite<std::byte[]>(kStagingBytes)),
      left_(bytes.value_or(std::numeric_limits<std::uint64_t>::max())) {}

Loading::Loading(memory::Region& region, const Clock& clock, std::uint64_t seed,
                 std::uint64_t bytes)
    : region_(region), clock_(clock), seed_(seed), left_(bytes) {}

Result<std::uint64_t> Loading::next() {
  const Stopwatch watch(clock_);
  std::uint64_t loaded = std::min(left_, region_.size());
  if (source_) {
    NB_ASSIGN(loaded, load_from_source(loaded));
  } else {
    NB_TRY(region_.fill({.offset = 0, .length = loaded}, seed_, position_));
    position_ += loaded;
    left_ -= loaded;
  }
  loading_ns_ += watch.elapsed_ns();
  return loaded;
}

Result<bool> Loading::ends_here() {
  if (is_at_end() || !source_) return is_at_end();
  std::byte next;
  NB_ASSIGN(const std::size_t got, source_->read({&next, 1}));
  if (got == 0) left_ = 0;
  return got == 0;
}

Result<std::uint64_t> Loading::load_from_source(std::uint64_t room) {
  std::uint64_t loaded = 0;
  while (loaded < room) {
    const std::span piece(staging_.get(), std::min(room - loaded, kStagingBytes));
    NB_ASSIGN(const std::size_t got, source_->read(piece));
    NB_TRY(region_.load(loaded, piece.first(got)));
    loaded += got;
    left_ -= got;
    if (got < piece.size()) {
      left_ = 0;
      break;
    }
  }
  return loaded;
}

}  // namespace nobounce::transfer
