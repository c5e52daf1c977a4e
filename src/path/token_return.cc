// SPDX-License-Identifier: Apache-2.0
#include "path/token_return.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace nobounce::path {

namespace uapi = sys::uapi;

Status TokenReturn::add(std::uint32_t token) {
  const bool continues = range_count_ > 0 && token == ranges_[range_count_ - 1].token_start +
                                                          ranges_[range_count_ - 1].token_count;
  if (token_count_ == uapi::kMaxDontneedFrags ||
      (!continues && range_count_ == uapi::kMaxDontneedRanges)) {
    NB_TRY(flush());
  }
  if (continues && range_count_ > 0) {
    ++ranges_[range_count_ - 1].token_count;
  } else {
    ranges_[range_count_++] = {.token_start = token, .token_count = 1};
  }
  ++token_count_;
  return {};
}

Status TokenReturn::flush() {
  const std::size_t count = std::exchange(range_count_, 0);
  token_count_ = 0;
  return give_back(std::span(ranges_).first(count));
}

Status TokenReturn::give_back(std::span<uapi::DmabufToken> ranges) {
  while (!ranges.empty()) {
    std::uint64_t asked = 0;
    for (const auto& range : ranges)
      asked += range.token_count;
    const int result =
        socket_.setsockopt(SOL_SOCKET, uapi::kSoDevmemDontneed, std::as_bytes(ranges));
    if (result < 0)
      return fail(error_from_errno(-result, "give tokens back", "SO_DEVMEM_DONTNEED"));

    // What the kernel freed is the front of the list, unless it didn't know some of the tokens:
    // then going on behind the front makes no progress, and ends.
    std::uint64_t left = static_cast<std::uint64_t>(result);
    if (left == 0 || left > asked) {
      return fail({.code = Code::kProtocol,
                   .operation = "give tokens back",
                   .object = "SO_DEVMEM_DONTNEED",
                   .cause = fmt::format("the kernel freed {} of {} tokens", left, asked),
                   .fix = {}});
    }
    freed_ += left;
    while (!ranges.empty() && left >= ranges.front().token_count) {
      left -= ranges.front().token_count;
      ranges = ranges.subspan(1);
    }
    if (left > 0) {
      ranges.front().token_start += static_cast<std::uint32_t>(left);
      ranges.front().token_count -= static_cast<std::uint32_t>(left);
    }
  }
  return {};
}

}  // namespace nobounce::path
