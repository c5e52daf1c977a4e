// SPDX-License-Identifier: Apache-2.0
#include "memory/udmabuf.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/size.h"
#include "memory/cpu_region.h"
#include "memory/provider_error.h"
#include "memory/region_size.h"
#include "sys/device_file.h"
#include "sys/mapping.h"
#include "sys/text_file.h"
#include "sys/udmabuf.h"

namespace nobounce::memory {
namespace {

class UdmabufRegion final : public CpuRegion {
 public:
  UdmabufRegion(sys::Fd dma_buf, sys::Mapping mapping, bool huge_pages)
      : CpuRegion(mapping.bytes()),
        mapping_(std::move(mapping)),
        dma_buf_(std::move(dma_buf)),
        huge_pages_(huge_pages) {}

  [[nodiscard]] std::string_view provider() const override { return kUdmabuf; }
  [[nodiscard]] Result<int> dma_buf_fd() const override { return dma_buf_.get(); }
  [[nodiscard]] bool is_on_huge_pages() const override { return huge_pages_; }
  Result<std::span<std::byte>> pinnable_view() override { return mapping_.bytes(); }

 private:
  sys::Mapping mapping_;
  sys::Fd dma_buf_;
  bool huge_pages_;
};

/// The kernel says no more than EINVAL above its limit (64 MiB by default in older kernels), so
/// the limit is looked up first. A limit that can't be read leaves the answer to the kernel.
Status require_within_limit(std::uint64_t size, const std::string& limit_file) {
  const auto text = sys::read_text_file(limit_file);
  if (!text) return {};
  std::uint64_t limit_mib = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit_mib);
  const std::uint64_t wanted_mib = ((size - 1) >> 20) + 1;
  if (parsed.ec != std::errc{} || wanted_mib <= limit_mib) return {};
  return fail({.code = Code::kExhausted,
               .operation = "open region",
               .object = fmt::format("{} of {}", kUdmabuf, format_size(size)),
               .cause = fmt::format("{} allows {} MiB, {} MiB are needed", limit_file, limit_mib,
                                    wanted_mib),
               .fix = fmt::format("echo {} > {}", wanted_mib, limit_file)});
}

}  // namespace

Result<std::unique_ptr<Region>> open_udmabuf(std::uint64_t size, const UdmabufOptions& options) {
  const MemfdOptions pages{.provider = kUdmabuf,
                           .pages = page_kind(options.huge_pages),
                           .meminfo = options.meminfo,
                           .huge_page_pool = options.huge_page_pool};
  NB_ASSIGN(const std::uint64_t bytes, whole_pages(kUdmabuf, size, pages.pages));
  const ProviderProbe probe{
      .provider = kUdmabuf, .device = options.device, .fix = "modprobe udmabuf"};
  auto device = sys::open_device(options.device);
  if (!device) return fail(explain(std::move(device).error(), probe));
  NB_TRY(require_within_limit(bytes, options.size_limit));

  NB_ASSIGN(const sys::Fd memfd, open_region_memfd(bytes, pages));
  auto dma_buf = sys::create_udmabuf(*device, memfd, bytes);
  if (!dma_buf) return fail(explain(std::move(dma_buf).error(), probe));
  NB_ASSIGN(sys::Mapping mapping, map_region_memfd(memfd, bytes, kUdmabuf));
  return std::make_unique<UdmabufRegion>(std::move(*dma_buf), std::move(mapping),
                                         options.huge_pages);
}

}  // namespace nobounce::memory
