// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/gpu.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace nobounce::emulator::accelerator {
namespace {

// Of a command, whatever it does; and what scrubbing costs beside copying, as pages are given back
// and not written to.
constexpr std::uint64_t kCommandCost = 1024;
constexpr std::uint64_t kScrubFactor = 16;
constexpr std::uint64_t kAllocationStep = std::uint64_t{256} << 10;

virtio_gpu_ctrl_type type_of(Resources::Added added, virtio_gpu_ctrl_type if_there) {
  switch (added) {
    case Resources::Added::kAdded:
      return VIRTIO_GPU_RESP_OK_NODATA;
    case Resources::Added::kExists:
      return if_there;
    case Resources::Added::kFull:
      return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
  }
  return VIRTIO_GPU_RESP_ERR_UNSPEC;
}

}  // namespace

bool Gpu::run(Virtqueue& queue, std::uint64_t budget) {
  while (budget != 0) {
    if (!window_.is_clean()) {
      window_.scrub(budget * kScrubFactor);
      budget = window_.is_clean() ? budget - budget / 2 : 0;
      continue;
    }
    std::optional<Type> type;
    if (work_ != Work::kNone) {
      type = go_on(budget);
    } else {
      if (!queue.take(chain_)) return false;
      budget -= std::min(budget, kCommandCost);
      type = execute(queue);
    }
    if (type) answer(queue, *type);
  }
  return true;
}

void Gpu::reset() {
  engine_.abort();
  if (work_ == Work::kMapping)
    window_.discard({.offset = mapping_.range.offset, .bytes = mapping_.allocated});
  work_ = Work::kNone;
  resources_.clear();
  window_.remove_all();
}

GpuStatistics Gpu::statistics() const {
  GpuStatistics statistics = statistics_;
  statistics.engine = engine_.statistics();
  statistics.memory_bytes = window_.laid_bytes();
  return statistics;
}

template <typename Command>
std::optional<Command> Gpu::command() const {
  Command command{};
  if (!chain_.read(memory_, 0, std::as_writable_bytes(std::span(&command, 1)))) return std::nullopt;
  return command;
}

void Gpu::answer(Virtqueue& queue, Type type) {
  virtio_gpu_resp_map_info response{};
  response.map_info = VIRTIO_GPU_MAP_CACHE_WC;
  const auto bytes = std::as_writable_bytes(std::span(&response, 1));
  answer(queue,
         type == VIRTIO_GPU_RESP_OK_MAP_INFO ? bytes : bytes.first(sizeof(virtio_gpu_ctrl_hdr)),
         type);
}

// The fence is signalled by the answer that bears it, and an error signals it as well: nobody waits
// for ever.
void Gpu::answer(Virtqueue& queue, std::span<std::byte> response, Type type) {
  virtio_gpu_ctrl_hdr header{};
  header.type = type;
  if ((header_.flags & VIRTIO_GPU_FLAG_FENCE) != 0) {
    header.flags = header_.flags;
    header.fence_id = header_.fence_id;
    header.ctx_id = header_.ctx_id;
    header.ring_idx = header_.ring_idx;
  }
  std::memcpy(response.data(), &header, sizeof header);
  ++statistics_.commands;
  if (type >= VIRTIO_GPU_RESP_ERR_UNSPEC) ++statistics_.refused;
  work_ = Work::kNone;
  if (const auto written = chain_.write(memory_, response)) {
    queue.complete(chain_, *written);
  } else {
    queue.fault();
  }
}

