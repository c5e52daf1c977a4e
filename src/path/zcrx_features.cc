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
  uapi::IoUringQuery header{};
  header.query_data = reinterpret_cast<std::uintptr_t>(&answer);
  header.query_op = operation;
  header.size = sizeof answer;
  if (ring.register_with(uapi::kQueryRegister, &header, 0) < 0 || header.result != 0) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace

ZcrxFeatures ask_zcrx_features(sys::Ring& ring) {
  ZcrxFeatures features;
  const auto zcrx = ask<uapi::ZcrxAnswer>(ring, uapi::kQueryZcrx);
  if (!zcrx) return features;
  features.can_be_asked = true;
  features.has_dma_buf = (zcrx->area_flags & uapi::kAreaOfDmaBuf) != 0;
  features.has_nodev = (zcrx->register_flags & uapi::kRegisterWithoutNic) != 0;
  features.has_rx_buf_len = (zcrx->features & uapi::kFeatureRxPageSize) != 0;
  features.has_flush = zcrx->control_ops > uapi::kZcrxControlFlush;

  const auto events = ask<uapi::ZcrxEventAnswer>(ring, uapi::kQueryZcrxEvent);
  constexpr std::uint32_t kWanted = 1u << uapi::kZcrxEventAllocationFailed;
  features.has_events = events && (zcrx->features & uapi::kFeatureEvents) != 0 &&
                        (events->event_flags & kWanted) != 0 &&
                        events->statistics_size >= sizeof(uapi::ZcrxStatistics);
  return features;
}

}  // namespace nobounce::path
