// SPDX-License-Identifier: Apache-2.0
// HostBuffer: pages of this host that an accelerator reaches, too. Bytes get into device memory and
// out of it through it, and the results of command streams come back in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "abi/accelerator.h"
#include "base/result.h"
#include "memory/accelerator_stream.h"
#include "sys/mapping.h"
#include "sys/virtgpu_calls.h"

namespace nobounce::memory {

/// Move-only; the node must outlive it.
class HostBuffer {
 public:
  static constexpr std::uint64_t kStagingBytes = std::uint64_t{1} << 20;

  static Result<HostBuffer> create(sys::VirtgpuCalls& node);
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&&) = delete;
  ~HostBuffer();

  [[nodiscard]] ResourceId resource() const { return {blob_.resource}; }
  /// Forgets the results of so many commands, so that old ones can't pass for new ones.
  void clear_results(std::uint32_t commands);
  /// What the device wrote about a command of the stream last executed.
  [[nodiscard]] abi::accelerator::Result result(std::uint32_t command) const;
  /// Bytes on their way, and where in the resource they begin.
  [[nodiscard]] std::span<std::byte> staging() const;
  static constexpr std::uint64_t staging_offset() { return kResultBytes; }

 private:
  static constexpr std::uint64_t kResultBytes =
      abi::accelerator::kMaxCommands * sizeof(abi::accelerator::Result);

  HostBuffer(sys::VirtgpuCalls& node, sys::VirtgpuBlob blob) : node_(&node), blob_(blob) {}

  sys::VirtgpuCalls* node_;  // Null once moved from.
  sys::VirtgpuBlob blob_;
  sys::Mapping mapping_;
};

}  // namespace nobounce::memory
