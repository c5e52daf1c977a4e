// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_tuning.h"

#include <fmt/format.h>

#include <bit>
#include <string>

#include "sys/io_uring.h"

namespace nobounce::transfer {
namespace {

Status refuse_tuning(std::string what, std::string cause, std::string fix) {
  return fail({.code = Code::kInvalidArgument,
               .operation = "receive with",
               .object = std::move(what),
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

}  // namespace

Status check_tuning(const ReceiveTuning& tuning, std::optional<path::Path> path) {
  const std::uint64_t bytes = tuning.receive_bytes;
  if (bytes != 0 && (bytes < kLeastReceiveBytes || bytes > kMostReceiveBytes))
    return refuse_tuning(fmt::format("receives of {} bytes", bytes), "one has 4 KiB to 64 MiB", {});
  if (bytes != 0 && (!path || path == path::Path::kZcrx))
    return refuse_tuning("a receive size",
                         "path zcrx takes what has come off a ring, without a call that has a size",
                         "--path copy, mmap or devmem");
  if (tuning.token_batch > kMostTokenBatch)
    return refuse_tuning(fmt::format("{} tokens a call", tuning.token_batch),
                         fmt::format("the kernel takes {}", kMostTokenBatch), {});
  if (tuning.token_batch != 0 && path != path::Path::kDevmem)
    return refuse_tuning("a token batch", "only path devmem gives tokens back", "--path devmem");
  const std::uint32_t entries = tuning.cq_entries;
  if (entries != 0 && path != path::Path::kZcrx)
    return refuse_tuning("a size of the CQ", "only path zcrx has one", "--path zcrx");
  const bool fits = std::has_single_bit(entries) && entries >= kLeastCqEntries &&
                    entries <= sys::kMaxRingCompletions;
  if (entries != 0 && !fits)
    return refuse_tuning(fmt::format("a CQ of {}", entries),
                         fmt::format("it has a power of two from {} to {}", kLeastCqEntries,
                                     sys::kMaxRingCompletions),
                         {});
  return {};
}

}  // namespace nobounce::transfer
