// SPDX-License-Identifier: Apache-2.0
// The table of providers.
#include "memory/region.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "memory/dma_heap.h"
#include "memory/host_memory.h"
#include "memory/udmabuf.h"

namespace nobounce::memory {
namespace {

struct Provider {
  std::string_view name;
  Result<std::unique_ptr<Region>> (*open)(const RegionOptions& options);
};

constexpr std::array kProviders = {
    Provider{.name = kUdmabuf,
             .open =
                 [](const RegionOptions& options) {
                   return open_udmabuf(options.size, {.huge_pages = options.huge_pages});
                 }},
    Provider{.name = kDmaHeap,
             .open =
                 [](const RegionOptions& options) {
                   return open_dma_heap(options.size, {.huge_pages = options.huge_pages});
                 }},
    Provider{.name = kHost,
             .open =
                 [](const RegionOptions& options) {
                   return open_host_memory(options.size, {.huge_pages = options.huge_pages});
                 }},
};

constexpr auto kProviderNames = [] {
  std::array<std::string_view, kProviders.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = kProviders[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> provider_names() {
  return kProviderNames;
}

Result<std::unique_ptr<Region>> open_region(std::string_view provider,
                                            const RegionOptions& options) {
  for (const Provider& known : kProviders) {
    if (known.name == provider) return known.open(options);
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "open region",
               .object = fmt::format("'{}'", provider),
               .cause = "no provider of that name",
               .fix = fmt::format("use one of: {}", fmt::join(kProviderNames, ", "))});
}

}  // namespace nobounce::memory
