// SPDX-License-Identifier: Apache-2.0
// FakeAccelerator: a device that executes the command streams of abi/accelerator.h, read anew from
// that file alone, and the render node that leads to it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "abi/accelerator.h"
#include "base/sha256.h"
#include "sys/fd.h"
#include "sys/mapping.h"
#include "sys/virtgpu_calls.h"

namespace nobounce::memory {

/// What all nodes of a device share.
struct FakeAccelerator {
  struct Resource {
    sys::Fd memfd;
    sys::Mapping mapping;
    bool is_in_window = true;
  };
  struct Stream {
    std::uint64_t bytes = 0;
    std::uint32_t commands = 0;
    std::uint64_t work = 0;  ///< Bytes that its commands worked on.
  };

  std::map<std::uint32_t, Resource> resources;
  std::uint64_t window_bytes = std::uint64_t{64} << 20;
  std::uint64_t window_used = 0;
  abi::accelerator::AccessCounters counters{};
  std::vector<Stream> streams;    ///< Those that were executed.
  bool knows_commands = true;     ///< False: a virtio-gpu of another kind.
  bool window_is_closed = false;  ///< Device memory is out of reach.
  std::uint32_t next_resource = 1;
};

class FakeNode final : public sys::VirtgpuCalls {
 public:
  explicit FakeNode(std::shared_ptr<FakeAccelerator> device) : device_(std::move(device)) {}

  Result<sys::VirtgpuBlob> create_device_blob(std::uint64_t size) override;
  Result<sys::VirtgpuBlob> create_guest_blob(std::uint64_t size) override;
  Result<sys::Mapping> map(const sys::VirtgpuBlob& blob) override;
  Result<sys::Fd> export_dma_buf(const sys::VirtgpuBlob& blob) override;
  Result<sys::VirtgpuBlob> import_dma_buf(int dma_buf_fd) override;
  void close(const sys::VirtgpuBlob& blob) override;
  Status execute(std::span<const std::byte> stream) override;

 private:
  using CommandResult = abi::accelerator::Result;

  Result<sys::VirtgpuBlob> create(std::uint64_t size, bool in_window);
  /// Empty where there is no such resource here, it is out of reach, or the range leaves it.
  std::span<std::byte> bytes(std::uint32_t resource, std::uint64_t offset, std::uint64_t length,
                             CommandResult& result);
  void run(std::span<const std::byte> command, CommandResult& result);
  void run_pattern(std::span<const std::byte> command, bool compares, CommandResult& result);
  void run_copy(std::span<const std::byte> command, CommandResult& result);
  void run_gather(std::span<const std::byte> command, CommandResult& result);
  void run_hash(std::span<const std::byte> command, CommandResult& result);

  std::shared_ptr<FakeAccelerator> device_;
  std::set<std::uint32_t> attached_;  // Resources of this node's context.
  struct RunningHash {
    Sha256 sha256;
    std::uint32_t crc32c = 0;
  };
  std::map<std::uint32_t, RunningHash> hashes_;
  std::uint64_t work_ = 0;
};

}  // namespace nobounce::memory
