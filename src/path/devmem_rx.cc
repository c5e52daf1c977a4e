// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_rx.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"
#include "path/devmem_cmsg.h"
#include "path/socket_error.h"
#include "path/token_return.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

constexpr std::uint32_t kNoToken = 0xffffffff;
static_assert(kNoToken > uapi::kMaxToken);

// More frags than one read of 64 MiB yields at the smallest usual MSS; bounds the control buffer.
constexpr std::uint32_t kMaxFragsPerRead = 65536;

Error kernel_misspoke(std::string cause) {
  return {.code = Code::kProtocol,
          .operation = "receive",
          .object = "devmem control messages",
          .cause = std::move(cause),
          .fix = {}};
}

}  // namespace

Result<std::unique_ptr<DevmemReceiver>> DevmemReceiver::open(sys::SocketCalls& socket,
                                                             const DevmemReceiverOptions& options) {
  if (options.region_size == 0 || options.max_held_frags == 0 || options.max_read_bytes == 0) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a devmem receiver",
                 .cause = "region, frags and read size must not be 0",
                 .fix = {}});
  }
  return std::unique_ptr<DevmemReceiver>(new DevmemReceiver(socket, options));
}

DevmemReceiver::DevmemReceiver(sys::SocketCalls& socket, const DevmemReceiverOptions& options)
    : socket_(socket),
      options_(options),
      store_(options.max_held_frags),
      tokens_(options.max_held_frags, kNoToken),
      control_(std::min(options.max_held_frags, kMaxFragsPerRead) * kDevmemCmsgBytes),
      linear_(std::make_unique_for_overwrite<std::byte[]>(options.max_read_bytes)) {}

Result<Received> DevmemReceiver::receive(std::uint64_t max_bytes) {
  if (!give_back_status_) return fail(give_back_status_.error());

  // Linear bytes may be as many as the read asks for. Reading on with little room for them would
  // mean small reads, so the batches that hold them must go back first.
  const std::uint64_t linear_room = options_.max_read_bytes - linear_used_;
  if (store_.free_slots() == 0 || linear_room <= options_.max_read_bytes / 4) {
    return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  }

  // The size of the control buffer is what bounds the frags of a read: the kernel stops short.
  const std::uint64_t room = std::min(max_bytes, linear_room);
  iovec buffer{.iov_base = linear_.get() + linear_used_, .iov_len = room};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control_.data();
  message.msg_controllen = std::min(control_.size(), store_.free_slots() * kDevmemCmsgBytes);
  const std::size_t control_room = message.msg_controllen;

  ssize_t got;
  do {
    message.msg_controllen = control_room;
    got = socket_.recvmsg(message, uapi::kMsgSockDevmem);
  } while (got == -EINTR);
  if (got == -EAGAIN) return Received{};
  if (got < 0) return fail(receive_error(static_cast<int>(-got), Path::kDevmem));
  if (got == 0) return Received{.outcome = ReceiveOutcome::kEndOfStream, .batch = {}};

  const FragRange before{.first = store_.next_slot(), .count = 0};
  const auto bytes = static_cast<std::uint64_t>(got);
  const std::size_t control_used = std::min(message.msg_controllen, control_room);
  auto described = take_frags(std::span(control_).first(control_used), room);
  if (described && *described == 0 && bytes <= room) {
    // No devmem message at all: ordinary bytes, from a queue that is not bound.
    store_.push({.length = bytes, .linear = linear_.get() + linear_used_});
    tokens_[before.first] = kNoToken;
    linear_used_ += bytes;
    counts_.linear_bytes += bytes;
    described = bytes;
  }

  const FragRange range{before.first, store_.next_slot() - before.first};
  FragBatch batch(*this, range, store_.frags(range), bytes);
  if (!described) return fail(std::move(described).error());
  if (*described != bytes || (message.msg_flags & MSG_CTRUNC) != 0) {
    return fail(kernel_misspoke(
        fmt::format("{} bytes were received, {} described{}", bytes, *described,
                    (message.msg_flags & MSG_CTRUNC) != 0 ? ", and some were cut off" : "")));
  }
  counts_.bytes += bytes;
  return Received{.outcome = ReceiveOutcome::kData, .batch = std::move(batch)};
}

// Adds the frags that the messages describe and returns the bytes that they hold together. Even
// after a message that makes no sense the rest is read, so that no token is lost.
Result<std::uint64_t> DevmemReceiver::take_frags(std::span<const std::byte> control,
                                                 std::uint64_t room) {
  std::uint64_t bytes = 0;
  const std::uint64_t linear_end = linear_used_ + room;
  Status status;
  DevmemCmsgReader reader(control);
  while (true) {
    NB_ASSIGN(const auto message, reader.next());
    if (!message) break;
    bytes += message->length;
    if (auto taken = take_frag(*message, linear_end); !taken && status) status = std::move(taken);
  }
  NB_TRY(status);
  return bytes;
}

Status DevmemReceiver::take_frag(const DevmemCmsg& message, std::uint64_t linear_end) {
  if (store_.free_slots() == 0) return fail(kernel_misspoke("more frags than were asked for"));
  const std::uint32_t slot = store_.next_slot();

  if (message.is_linear) {
    if (!range_fits(linear_used_, message.length, linear_end)) {
      return fail(kernel_misspoke("more linear bytes than there was room for"));
    }
    tokens_[slot] = kNoToken;
    store_.push({.length = message.length, .linear = linear_.get() + linear_used_});
    linear_used_ += message.length;
    counts_.linear_bytes += message.length;
    return {};
  }

  if (message.token > uapi::kMaxToken) return fail(kernel_misspoke("a token of more than 31 bits"));
  tokens_[slot] = message.token;
  store_.push({.region_offset = message.region_offset, .length = message.length});
  ++counts_.frags;
  ++counts_.tokens_outstanding;
  if (message.dma_buf_id != options_.dma_buf_id) {
    return fail(kernel_misspoke(
        fmt::format("a frag of binding {}, ours is {}", message.dma_buf_id, options_.dma_buf_id)));
  }
  if (message.length == 0 ||
      !range_fits(message.region_offset, message.length, options_.region_size)) {
    return fail(
        kernel_misspoke(fmt::format("a frag of {} bytes at {}, the region has {}", message.length,
                                    message.region_offset, options_.region_size)));
  }
  return {};
}

Result<Wake> DevmemReceiver::wait(int timeout_ms) {
  return wait_for(socket_, POLLIN, timeout_ms);
}

Status DevmemReceiver::give_back(FragRange range) {
  Status status = return_tokens(range);
  if (!status && give_back_status_) give_back_status_ = status;
  if (store_.release(range)) linear_used_ = 0;
  return status;
}

Status DevmemReceiver::return_tokens(FragRange range) {
  TokenReturn tokens(socket_);
  Status status;
  for (std::uint32_t slot = range.first; slot < range.first + range.count && status; ++slot) {
    if (tokens_[slot] != kNoToken) status = tokens.add(tokens_[slot]);
  }
  if (status) status = tokens.flush();
  counts_.tokens_outstanding -= std::min(counts_.tokens_outstanding, tokens.freed());
  return status;
}

}  // namespace nobounce::path
