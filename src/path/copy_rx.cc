// SPDX-License-Identifier: Apache-2.0
#include "path/copy_rx.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "path/socket_error.h"
#include "path/staging.h"

namespace nobounce::path {
namespace {

// Each read is one frag. A peer that dribbles ends a round here rather than at the region's end.
constexpr std::uint32_t kMaxHeldReads = 65536;

}  // namespace

Result<std::unique_ptr<CopyReceiver>> CopyReceiver::open(sys::SocketCalls& socket,
                                                         memory::Region& region, CopyShare share) {
  if (share.extent.length == 0) share.extent = {.offset = 0, .length = region.size()};
  if (region.size() == 0 || !range_fits(share.extent.offset, share.extent.length, region.size())) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a copying receiver",
                 .cause = "there is no such part of the region",
                 .fix = {}});
  }
  NB_ASSIGN(const auto view, view_or_nothing(region));
  return std::unique_ptr<CopyReceiver>(new CopyReceiver(socket, region, view, std::move(share)));
}

CopyReceiver::CopyReceiver(sys::SocketCalls& socket, memory::Region& region,
                           std::span<std::byte> view, CopyShare share)
    : socket_(socket),
      region_(region),
      view_(view),
      store_(kMaxHeldReads),
      share_(std::move(share)) {
  if (view_.empty()) staging_ = make_staging();
}

std::span<std::byte> CopyReceiver::destination(std::uint64_t room) {
  if (staging_ == nullptr) return view_.subspan(share_.extent.offset + used_, room);
  return {staging_.get(), std::min<std::uint64_t>(room, kStagingBytes)};
}

Result<Received> CopyReceiver::receive(std::uint64_t max_bytes) {
  const std::uint64_t room =
      std::min({max_bytes, share_.extent.length - used_, share_.max_read_bytes});
  if (room == 0 || store_.free_slots() == 0) {
    return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  }
  if (std::exchange(is_drained_, false)) return Received{};

  const std::span<std::byte> to = destination(room);
  iovec buffer{.iov_base = to.data(), .iov_len = to.size()};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  ssize_t got;
  do {
    got = socket_.recvmsg(message, 0);
  } while (got == -EINTR);
  if (got == -EAGAIN) return Received{};
  if (got < 0) return fail(receive_error(static_cast<int>(-got), Path::kCopy));
  if (got == 0) return Received{.outcome = ReceiveOutcome::kEndOfStream, .batch = {}};

  const auto bytes = std::min<std::uint64_t>(static_cast<std::uint64_t>(got), to.size());
  if (staging_ != nullptr) {
    NB_TRY(region_.load(share_.extent.offset + used_, to.first(bytes)));
    counts_.staged_bytes += bytes;
  }
  is_drained_ = bytes < to.size();
  const FragRange range{.first = store_.next_slot(), .count = 1};
  store_.push({.region_offset = share_.extent.offset + used_, .length = bytes});
  used_ += bytes;
  counts_.bytes += bytes;
  ++counts_.frags;
  return Received{.outcome = ReceiveOutcome::kData,
                  .batch = FragBatch(*this, range, store_.frags(range), bytes)};
}

Result<Wake> CopyReceiver::wait(int timeout_ms) {
  return wait_for(socket_, POLLIN, timeout_ms);
}

Status CopyReceiver::give_back(FragRange range) {
  if (store_.release(range)) used_ = 0;
  return {};
}

}  // namespace nobounce::path
