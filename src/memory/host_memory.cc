// SPDX-License-Identifier: Apache-2.0
#include "memory/host_memory.h"

#include <utility>

#include "memory/cpu_region.h"
#include "memory/region_size.h"
#include "sys/mapping.h"

namespace nobounce::memory {
namespace {

class HostRegion final : public CpuRegion {
 public:
  HostRegion(sys::Mapping mapping, bool huge_pages)
      : CpuRegion(mapping.bytes()), mapping_(std::move(mapping)), huge_pages_(huge_pages) {}

  [[nodiscard]] std::string_view provider() const override { return kHost; }
  [[nodiscard]] Result<int> dma_buf_fd() const override {
    return fail({.code = Code::kUnsupported,
                 .operation = "export",
                 .object = std::string(kHost),
                 .cause = "plain host memory has no dma-buf",
                 .fix = "--memory udmabuf"});
  }
  [[nodiscard]] bool is_on_huge_pages() const override { return huge_pages_; }
  Result<std::span<std::byte>> pinnable_view() override { return mapping_.bytes(); }

 private:
  sys::Mapping mapping_;
  bool huge_pages_;
};

}  // namespace

Result<std::unique_ptr<Region>> open_host_memory(std::uint64_t size,
                                                 const HostMemoryOptions& options) {
  const MemfdOptions pages{.provider = kHost,
                           .pages = page_kind(options.huge_pages),
                           .meminfo = options.meminfo,
                           .huge_page_pool = options.huge_page_pool};
  NB_ASSIGN(const std::uint64_t bytes, whole_pages(kHost, size, pages.pages));
  NB_ASSIGN(const sys::Fd memfd, open_region_memfd(bytes, pages));
  NB_ASSIGN(sys::Mapping mapping, map_region_memfd(memfd, bytes, kHost));
  return std::make_unique<HostRegion>(std::move(mapping), options.huge_pages);
}

}  // namespace nobounce::memory
