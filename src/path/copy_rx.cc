// SPDX-License-Identifier: Apache-2.0
#include "path/copy_rx.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "path/socket_error.h"

namespace nobounce::path {
namespace {

// Each read is one frag. A peer that dribbles ends a round here rather than at the region's end.
constexpr std::uint32_t kMaxHeldReads = 65536;

}  // namespace

Result<std::unique_ptr<CopyReceiver>> CopyReceiver::open(sys::SocketCalls& socket,
                                                         std::span<std::byte> region,
                                                         CopyShare share) {
  if (region.empty()) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a copying receiver",
                 .cause = "the region is empty",
                 .fix = {}});
  }
  return std::unique_ptr<CopyReceiver>(new CopyReceiver(socket, region, std::move(share)));
}

CopyReceiver::CopyReceiver(sys::SocketCalls& socket, std::span<std::byte> region, CopyShare share)
    : socket_(socket), region_(region), share_(std::move(share)), store_(kMaxHeldReads) {}

Result<Received> CopyReceiver::receive(std::uint64_t max_bytes) {
  const std::uint64_t room = std::min<std::uint64_t>(max_bytes, region_.size() - used_);
  if (room == 0 || store_.free_slots() == 0) {
    return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  }

  iovec buffer{.iov_base = region_.data() + used_, .iov_len = room};
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

  const auto bytes = std::min(static_cast<std::uint64_t>(got), room);
  const FragRange range{.first = store_.next_slot(), .count = 1};
  store_.push({.region_offset = share_.region_offset + used_, .length = bytes});
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
