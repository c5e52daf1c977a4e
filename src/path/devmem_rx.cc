// SPDX-License-Identifier: Apache-2.0
#include "path/devmem_rx.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "path/socket_error.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

// More frags than one read of 64 MiB yields at the smallest usual MSS; bounds the control buffer.
constexpr std::uint32_t kMaxFragsPerRead = 65536;

// Greater than any token.
constexpr std::uint32_t kNoToken = ~std::uint32_t{0};
static_assert(kNoToken - 1 > uapi::kMaxToken);

// As many tokens as make one call, if the pool can spare them.
std::uint32_t gather_limit(const DevmemReceiverOptions& options) {
  return std::clamp<std::uint32_t>(options.max_held_frags / 4, 1, options.token_batch);
}

// So few tokens are not worth a call of their own while there is nothing to do: a slow stream would
// give each back by itself.
std::uint32_t worth_a_call(std::uint32_t max_held_frags) {
  return std::clamp<std::uint32_t>(max_held_frags / 16, 1, 64);
}

// Payload of a full segment at an MTU of 1500, over IPv6 with timestamps. Each may take a niov.
constexpr std::uint64_t kLeastSegmentBytes = 1428;

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
  const bool has_batch = options.token_batch > 0 && options.token_batch <= uapi::kMaxDontneedFrags;
  if (!has_regions || !has_batch || options.max_held_frags == 0 || options.max_read_bytes == 0) {
    return fail(
        {.code = Code::kInvalidArgument,
         .operation = "open",
         .object = "a devmem receiver",
         .cause =
             "regions, frags and read size must not be 0, and 1 to 1024 tokens go back at a time",
         .fix = {}});
  }
  return std::unique_ptr<DevmemReceiver>(new DevmemReceiver(socket, options));
}

DevmemReceiver::DevmemReceiver(sys::SocketCalls& socket, const DevmemReceiverOptions& options)
    : socket_(socket),
      options_(options),
      store_(options.max_held_frags),
      tokens_(socket, options.max_held_frags, options.token_batch),
      last_place_(find_place(options.bindings.front().dma_buf_id)),
      control_(std::min(options.max_held_frags, kMaxFragsPerRead) * kDevmemCmsgBytes),
      linear_(std::make_unique_for_overwrite<std::byte[]>(options.max_read_bytes)) {
  runs_.reserve(options.max_held_frags);
  if (options.clock != nullptr) {
    low_water_.emplace(socket, *options.clock, options.max_held_frags / 2 * kLeastSegmentBytes);
  }
}

Result<Received> DevmemReceiver::receive(std::uint64_t max_bytes) {
  NB_TRY(make_room());
  wanted_ = max_bytes;
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
  wanted_ -= std::min(wanted_, bytes);
  if (low_water_) low_water_->took(bytes);
  return Received{.outcome = ReceiveOutcome::kData, .batch = std::move(batch)};
}

