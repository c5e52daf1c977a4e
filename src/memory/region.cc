// SPDX-License-Identifier: Apache-2.0
// The table of providers.
#include "memory/region.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "memory/dma_heap.h"
#include "memory/udmabuf.h"

namespace nobounce::memory {
namespace {

struct Provider {
  std::string_view name;
  Result<std::unique_ptr<Region>> (*open)(std::uint64_t size);
};

constexpr std::array kProviders = {
    Provider{.name = kUdmabuf, .open = [](std::uint64_t size) { return open_udmabuf(size); }},
    Provider{.name = kDmaHeap, .open = [](std::uint64_t size) { return open_dma_heap(size); }},
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
    if (known.name == provider) return known.open(options.size);
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "open region",
               .object = fmt::format("'{}'", provider),
               .cause = "no provider of that name",
               .fix = fmt::format("use one of: {}", fmt::join(kProviderNames, ", "))});
}

}  // namespace nobounce::memory
