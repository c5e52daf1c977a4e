// SPDX-License-Identifier: Apache-2.0
// Landing: what becomes of the frags of a round, in stream order: hashed or compared where they
// lie, and written to a file. It stands outside of the timed interval and has its own figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/figure.h"
#include "memory/region.h"
#include "path/frag.h"
#include "sys/payload_file.h"
#include "transfer/options.h"

namespace nobounce::transfer {

class Landing {
 public:
  /// `region` and `clock` must outlive the landing; `sink` may be empty.
  Landing(memory::Region& region, const Clock& clock, Verify verify, std::uint64_t pattern_seed,
          std::optional<sys::PayloadSink> sink);

  /// False where nothing is verified or written: then frags need not be kept.
  [[nodiscard]] bool wants_bytes() const { return verify_ != Verify::kNone || sink_.has_value(); }
  /// Errors: kMismatch with the place in the stream, those of the file.
  Status consume(std::span<const path::Frag> frags);

  [[nodiscard]] double hashing_s() const { return static_cast<double>(hashing_ns_) / 1e9; }
  [[nodiscard]] double writing_s() const { return static_cast<double>(writing_ns_) / 1e9; }
  /// Of all that was consumed, which ends with this; missing where it was not asked for. Errors:
  /// those of the region's device.
  Result<Figure<std::string>> sha256();

 private:
  Status look_at(std::span<const path::Frag> frags);
  Status look_at_region(std::span<const memory::Extent> extents);
  Status look_at_host(std::span<const std::byte> bytes);
  Status require_no_mismatch(std::optional<std::uint64_t> index, std::uint64_t length);
  Status start_hash();
  Status write(std::span<const path::Frag> frags);

  memory::Region& region_;
  const Clock& clock_;
  Verify verify_;
  std::uint64_t pattern_seed_;
  std::optional<sys::PayloadSink> sink_;
  std::unique_ptr<std::byte[]> staging_;        // Gathers small frags into large writes.
  std::vector<memory::Extent> extents_;         // A run of frags, for one call of the region.
  std::unique_ptr<memory::RegionHash> sha256_;  // Once there is something to hash.
  std::uint64_t position_ = 0;                  // In the stream, of the next byte to look at.
  std::uint64_t hashing_ns_ = 0;
  std::uint64_t writing_ns_ = 0;
};

}  // namespace nobounce::transfer
