// SPDX-License-Identifier: Apache-2.0
#include "path/token_return.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace nobounce::path {

namespace uapi = sys::uapi;

void TokenReturn::add(std::uint32_t first, std::uint32_t count) {
  gathered_ += count;
  if (!ranges_.empty()) {
    uapi::DmabufToken& last = ranges_.back();
    if (first == last.token_start + last.token_count) {
      last.token_count += count;
      return;
    }
    is_sorted_ = is_sorted_ && first > last.token_start;
  }
  assert(ranges_.size() < ranges_.capacity());
  ranges_.push_back({.token_start = first, .token_count = count});
}

void TokenReturn::sort_and_merge() {
  if (is_sorted_) return;
  std::ranges::sort(ranges_, {}, &uapi::DmabufToken::token_start);
  auto last = ranges_.begin();
  for (auto next = last + 1; next != ranges_.end(); ++next) {
    if (next->token_start == last->token_start + last->token_count) {
      last->token_count += next->token_count;
    } else {
      *++last = *next;
    }
  }
  ranges_.erase(last + 1, ranges_.end());
}

Status TokenReturn::flush() {
  if (ranges_.empty()) return {};
  sort_and_merge();
  std::array<uapi::DmabufToken, uapi::kMaxDontneedRanges> call;
  Status status;
  for (std::size_t next = 0; next < ranges_.size() && status;) {
    std::size_t used = 0;
    std::size_t room = most_a_call_;
    while (next < ranges_.size() && used < call.size() && room > 0) {
      uapi::DmabufToken& from = ranges_[next];
      const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(from.token_count, room));
      call[used++] = {.token_start = from.token_start, .token_count = count};
      room -= count;
      from.token_start += count;
      from.token_count -= count;
      if (from.token_count == 0) ++next;
    }
    counts_.ranges += used;
    status = give_back(std::span(call).first(used));
  }
  ranges_.clear();
  is_sorted_ = true;
  gathered_ = 0;
  return status;
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
    counts_.tokens_per_call.add(left);
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
