// SPDX-License-Identifier: Apache-2.0
// Region: our handle on a piece of device memory, and the only way to its bytes.
//
// A provider (udmabuf, dma-heap, host, accelerator; later CUDA) makes a region and its dma-buf.
// Code above this room never asks which provider it was: it loads, stores, fills, checks, hashes
// and gathers through the region, and each provider does that where its memory lives. Each call may
// be a round trip to a device; so what comes in many small pieces is handed over as a list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "memory/extent.h"
#include "memory/region_hash.h"

namespace nobounce::memory {

/// The CPU's accesses to a device's memory since it was powered on, whoever made them: a difference
/// of two readings tells what happened in between.
struct CpuAccesses {
  std::uint64_t reads = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t writes = 0;
  std::uint64_t written_bytes = 0;
};

/// A piece of device memory. Owns it and its dma-buf; thread-compatible. Every operation checks its
/// extents (kInvalidArgument past the end), touches nothing where one is bad, and is complete when
/// it returns.
class Region {
 public:
  virtual ~Region() = default;

  /// "udmabuf", "dma-heap", "host", "accelerator:0".
  [[nodiscard]] virtual std::string_view provider() const = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  ///< Bytes, a multiple of the page.
  /// True where pages of host memory larger than the CPU's smallest lie behind it.
  [[nodiscard]] virtual bool is_on_huge_pages() const { return false; }
  /// The region as a dma-buf, for bindings and zcrx areas; the descriptor stays the region's.
  /// kUnsupported for memory that no dma-buf can be made of.
  [[nodiscard]] virtual Result<int> dma_buf_fd() const = 0;

  /// The region as the CPU sees it, for paths that copy; valid for the region's life. kUnsupported
  /// where the CPU can't reach it.
  virtual Result<std::span<std::byte>> cpu_view() = 0;
  /// The same, where the kernel can also pin the pages behind it, as MSG_ZEROCOPY, SEND_ZC and a
  /// zcrx area of host memory demand. kUnsupported where it can't: the CPU has no view, or one made
  /// of page frames without pages, as of a mapped dma-buf.
  virtual Result<std::span<std::byte>> pinnable_view() = 0;

  /// Host → region.
  virtual Status load(std::uint64_t offset, std::span<const std::byte> from) = 0;
  /// Region → host: the extents' bytes, one after the other, to the front of `to`, which must have
  /// room for them.
  virtual Status store(std::span<const Extent> from, std::span<std::byte> to) = 0;
  /// Fills with the pattern of `seed`: byte i of the stream `pattern_byte(seed, position + i)`
  /// of base/pattern.h.
  virtual Status fill(Extent extent, std::uint64_t seed, std::uint64_t position) = 0;
  /// Where the extents, one after the other, first differ from the pattern (see `fill`), as an
  /// index into them; empty where they don't.
  virtual Result<std::optional<std::uint64_t>> find_mismatch(std::span<const Extent> extents,
                                                             std::uint64_t seed,
                                                             std::uint64_t position) = 0;
  /// Errors: kExhausted where a device hashes so many at a time already.
  virtual Result<std::unique_ptr<RegionHash>> start_hash() = 0;

  /// Region → region, on the device; the ranges may overlap where `to` is this very region.
  /// kUnsupported where no device reaches both.
  virtual Status copy(Extent from, Region& to, std::uint64_t to_offset) = 0;
  /// Moves the pieces, in order, on the device, to another region. Errors: kInvalidArgument where
  /// `to` is this very region; as `copy`.
  virtual Status gather(std::span<const Piece> pieces, Region& to) = 0;

  /// Missing where nothing counts them.
  virtual Figure<CpuAccesses> cpu_accesses() = 0;

  Status store(Extent from, std::span<std::byte> to) { return store(std::span(&from, 1), to); }
  /// True if the extent holds the pattern; see `fill`.
  Result<bool> matches(Extent extent, std::uint64_t seed, std::uint64_t position);
};

/// What `--memory` takes: the kinds of providers. Of "accelerator" a host may have several, called
/// "accelerator:0", "accelerator:1", …; without a number the first is meant.
std::span<const std::string_view> provider_names();

/// True for a name that open_region can make something of; whether this host has it is another
/// matter.
bool is_provider_name(std::string_view name);
/// The name that the region will bear: "accelerator" becomes "accelerator:0".
std::string full_provider_name(std::string_view name);
/// Full names of what may be on this host: of each kind one, and of accelerators as many as there
/// are. Whether they open shows only in opening.
std::vector<std::string> providers_here();

/// What a region is to be.
struct RegionOptions {
  std::uint64_t size = 0;   ///< Bytes, rounded up to whole pages of the kind asked for.
  bool huge_pages = false;  ///< 2 MiB pages from the pool that the host has reserved.
};

/// Opens a region with the provider of that name.
/// Errors: kInvalidArgument (unknown name, size 0), kUnsupported (with the probe that failed;
/// huge pages of a provider that has none), kExhausted (a limit, or an empty pool of huge pages,
/// each named with its fix).
Result<std::unique_ptr<Region>> open_region(std::string_view provider,
                                            const RegionOptions& options);

}  // namespace nobounce::memory
