// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/boundary.h"
#include "api/handles.h"
#include "api/sized_struct.h"

namespace nobounce::api {
namespace {

constexpr std::string_view kBestProvider = "udmabuf";
constexpr std::string_view kPlainProvider = "host";

Status check(const nb_region_options& options) {
  constexpr std::string_view kFunction = "nb_region_open";
  if (options.huge_pages > 1)
    return fail(bad_argument(kFunction, "huge_pages", "it is not 0 or 1"));
  if (options.reserved != 0) return fail(bad_argument(kFunction, "reserved", "it is not 0"));
  return {};
}

/// A dma-buf where the host has one to give: every path can use it. A limit that stands in the way
/// can be raised, so it is an error and no reason to take something else.
Result<std::unique_ptr<memory::Region>> open_best(const memory::RegionOptions& options) {
  auto region = memory::open_region(kBestProvider, options);
  if (region ||
      (region.error().code != Code::kUnsupported && region.error().code != Code::kPermission)) {
    return region;
  }
  return memory::open_region(kPlainProvider, options);
}

Result<std::unique_ptr<memory::Region>> open(const nb_region_options& options) {
  NB_TRY(check(options));
  const memory::RegionOptions wanted{.size = options.size_bytes,
                                     .huge_pages = options.huge_pages != 0};
  if (options.provider == nullptr) return open_best(wanted);
  return memory::open_region(options.provider, wanted);
}

}  // namespace
}  // namespace nobounce::api

namespace api = nobounce::api;
using nobounce::Status;

nb_code nb_region_open(const nb_region_options* options, nb_region** region, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_open", api::Argument{region, "region"}));
    NB_ASSIGN(const auto given, api::options_given("nb_region_open", options));
    NB_ASSIGN(std::shared_ptr<nobounce::memory::Region> opened, api::open(given));
    std::string provider(opened->provider());
    *region = new nb_region{.region = std::move(opened), .provider = std::move(provider)};
    return {};
  });
}

void nb_region_close(nb_region* region) {
  delete region;
}

uint64_t nb_region_size(const nb_region* region) {
  return region == nullptr ? 0 : region->region->size();
}

const char* nb_region_provider(const nb_region* region) {
  return region == nullptr ? "" : region->provider.c_str();
}

nb_code nb_region_data(nb_region* region, void** data, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_data", api::Argument{region, "region"},
                        api::Argument{data, "data"}));
    NB_ASSIGN(const auto view, region->region->cpu_view());
    *data = view.data();
    return {};
  });
}

nb_code nb_region_dma_buf_fd(nb_region* region, int* fd, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_dma_buf_fd", api::Argument{region, "region"},
                        api::Argument{fd, "fd"}));
    NB_ASSIGN(*fd, region->region->dma_buf_fd());
    return {};
  });
}

nb_code nb_region_load(nb_region* region, uint64_t offset, const void* from, uint64_t length,
                       nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_load", api::Argument{region, "region"},
                        api::Argument{from, "from"}));
    return region->region->load(offset, {static_cast<const std::byte*>(from), length});
  });
}

nb_code nb_region_store(nb_region* region, uint64_t offset, uint64_t length, void* to,
                        nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(
        api::require("nb_region_store", api::Argument{region, "region"}, api::Argument{to, "to"}));
    return region->region->store({.offset = offset, .length = length},
                                 {static_cast<std::byte*>(to), length});
  });
}

nb_code nb_region_fill(nb_region* region, uint64_t offset, uint64_t length, uint64_t seed,
                       uint64_t position, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_fill", api::Argument{region, "region"}));
    return region->region->fill({.offset = offset, .length = length}, seed, position);
  });
}

nb_code nb_region_matches(nb_region* region, uint64_t offset, uint64_t length, uint64_t seed,
                          uint64_t position, bool* matches, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(api::require("nb_region_matches", api::Argument{region, "region"},
                        api::Argument{matches, "matches"}));
    NB_ASSIGN(*matches,
              region->region->matches({.offset = offset, .length = length}, seed, position));
    return {};
  });
}

nb_code nb_region_copy(nb_region* region, uint64_t offset, uint64_t length, nb_region* to,
                       uint64_t to_offset, nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(
        api::require("nb_region_copy", api::Argument{region, "region"}, api::Argument{to, "to"}));
    return region->region->copy({.offset = offset, .length = length}, *to->region, to_offset);
  });
}

nb_code nb_region_gather(nb_region* region, const nb_piece* pieces, size_t count, nb_region* to,
                         nb_error** error) {
  return api::guarded(error, [&]() -> Status {
    NB_TRY(
        api::require("nb_region_gather", api::Argument{region, "region"}, api::Argument{to, "to"}));
    if (count > 0) NB_TRY(api::require("nb_region_gather", api::Argument{pieces, "pieces"}));
    std::vector<nobounce::memory::Piece> list;
    list.reserve(count);
    for (const nb_piece& piece : std::span(pieces, count))
      list.push_back(
          {.from = {.offset = piece.offset, .length = piece.length}, .to_offset = piece.to_offset});
    return region->region->gather(list, *to->region);
  });
}
