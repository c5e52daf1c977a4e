// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_rx.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "path/socket_error.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

// More frags than one read of 64 MiB yields at the smallest usual MSS; bounds the control buffer.
constexpr std::uint32_t kMaxFragsPerRead = 65536;

// As many tokens as make one call, if the pool can spare them.
std::uint32_t gather_limit(std::uint32_t max_held_frags) {
  return std::clamp<std::uint32_t>(max_held_frags / 4, 1, uapi::kMaxDontneedFrags);
}

// So few tokens are not worth a call of their own while there is nothing to do: a slow stream would
// give each back by itself.
std::uint32_t worth_a_call(std::uint32_t max_held_frags) {
  return std::clamp<std::uint32_t>(max_held_frags / 16, 1, 64);
}

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
  const bool has_regions = !options.bindings.empty() &&
                           std::ranges::all_of(options.bindings, [](const DevmemBinding& binding) {
                             return binding.region_size != 0;
                           });
  if (!has_regions || options.max_held_frags == 0 || options.max_read_bytes == 0) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open",
                 .object = "a devmem receiver",
                 .cause = "regions, frags and read size must not be 0",
                 .fix = {}});
  }
  return std::unique_ptr<DevmemReceiver>(new DevmemReceiver(socket, options));
}

DevmemReceiver::DevmemReceiver(sys::SocketCalls& socket, const DevmemReceiverOptions& options)
    : socket_(socket),
      options_(options),
      store_(options.max_held_frags),
      tokens_(socket, options.max_held_frags),
      control_(std::min(options.max_held_frags, kMaxFragsPerRead) * kDevmemCmsgBytes),
      linear_(std::make_unique_for_overwrite<std::byte[]>(options.max_read_bytes)) {
  runs_.reserve(options.max_held_frags);
}

Result<Received> DevmemReceiver::receive(std::uint64_t max_bytes) {
  NB_TRY(make_room());
  if (std::exchange(is_drained_, false)) return nothing(ReceiveOutcome::kWouldBlock);

  // Linear bytes may be as many as the read asks for. Reading on with little room for them would
  // mean small reads, so the batches that hold them must go back first.
  const std::uint64_t linear_room = options_.max_read_bytes - linear_used_;
  const std::uint32_t free_slots =
      std::min(store_.free_slots(), options_.max_held_frags - std::min(away(), store_.capacity()));
  if (free_slots == 0 || linear_room <= options_.max_read_bytes / 4) {
    return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  }

  // The size of the control buffer is what bounds the frags of a read: the kernel stops short.
  const std::uint64_t room = std::min(max_bytes, linear_room);
  const std::size_t control_room = std::min(control_.size(), free_slots * kDevmemCmsgBytes);
  iovec buffer{.iov_base = linear_.get() + linear_used_, .iov_len = room};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control_.data();
  ssize_t got;
  do {
    message.msg_controllen = control_room;
    got = socket_.recvmsg(message, uapi::kMsgSockDevmem);
  } while (got == -EINTR);
  if (got == -EAGAIN) return nothing(ReceiveOutcome::kWouldBlock);
  if (got < 0) return fail(receive_error(static_cast<int>(-got), Path::kDevmem));
  if (got == 0) return nothing(ReceiveOutcome::kEndOfStream);

  message.msg_controllen = std::min(message.msg_controllen, control_room);
  const auto bytes = static_cast<std::uint64_t>(got);
  // Short, though there was room: no more was there. Where the kernel stopped for another reason,
  // the wait ends at once.
  is_drained_ = bytes < room && message.msg_controllen < control_room;
  return take(bytes, room, message);
}

// Gives back what has gathered where it may be missing in the pool.
Status DevmemReceiver::make_room() {
  if (tokens_.gathered() > 0 && away() >= options_.max_held_frags / 2) static_cast<void>(flush());
  return give_back_status_;
}

// Nothing came; so there is time to give back what has gathered.
Result<Received> DevmemReceiver::nothing(ReceiveOutcome outcome) {
  has_ended_ = outcome == ReceiveOutcome::kEndOfStream;
  if (has_ended_ || tokens_.gathered() >= worth_a_call(options_.max_held_frags)) NB_TRY(flush());
  return Received{.outcome = outcome, .batch = {}};
}

