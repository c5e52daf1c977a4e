// SPDX-License-Identifier: Apache-2.0
// Loading: puts what is to be sent into the region, a region's worth at a time, from a file or a
// pattern. It stands outside of the timed interval and has its own figure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "memory/region.h"
#include "sys/payload_file.h"

namespace nobounce::transfer {

class Loading {
 public:
  /// From a file, at most `bytes` of it. `region` and `clock` must outlive the loading.
  Loading(memory::Region& region, const Clock& clock, sys::PayloadSource source,
          std::optional<std::uint64_t> bytes);
  /// `bytes` of the pattern of `seed`.
  Loading(memory::Region& region, const Clock& clock, std::uint64_t seed, std::uint64_t bytes);

  /// Fills the region from its start with what comes next; how many bytes that is, less than the
  /// region only at the end. Errors: those of the file, kInterrupted.
  Result<std::uint64_t> next();
  /// True once everything has been loaded, as far as that is known without reading on.
  [[nodiscard]] bool is_at_end() const { return left_ == 0; }

  /// The same for certain. It may take a byte off the source to know, which is then lost: for those
  /// who can't go on anyhow where more is to come. Errors: as next.
  Result<bool> ends_here();

  [[nodiscard]] double loading_s() const { return static_cast<double>(loading_ns_) / 1e9; }

 private:
  Result<std::uint64_t> load_from_source(std::uint64_t room);

  memory::Region& region_;
  const Clock& clock_;
  std::optional<sys::PayloadSource> source_;
  std::uint64_t seed_ = 0;
  std::unique_ptr<std::byte[]> staging_;
  std::uint64_t position_ = 0;  // Of the pattern.
  std::uint64_t left_;          // An upper bound where the source's length is not known.
  std::uint64_t loading_ns_ = 0;
};

}  // namespace nobounce::transfer
