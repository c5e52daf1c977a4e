// SPDX-License-Identifier: Apache-2.0
#include "memory/dma_heap.h"

#include <fmt/format.h>

#include <utility>

#include "memory/cpu_region.h"
#include "memory/provider_error.h"
#include "memory/region_size.h"
#include "sys/device_file.h"
#include "sys/dma_buf.h"
#include "sys/dma_heap.h"
#include "sys/mapping.h"

namespace nobounce::memory {
namespace {

class DmaHeapRegion final : public CpuRegion {
 public:
  DmaHeapRegion(sys::Fd dma_buf, sys::Mapping mapping)
      : CpuRegion(mapping.bytes()), mapping_(std::move(mapping)), dma_buf_(std::move(dma_buf)) {}

  [[nodiscard]] std::string_view provider() const override { return kDmaHeap; }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return dma_buf_.get(); }
  Result<std::span<std::byte>> pinnable_view() override {
    return fail(
        {.code = Code::kUnsupported,
         .operation = "pin",
         .object = std::string(kDmaHeap),
         .cause = "the mapping of a dma-buf has page frames, but no pages that can be pinned",
         .fix = "--memory udmabuf"});
  }

 private:
  static sys::DmaBufAccess direction(Access access) {
    return access == Access::kRead ? sys::DmaBufAccess::kRead : sys::DmaBufAccess::kWrite;
  }
  Status begin_access(Access access) override {
    return sys::begin_dma_buf_access(dma_buf_.get(), direction(access));
  }
  Status end_access(Access access) override {
    return sys::end_dma_buf_access(dma_buf_.get(), direction(access));
  }

  sys::Mapping mapping_;
  sys::Fd dma_buf_;
};

// The heap takes what pages it finds, large ones first, and never from the reserved pool.
Error no_huge_pages() {
  return {.code = Code::kUnsupported,
          .operation = "open region",
          .object = std::string(kDmaHeap),
          .cause = "the heap chooses its pages itself, and knows no reserved huge ones",
          .fix = "--memory udmabuf, or no huge pages"};
}

}  // namespace

Result<std::unique_ptr<Region>> open_dma_heap(std::uint64_t size, const DmaHeapOptions& options) {
  NB_ASSIGN(const std::uint64_t bytes, whole_pages(kDmaHeap, size));
  if (options.huge_pages) return fail(no_huge_pages());
  const ProviderProbe probe{.provider = kDmaHeap,
                            .device = options.device,
                            .fix = "run a kernel with CONFIG_DMABUF_HEAPS_SYSTEM"};
  auto heap = sys::open_device(options.device);
  if (!heap) return fail(explain(std::move(heap).error(), probe));
  NB_TRY(require_host_memory(kDmaHeap, bytes, options.meminfo));

  auto dma_buf = sys::allocate_from_dma_heap(*heap, bytes);
  if (!dma_buf) return fail(explain(std::move(dma_buf).error(), probe));
  NB_ASSIGN(sys::Mapping mapping,
            sys::Mapping::map(dma_buf->get(), 0, bytes, sys::Mapping::Access::kReadWrite,
                              fmt::format("the dma-buf of a {} region", kDmaHeap)));
  return std::make_unique<DmaHeapRegion>(std::move(*dma_buf), std::move(mapping));
}

}  // namespace nobounce::memory