Result<Received> DevmemReceiver::take(std::uint64_t bytes, std::uint64_t room,
                                      const msghdr& message) {
  const std::uint32_t first = store_.next_slot();
  run_ends_ = true;
  auto described = take_frags(std::span(control_).first(message.msg_controllen), room);
  if (described && *described == 0 && bytes <= room) {
    // No devmem message at all: ordinary bytes, from a queue that is not bound.
    store_.push({.length = bytes, .linear = linear_.get() + linear_used_});
    linear_used_ += bytes;
    counts_.linear_bytes += bytes;
    described = bytes;
  }

  const FragRange range{first, store_.next_slot() - first};
  FragBatch batch(*this, range, store_.frags(range), bytes);
  if (described && (*described != bytes || (message.msg_flags & MSG_CTRUNC) != 0)) {
    described = fail(kernel_misspoke(
        fmt::format("{} bytes were received, {} described{}", bytes, *described,
                    (message.msg_flags & MSG_CTRUNC) != 0 ? ", and some were cut off" : "")));
  }
  if (!described) {
    static_cast<void>(batch.give_back());
    static_cast<void>(flush());
    return fail(std::move(described).error());
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
  for (DevmemCmsg message; reader.next(message);) {
    bytes += message.length;
    const bool is_taken =
        message.is_linear ? take_linear(message.length, linear_end) : take_frag(message);
    if (!is_taken && status) status = fail(misspoken(message));
  }
  NB_TRY(status);
  NB_TRY(reader.status());
  return bytes;
}

bool DevmemReceiver::take_linear(std::uint32_t length, std::uint64_t linear_end) {
  if (store_.free_slots() == 0 || !range_fits(linear_used_, length, linear_end)) return false;
  store_.push({.length = length, .linear = linear_.get() + linear_used_});
  run_ends_ = true;
  linear_used_ += length;
  counts_.linear_bytes += length;
  return true;
}

// The token is taken whatever becomes of the frag, so that it goes back.
bool DevmemReceiver::take_frag(const DevmemCmsg& message) {
  if (store_.free_slots() == 0 || message.token > uapi::kMaxToken) return false;
  if (!run_ends_ && message.token == runs_.back().token + runs_.back().count) {
    ++runs_.back().count;
  } else {
    runs_.push_back({.first_slot = store_.next_slot(), .token = message.token, .count = 1});
    run_ends_ = false;
  }
  ++counts_.frags;
  ++counts_.tokens_outstanding;

  const DevmemBinding* const binding = find_binding(message.dma_buf_id);
  store_.push({.region_offset = message.region_offset,
               .length = message.length,
               .region_index = binding_index_});
  return binding != nullptr && message.length != 0 &&
         range_fits(message.region_offset, message.length, binding->region_size);
}

const DevmemBinding* DevmemReceiver::find_binding(std::uint32_t dma_buf_id) {
  // Neighbours mostly come from the same one.
  if (options_.bindings[binding_index_].dma_buf_id == dma_buf_id) {
    return &options_.bindings[binding_index_];
  }
  for (std::uint32_t i = 0; i < options_.bindings.size(); ++i) {
    if (options_.bindings[i].dma_buf_id != dma_buf_id) continue;
    binding_index_ = i;
    return &options_.bindings[i];
  }
  return nullptr;
}

Error DevmemReceiver::misspoken(const DevmemCmsg& message) const {
  if (message.is_linear)
    return kernel_misspoke("more linear bytes or frags than there was room for");
  if (message.token > uapi::kMaxToken) return kernel_misspoke("a token of more than 31 bits");
  return kernel_misspoke(fmt::format(
      "a frag of {} bytes at {} of binding {}, which lies in none of our {} regions, or is one "
      "more "
      "than there was room for",
      message.length, message.region_offset, message.dma_buf_id, options_.bindings.size()));
}

Result<Wake> DevmemReceiver::wait(int timeout_ms) {
  return wait_for(socket_, POLLIN, timeout_ms);
}

Status DevmemReceiver::give_back(FragRange range) {
  auto run = std::ranges::lower_bound(runs_, range.first, {}, &TokenRun::first_slot);
  for (; run != runs_.end() && run->first_slot < range.first + range.count; ++run)
    tokens_.add(run->token, run->count);
  if (store_.release(range)) {
    linear_used_ = 0;
    runs_.clear();
  }
  if (has_ended_ || tokens_.gathered() >= gather_limit(options_.max_held_frags)) return flush();
  return {};
}

Status DevmemReceiver::flush() {
  const std::uint64_t before = tokens_.freed();
  const Status status = tokens_.flush();
  counts_.tokens_outstanding -= std::min(counts_.tokens_outstanding, tokens_.freed() - before);
  if (!status && give_back_status_) give_back_status_ = status;
  return status;
}

}  // namespace nobounce::path
