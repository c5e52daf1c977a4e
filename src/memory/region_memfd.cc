// SPDX-License-Identifier: Apache-2.0
#include "memory/region_memfd.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/size.h"
#include "memory/region_size.h"
#include "sys/text_file.h"

namespace nobounce::memory {
namespace {

std::optional<std::uint64_t> read_figure(const std::string& path) {
  const auto text = sys::read_text_file(path);
  if (!text) return std::nullopt;
  std::uint64_t figure = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), figure);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return figure;
}

// What the kernel's refusal means to somebody who can reserve pages.
Error explain_huge_pages(Error error, std::uint64_t bytes, const MemfdOptions& options) {
  error.operation = "open region";
  error.object = fmt::format("{} of {} in huge pages", options.provider, format_size(bytes));
  const std::string total_file = options.huge_page_pool + "/nr_hugepages";
  const auto total = read_figure(total_file);
  if (!total || error.code == Code::kUnsupported) {
    error.code = Code::kUnsupported;
    error.cause = fmt::format("this kernel has no {}", options.huge_page_pool);
    error.fix = "run a kernel with CONFIG_HUGETLBFS, or do without huge pages";
    return error;
  }
  if (error.code != Code::kExhausted) return error;

  const std::string free_file = options.huge_page_pool + "/free_hugepages";
  const std::uint64_t free = read_figure(free_file).value_or(0);
  const std::uint64_t needed = bytes / sys::kHugePageBytes;
  error.cause = fmt::format("{} says {}, {} are needed", free_file, free, needed);
  error.fix = fmt::format("echo {} > {}", *total + needed - std::min(free, needed), total_file);
  return error;
}

}  // namespace

Result<sys::Fd> open_region_memfd(std::uint64_t bytes, const MemfdOptions& options) {
  // Huge pages are set aside already: what is available to others says nothing about them.
  if (options.pages == sys::PageKind::kOrdinary) {
    NB_TRY(require_host_memory(options.provider, bytes, options.meminfo));
  }
  auto memfd = sys::create_memfd("nobounce-region", bytes, options.pages);
  if (memfd || options.pages == sys::PageKind::kOrdinary) return memfd;
  return fail(explain_huge_pages(std::move(memfd).error(), bytes, options));
}

Result<sys::Mapping> map_region_memfd(const sys::Fd& memfd, std::uint64_t bytes,
                                      std::string_view provider) {
  NB_ASSIGN(sys::Mapping mapping,
            sys::Mapping::map(memfd.get(), 0, bytes, sys::Mapping::Access::kReadWrite,
                              fmt::format("the memfd of a {} region", provider)));
  NB_TRY(sys::populate(mapping.bytes()));
  return mapping;
}

}  // namespace nobounce::memory