// Adds the frags that the messages describe and returns the bytes that they hold together. Even
// after a message that makes no sense the rest is read, so that no token is lost.
//
// This is all that runs once a frag. What it keeps count of is in locals, because every store to a
// slot could else be one to a member; members learn of it once a read.
Result<std::uint64_t> DevmemReceiver::take_frags(std::span<const std::byte> control,
                                                 std::uint64_t room) {
  const std::span<Frag> slots = store_.free_frags();
  // `receive` gave the kernel no more room, which is why slots are not counted below.
  assert(control.size() / kDevmemCmsgBytes <= slots.size());
  auto slot = slots.begin();
  const auto used = [&] { return static_cast<std::uint32_t>(slot - slots.begin()); };
  const std::uint64_t linear_end = linear_used_ + room;
  std::uint32_t linear_frags = 0;
  std::uint64_t bytes = 0;
  TokenRun run{};
  std::uint32_t next_token = kNoToken;  // Of the run.
  Place place = last_place_;
  std::size_t wrong = 0;  // Bytes from the first message on that makes no sense.

  DevmemCmsgReader reader(control);
  for (DevmemCmsg message; reader.next(message);) {
    bytes += message.length;
    if (message.is_linear) [[unlikely]] {
      if (!range_fits(linear_used_, message.length, linear_end)) {
        wrong = std::max(wrong, reader.left() + kDevmemCmsgBytes);
        continue;
      }
      end_run(run, std::exchange(next_token, kNoToken));
      *slot++ = take_linear(message.length);
      ++linear_frags;
      continue;
    }
    if (message.token > uapi::kMaxToken) [[unlikely]] {
      wrong = std::max(wrong, reader.left() + kDevmemCmsgBytes);
      continue;
    }
    // The token is taken whatever becomes of the frag, so that it goes back.
    if (message.token != next_token) [[unlikely]] {
      end_run(run, next_token);
      run = {.first_slot = store_.next_slot() + used(), .token = message.token, .count = 0};
    }
    next_token = message.token + 1;
    if (message.dma_buf_id != place.dma_buf_id) [[unlikely]]
      place = find_place(message.dma_buf_id);
    *slot++ = {.region_offset = message.region_offset,
               .length = message.length,
               .region_index = place.region_index};
    if (message.length == 0 ||
        !range_fits(message.region_offset, message.length, place.region_size)) [[unlikely]] {
      wrong = std::max(wrong, reader.left() + kDevmemCmsgBytes);
    }
  }
  end_run(run, next_token);
  store_.lend(used());
  last_place_ = place;
  counts_.frags += used() - linear_frags;
  counts_.tokens_outstanding += used() - linear_frags;
  if (wrong != 0) return fail(misspoken(control.last(wrong)));
  NB_TRY(reader.status());
  return bytes;
}

Frag DevmemReceiver::take_linear(std::uint32_t length) {
  const Frag frag{.length = length, .linear = linear_.get() + linear_used_};
  linear_used_ += length;
  counts_.linear_bytes += length;
  return frag;
}

// Writes the run down, unless there is none.
void DevmemReceiver::end_run(TokenRun run, std::uint32_t next_token) {
  if (next_token == kNoToken) return;
  run.count = next_token - run.token;
  runs_.push_back(run);
}

// Nothing lands in a binding that is not there.
DevmemReceiver::Place DevmemReceiver::find_place(std::uint32_t dma_buf_id) const {
  for (std::uint32_t i = 0; i < options_.bindings.size(); ++i) {
    const DevmemBinding& binding = options_.bindings[i];
    if (binding.dma_buf_id == dma_buf_id) return {dma_buf_id, i, binding.region_size};
  }
  return {.dma_buf_id = dma_buf_id, .region_index = 0, .region_size = 0};
}

Error DevmemReceiver::misspoken(std::span<const std::byte> control) const {
  DevmemCmsg message;
  DevmemCmsgReader(control).next(message);
  if (message.is_linear) return kernel_misspoke("more linear bytes than there was room for");
  if (message.token > uapi::kMaxToken) return kernel_misspoke("a token of more than 31 bits");
  return kernel_misspoke(fmt::format(
      "a frag of {} bytes at {} of binding {}, which lies in none of our {} regions",
      message.length, message.region_offset, message.dma_buf_id, options_.bindings.size()));
}

Result<Wake> DevmemReceiver::wait(int timeout_ms) {
  return low_water_ ? low_water_->wait(wanted_, timeout_ms) : wait_for(socket_, POLLIN, timeout_ms);
}

Status DevmemReceiver::give_back(FragRange range) {
  auto run = std::ranges::lower_bound(runs_, range.first, {}, &TokenRun::first_slot);
  for (; run != runs_.end() && run->first_slot < range.first + range.count; ++run)
    tokens_.add(run->token, run->count);
  if (store_.release(range)) {
    linear_used_ = 0;
    runs_.clear();
  }
  if (has_ended_ || tokens_.gathered() >= gather_limit(options_)) return flush();
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
