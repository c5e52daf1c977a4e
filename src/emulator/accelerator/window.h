// SPDX-License-Identifier: Apache-2.0
// Window: the device's memory, and what of it can be reached over the bus. Its driver lays blobs
// into it, and memory exists where a blob lies: there a CPU's access, a command and a peer's DMA
// reach the same bytes; elsewhere reads give zeros and writes are lost.
//
// What a blob leaves behind is scrubbed, a piece at a time, before another can lie there: whoever
// runs the device calls scrub() until nothing is left, and lays no blob meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "emulator/accelerator/cpu_accesses.h"
#include "sys/fd.h"
#include "sys/mapping.h"

namespace nobounce::emulator::accelerator {

inline constexpr std::uint64_t kMinMemoryBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{4} << 30;

/// Move-only. Not thread-safe.
class Window {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  /// Errors: kInvalidArgument (no power of two from kMinMemoryBytes to kMaxMemoryBytes), those of
  /// memfd_create and mmap.
  static Result<Window> create(std::uint64_t bytes, std::size_t accesses_noted);

  [[nodiscard]] std::uint64_t bytes() const { return mapping_.bytes().size(); }

  /// Whether a blob can lie there: whole pages, inside, and beside all others.
  [[nodiscard]] bool is_free(const Range& range) const;
  /// Gives a free range its memory; piece by piece, as it takes time. Error: kExhausted.
  Status allocate(const Range& range);
  /// From now on a blob lies in `range`, which was free and has its memory.
  void lay(const Range& range);
  /// The blob that lay there is gone, at once; its bytes go with the next scrub().
  void remove(const Range& range);
  /// What was allocated for no blob in the end.
  void discard(const Range& range);
  /// As remove() of every blob.
  void remove_all();

  [[nodiscard]] bool is_clean() const { return dirty_.empty(); }
  /// Scrubs up to so many bytes.
  void scrub(std::uint64_t most_bytes);

  /// Our address of a range that lies in one blob, or nullptr.
  [[nodiscard]] std::byte* locate(std::uint64_t offset, std::uint64_t length) const;

  // Accesses of CPUs, which are counted wherever they go.
  void read(std::uint64_t offset, std::span<std::byte> to);
  void write(std::uint64_t offset, std::span<const std::byte> from);
  [[nodiscard]] const CpuAccesses& accesses() const { return accesses_; }
  [[nodiscard]] std::uint64_t laid_bytes() const;

 private:
  Window(sys::Fd file, sys::Mapping mapping, std::size_t accesses_noted)
      : file_(std::move(file)), mapping_(std::move(mapping)), accesses_(accesses_noted) {}

  sys::Fd file_;
  sys::Mapping mapping_;
  std::vector<Range> blobs_;           // by offset; they never overlap
  std::vector<Range> dirty_;           // to be scrubbed
  mutable std::size_t last_blob_ = 0;  // where the last one was located
  CpuAccesses accesses_;
};

}  // namespace nobounce::emulator::accelerator
