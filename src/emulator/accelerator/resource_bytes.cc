// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/resource_bytes.h"

#include <algorithm>
#include <cstring>

namespace nobounce::emulator::accelerator {
namespace {

std::span<std::byte> run_at(std::byte* at, std::uint64_t bytes) {
  return at == nullptr ? std::span<std::byte>() : std::span(at, bytes);
}

// The piece that holds byte `offset` of a buffer, which has it.
const Resource::Extent& extent_of(const Resource& buffer, std::uint64_t offset) {
  return *std::prev(std::ranges::upper_bound(buffer.extents, offset, {}, &Resource::Extent::start));
}

}  // namespace

std::span<std::byte> ResourceBytes::run_from(std::uint64_t offset, std::uint64_t most) const {
  if (resource_->kind == Resource::Kind::kDeviceMemory)
    return run_at(reach_.window.locate(*resource_->window_offset + offset, most), most);
  const Resource::Extent& extent = extent_of(*resource_, offset);
  const std::uint64_t within = offset - extent.start;
  const std::uint64_t bytes = std::min(most, extent.bytes - within);
  return run_at(reach_.memory.translate(extent.address + within, bytes, access_), bytes);
}

std::span<std::byte> ResourceBytes::run_before(std::uint64_t end, std::uint64_t most) const {
  if (resource_->kind == Resource::Kind::kDeviceMemory) return run_from(end - most, most);
  const Resource::Extent& extent = extent_of(*resource_, end - 1);
  const std::uint64_t bytes = std::min(most, end - extent.start);
  const std::uint64_t within = end - bytes - extent.start;
  return run_at(reach_.memory.translate(extent.address + within, bytes, access_), bytes);
}

bool ResourceBytes::write(std::uint64_t offset, std::span<const std::byte> from) const {
  while (!from.empty()) {
    const std::span<std::byte> run = run_from(offset, from.size());
    if (run.empty()) return false;
    std::memcpy(run.data(), from.data(), run.size());
    from = from.subspan(run.size());
    offset += run.size();
  }
  return true;
}

}  // namespace nobounce::emulator::accelerator
