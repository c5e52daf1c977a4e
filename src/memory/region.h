// SPDX-License-Identifier: Apache-2.0
// Region: our handle on a piece of device memory, and the only way to its bytes.
//
// A provider (udmabuf, dma-heap, host; later CUDA, an accelerator) makes a region and its dma-buf.
// Code above this room never asks which provider it was: it loads, stores, fills, checks and
// gathers through the region, and each provider does that where its memory lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/sha256.h"

namespace nobounce::memory {

/// Bytes [offset, offset + length) of a region.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// A piece of device memory. Owns it and its dma-buf; thread-compatible. Every operation checks its
/// extents (kInvalidArgument past the end) and is complete when it returns.
class Region {
 public:
  virtual ~Region() = default;

  [[nodiscard]] virtual std::string_view provider() const = 0;  ///< "udmabuf", "dma-heap", "host".
  [[nodiscard]] virtual std::uint64_t size() const = 0;         ///< Bytes, a multiple of the page.
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
  /// Region → host: the extent's bytes to the front of `to`, which must have room for them.
  virtual Status store(Extent from, std::span<std::byte> to) = 0;
  /// Fills with the pattern of `seed`: byte i of the stream `pattern_byte(seed, position + i)`
  /// of base/pattern.h.
  virtual Status fill(Extent extent, std::uint64_t seed, std::uint64_t position) = 0;
  /// True if the extent holds the pattern; see `fill`.
  virtual Result<bool> matches(Extent extent, std::uint64_t seed, std::uint64_t position) = 0;
  /// Adds the extent's bytes to a running hash.
  virtual Status hash(Extent extent, Sha256& into) = 0;
};

/// The providers that open_region knows; whether this host has them shows only in opening.
std::span<const std::string_view> provider_names();

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
