// SPDX-License-Identifier: Apache-2.0
// AcceleratorDevice: one accelerator, opened: its node, a host buffer, and streams of commands that
// are written, executed, and answered.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "memory/accelerator_stream.h"
#include "memory/extent.h"
#include "memory/host_buffer.h"
#include "memory/region.h"
#include "sys/virtgpu_calls.h"

namespace nobounce::memory {

/// Thread-compatible. Operations are complete when they return; extents must have been checked.
/// Errors of all: kIo where the device refused a command (a window that was moved or closed under a
/// region shows so), kTimeout where it does not answer, those of the node.
class AcceleratorDevice {
 public:
  /// Error: kUnsupported where the device does not know our commands: then it is another one.
  static Result<std::unique_ptr<AcceleratorDevice>> open(std::unique_ptr<sys::VirtgpuCalls> node,
                                                         std::string name);

  [[nodiscard]] const std::string& name() const { return name_; }  ///< "accelerator:0".
  [[nodiscard]] sys::VirtgpuCalls& node() { return *node_; }

  Status load(ResourceId to, std::uint64_t offset, std::span<const std::byte> from);
  Status store(ResourceId from, std::span<const Extent> extents, std::span<std::byte> to);
  Status fill(ResourceId resource, Extent extent, std::uint64_t seed, std::uint64_t position);
  Status clear(ResourceId resource, std::uint64_t size);
  Result<std::optional<std::uint64_t>> find_mismatch(ResourceId resource,
                                                     std::span<const Extent> extents,
                                                     std::uint64_t seed, std::uint64_t position);
  Status copy(ResourceId from, Extent extent, ResourceId to, std::uint64_t to_offset);
  Status gather(ResourceId from, std::span<const Piece> pieces, ResourceId to);
  Result<CpuAccesses> cpu_accesses();

  /// A running hash of the device. Error: kExhausted.
  Result<std::uint32_t> take_hash_context();
  void give_back_hash_context(std::uint32_t context) { contexts_.reset(context); }
  /// `flags` of the first command; they are cleared once it has been executed.
  Status hash(ResourceId resource, std::span<const Extent> extents, std::uint32_t context,
              std::uint32_t& flags);
  Status hash_host(std::span<const std::byte> bytes, std::uint32_t context, std::uint32_t& flags);
  struct Digests {
    std::string sha256;  ///< 64 hex digits.
    std::uint32_t crc32c = 0;
  };
  Result<Digests> end_hash(std::uint32_t context, std::uint32_t flags);

 private:
  AcceleratorDevice(std::unique_ptr<sys::VirtgpuCalls> node, HostBuffer buffer, std::string name);

  /// Executes what has been written, if anything, and begins anew.
  Status run();
  [[nodiscard]] Status check(std::uint32_t command) const;
  /// The gather of `pieces_`, which it uses up.
  Status gather_pieces(ResourceId from, ResourceId to);

  std::unique_ptr<sys::VirtgpuCalls> node_;  // Outlives the buffer.
  HostBuffer buffer_;
  AcceleratorStream stream_;
  std::string name_;
  std::bitset<abi::accelerator::kMaxHashContexts> contexts_;
  std::vector<Piece> pieces_;  // Of a gather; kept, so that a data path allocates nothing.
};

}  // namespace nobounce::memory
