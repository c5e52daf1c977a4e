// SPDX-License-Identifier: Apache-2.0
// VirtgpuCalls: the few calls that are made on a virtio-gpu's render node.
//
// A seam: Virtgpu makes the calls, a fake device in the tests plays them. Blobs are pieces of
// memory that the device knows by a resource id and the kernel by a handle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/mapping.h"

namespace nobounce::sys {

struct VirtgpuBlob {
  std::uint32_t handle = 0;    ///< Of the open render node.
  std::uint32_t resource = 0;  ///< As the device knows it.
  std::uint64_t size = 0;
};

class VirtgpuCalls {
 public:
  virtual ~VirtgpuCalls() = default;

  /// Device memory in the host-visible window. It may fail on the device without a word: use shows.
  virtual Result<VirtgpuBlob> create_device_blob(std::uint64_t size) = 0;
  /// Pages of this host that the device can reach.
  virtual Result<VirtgpuBlob> create_guest_blob(std::uint64_t size) = 0;
  /// All of a blob, for the CPU.
  virtual Result<Mapping> map(const VirtgpuBlob& blob) = 0;
  /// The blob as a dma-buf, and one of the same device's as a blob of this node.
  virtual Result<Fd> export_dma_buf(const VirtgpuBlob& blob) = 0;
  virtual Result<VirtgpuBlob> import_dma_buf(int dma_buf_fd) = 0;
  virtual void close(const VirtgpuBlob& blob) = 0;
  /// Submits a command stream and waits until the device has done with it; whether all went well is
  /// the stream's own affair. Error: kTimeout where the device does not answer.
  virtual Status execute(std::span<const std::byte> stream) = 0;
};

}  // namespace nobounce::sys
