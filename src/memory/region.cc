// SPDX-License-Identifier: Apache-2.0
// The table of providers.
#include "memory/region.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "memory/accelerator.h"
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
  std::array<std::string_view, kProviders.size() + 1> names;
  for (std::size_t i = 0; i < kProviders.size(); ++i)
    names[i] = kProviders[i].name;
  names.back() = kAccelerator;
  return names;
}();

}  // namespace

Result<bool> Region::matches(Extent extent, std::uint64_t seed, std::uint64_t position) {
  NB_ASSIGN(const auto mismatch, find_mismatch(std::span(&extent, 1), seed, position));
  return !mismatch.has_value();
}

std::span<const std::string_view> provider_names() {
  return kProviderNames;
}

bool is_provider_name(std::string_view name) {
  return accelerator_index(name) ||
         std::ranges::find(kProviders, name, &Provider::name) != kProviders.end();
}

std::string full_provider_name(std::string_view name) {
  const auto index = accelerator_index(name);
  return index ? fmt::format("{}:{}", kAccelerator, *index) : std::string(name);
}

std::vector<std::string> providers_here() {
  std::vector<std::string> names;
  for (const Provider& known : kProviders)
    names.emplace_back(known.name);
  if (const auto accelerators = find_accelerators(); accelerators && !accelerators->empty()) {
    for (const AcceleratorFacts& accelerator : *accelerators)
      names.push_back(accelerator.name);
  } else {
    names.push_back(full_provider_name(kAccelerator));
  }
  return names;
}

Result<std::unique_ptr<Region>> open_region(std::string_view provider,
                                            const RegionOptions& options) {
  if (const auto index = accelerator_index(provider)) {
    return open_accelerator(*index, options.size, {.huge_pages = options.huge_pages});
  }
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