// What answers the command that was taken, unless it goes on or has been answered.
std::optional<Gpu::Type> Gpu::execute(Virtqueue& queue) {
  const auto header = command<virtio_gpu_ctrl_hdr>();
  header_ = header.value_or(virtio_gpu_ctrl_hdr{});
  if (!header) return VIRTIO_GPU_RESP_ERR_UNSPEC;
  switch (header_.type) {
    case VIRTIO_GPU_CMD_GET_DISPLAY_INFO: {
      virtio_gpu_resp_display_info nothing{};
      answer(queue, std::as_writable_bytes(std::span(&nothing, 1)),
             VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
      return std::nullopt;
    }
    case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
      return create_blob();
    case VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB:
      return map_blob();
    case VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB:
      return unmap_blob();
    case VIRTIO_GPU_CMD_RESOURCE_UNREF:
      return unref();
    case VIRTIO_GPU_CMD_CTX_CREATE:
      return create_context();
    case VIRTIO_GPU_CMD_CTX_DESTROY:
      return destroy_context();
    case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
      return attach(true);
    case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
      return attach(false);
    case VIRTIO_GPU_CMD_SUBMIT_3D:
      return submit();
    default:
      return VIRTIO_GPU_RESP_ERR_UNSPEC;
  }
}

Gpu::Type Gpu::create_blob() {
  const auto asked = command<virtio_gpu_resource_create_blob>();
  if (!asked || asked->size == 0 || asked->size % Window::kPageBytes != 0)
    return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  if (asked->resource_id == 0) return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
  Resource resource{.bytes = asked->size,
                    .is_mappable = (asked->blob_flags & VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE) != 0};
  if (asked->blob_mem == VIRTIO_GPU_BLOB_MEM_GUEST) {
    resource.kind = Resource::Kind::kHostBuffer;
    if (!read_extents(*asked, resource)) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  } else if (asked->blob_mem != VIRTIO_GPU_BLOB_MEM_HOST3D || asked->nr_entries != 0 ||
             asked->size > window_.bytes()) {
    return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  }
  return type_of(resources_.add(asked->resource_id, std::move(resource)),
                 VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
}

// The pieces follow the command, and are the whole buffer.
bool Gpu::read_extents(const virtio_gpu_resource_create_blob& command, Resource& resource) const {
  if (command.nr_entries > kMaxExtents) return false;
  std::vector<virtio_gpu_mem_entry> entries(command.nr_entries);
  if (!chain_.read(memory_, sizeof command, std::as_writable_bytes(std::span(entries))))
    return false;
  resource.extents.reserve(entries.size());
  std::uint64_t start = 0;
  for (const virtio_gpu_mem_entry& entry : entries) {
    if (entry.length == 0) return false;
    resource.extents.push_back({.address = entry.addr, .start = start, .bytes = entry.length});
    start += entry.length;
  }
  return start >= resource.bytes;
}

std::optional<Gpu::Type> Gpu::map_blob() {
  const auto asked = command<virtio_gpu_resource_map_blob>();
  if (!asked) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  const Resource* const resource = resources_.find(asked->resource_id);
  if (resource == nullptr) return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
  const Window::Range range{.offset = asked->offset, .bytes = resource->bytes};
  if (resource->kind != Resource::Kind::kDeviceMemory || !resource->is_mappable ||
      resource->window_offset || !window_.is_free(range))
    return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  mapping_ = {.resource = asked->resource_id, .range = range};
  work_ = Work::kMapping;
  return std::nullopt;
}

Gpu::Type Gpu::unmap_blob() {
  const auto asked = command<virtio_gpu_resource_unmap_blob>();
  if (!asked) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  Resource* const resource = resources_.find(asked->resource_id);
  if (resource == nullptr) return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
  if (!resource->window_offset) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  leave_window(*resource);
  return VIRTIO_GPU_RESP_OK_NODATA;
}

Gpu::Type Gpu::unref() {
  const auto asked = command<virtio_gpu_resource_unref>();
  if (!asked) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  Resource* const resource = resources_.find(asked->resource_id);
  if (resource == nullptr) return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
  leave_window(*resource);
  resources_.remove(asked->resource_id);
  return VIRTIO_GPU_RESP_OK_NODATA;
}

void Gpu::leave_window(Resource& resource) {
  if (!resource.window_offset) return;
  window_.remove({.offset = *resource.window_offset, .bytes = resource.bytes});
  resource.window_offset.reset();
}

Gpu::Type Gpu::create_context() {
  if (header_.ctx_id == 0) return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
  return type_of(resources_.add_context(header_.ctx_id), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
}

Gpu::Type Gpu::destroy_context() {
  if (resources_.find_context(header_.ctx_id) == nullptr)
    return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
  resources_.remove_context(header_.ctx_id);
  return VIRTIO_GPU_RESP_OK_NODATA;
}

Gpu::Type Gpu::attach(bool is_attached) {
  const auto asked = command<virtio_gpu_ctx_resource>();
  if (!asked) return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  Context* const context = resources_.find_context(header_.ctx_id);
  if (context == nullptr) return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
  if (resources_.find(asked->resource_id) == nullptr)
    return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
  if (is_attached)
    return type_of(resources_.attach(*context, asked->resource_id), VIRTIO_GPU_RESP_OK_NODATA);
  resources_.detach(*context, asked->resource_id);
  return VIRTIO_GPU_RESP_OK_NODATA;
}

// A submission of nothing is a fence and no more.
std::optional<Gpu::Type> Gpu::submit() {
  const auto asked = command<virtio_gpu_cmd_submit>();
  if (!asked || asked->size > abi::accelerator::kMaxStreamBytes)
    return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  Context* const context = resources_.find_context(header_.ctx_id);
  if (context == nullptr) return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
  if (asked->size == 0) return VIRTIO_GPU_RESP_OK_NODATA;
  std::vector<std::byte> stream(asked->size);
  if (!chain_.read(memory_, sizeof *asked, stream) || !engine_.begin(*context, std::move(stream)))
    return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
  work_ = Work::kStream;
  return std::nullopt;
}

std::optional<Gpu::Type> Gpu::go_on(std::uint64_t& budget) {
  if (work_ == Work::kMapping) return go_on_mapping(budget);
  if (!engine_.step(budget)) return std::nullopt;
  return engine_.has_delivered() ? VIRTIO_GPU_RESP_OK_NODATA
                                 : VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
}

std::optional<Gpu::Type> Gpu::go_on_mapping(std::uint64_t& budget) {
  const Window::Range next{
      .offset = mapping_.range.offset + mapping_.allocated,
      .bytes = std::min(kAllocationStep, mapping_.range.bytes - mapping_.allocated)};
  budget -= std::min(budget, next.bytes);
  if (!window_.allocate(next)) {
    window_.discard({.offset = mapping_.range.offset, .bytes = mapping_.allocated});
    return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
  }
  mapping_.allocated += next.bytes;
  if (mapping_.allocated < mapping_.range.bytes) return std::nullopt;
  window_.lay(mapping_.range);
  resources_.find(mapping_.resource)->window_offset = mapping_.range.offset;
  return VIRTIO_GPU_RESP_OK_MAP_INFO;
}

}  // namespace nobounce::emulator::accelerator
