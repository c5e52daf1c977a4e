// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_features.h"

#include <optional>

#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

/// The kernel fills as much of an answer as it knows; the rest stays 0.
template <typename Answer>
std::optional<Answer> ask(sys::Ring& ring, std::uint32_t operation) {
  Answer answer{};
  uapi::QueryHeader header{};
  header.data = reinterpret_cast<std::uintptr_t>(&answer);
  header.operation = operation;
  header.size = sizeof answer;
  if (ring.register_with(uapi::kRegisterQuery, &header, 0) < 0 || header.result != 0) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace

ZcrxFeatures ask_zcrx_features(sys::Ring& ring) {
  ZcrxFeatures features;
  const auto zcrx = ask<uapi::QueryZcrx>(ring, uapi::kQueryZcrx);
  if (!zcrx) return features;
  features.can_be_asked = true;
  features.has_dma_buf = (zcrx->area_flags & uapi::kZcrxAreaDmaBuf) != 0;
  features.has_nodev = (zcrx->register_flags & uapi::kZcrxRegisterNodev) != 0;
  features.has_rx_buf_len = (zcrx->features & uapi::kZcrxFeatureRxPageSize) != 0;
  features.has_flush = zcrx->control_operations > uapi::kZcrxControlFlush;

  const auto events = ask<uapi::QueryZcrxEvents>(ring, uapi::kQueryZcrxEvents);
  constexpr std::uint32_t kWanted = 1u << uapi::kZcrxEventAllocationFailed;
  features.has_events = events && (zcrx->features & uapi::kZcrxFeatureEvents) != 0 &&
                        (events->types & kWanted) != 0 &&
                        events->statistics_size >= sizeof(uapi::ZcrxStatistics);
  return features;
}

}  // namespace nobounce::path
