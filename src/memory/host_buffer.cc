// SPDX-License-Identifier: Apache-2.0
#include "memory/host_buffer.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace nobounce::memory {

Result<HostBuffer> HostBuffer::create(sys::VirtgpuCalls& node) {
  NB_ASSIGN(const sys::VirtgpuBlob blob, node.create_guest_blob(kResultBytes + kStagingBytes));
  HostBuffer buffer(node, blob);
  NB_ASSIGN(buffer.mapping_, node.map(blob));
  return buffer;
}

HostBuffer::HostBuffer(HostBuffer&& other) noexcept
    : node_(std::exchange(other.node_, nullptr)),
      blob_(other.blob_),
      mapping_(std::move(other.mapping_)) {}

HostBuffer::~HostBuffer() {
  if (node_ != nullptr) node_->close(blob_);
}

void HostBuffer::clear_results(std::uint32_t commands) {
  assert(commands <= abi::accelerator::kMaxCommands);
  std::memset(mapping_.bytes().data(), 0, commands * sizeof(abi::accelerator::Result));
}

abi::accelerator::Result HostBuffer::result(std::uint32_t command) const {
  assert(command < abi::accelerator::kMaxCommands);
  abi::accelerator::Result result;
  std::memcpy(&result, mapping_.bytes().data() + command * sizeof result, sizeof result);
  return result;
}

std::span<std::byte> HostBuffer::staging() const {
  return mapping_.bytes().subspan(kResultBytes, kStagingBytes);
}

}  // namespace nobounce::memory
