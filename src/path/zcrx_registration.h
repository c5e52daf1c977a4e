// SPDX-License-Identifier: Apache-2.0
// Registering a zcrx interface queue with a ring, and what it means when the kernel refuses.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "path/zcrx_features.h"
#include "path/zcrx_options.h"
#include "path/zcrx_refill.h"
#include "sys/ring.h"

namespace nobounce::path {

/// Bytes of the area that `options` describe.
std::uint64_t area_size_of(const ZcrxOptions& options);
/// Bytes of a niov, as asked for.
std::uint32_t niov_size_of(const ZcrxOptions& options);
/// Frags that the area can hold at a time, by kMaxFragsPerPage.
std::uint64_t max_frags_of(const ZcrxOptions& options);

/// Errors: kInvalidArgument for options that can never work, kUnsupported for those that a kernel
/// of these features has not.
Status check_zcrx_options(const ZcrxOptions& options, const ZcrxFeatures& features);

/// What the kernel made of it.
struct ZcrxRegistered {
  std::uint32_t id = 0;
  std::uint64_t area_token = 0;
};

/// Registers, and attaches `refill`. `event_user_data` is that of completions for events, where
/// they are wanted. Errors: as ZcrxQueue::open.
Result<ZcrxRegistered> register_zcrx(sys::Ring& ring, const ZcrxOptions& options,
                                     std::optional<std::uint64_t> event_user_data,
                                     ZcrxRefill& refill);

}  // namespace nobounce::path
