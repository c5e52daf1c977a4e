// SPDX-License-Identifier: Apache-2.0
#include "path/mmap_rx.h"

#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "path/socket_error.h"

namespace nobounce::path {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
// What fits here is copied in the call that maps. Not a page: where no more than this waits, the
// kernel copies it although it could be mapped.
constexpr std::uint64_t kMaxStragglerBytes = kPageBytes - 1;
// In a stream of which nothing can be mapped, mapping is tried this often in a row, and then once
// in so many bytes.
constexpr std::uint32_t kMaxUnmappedInARow = 8;
constexpr std::uint64_t kCopyAfterUnmapped = std::uint64_t{4} << 20;
// The length of the call has 32 bits.
constexpr std::uint64_t kMaxMapBytes = std::uint64_t{1} << 30;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return bytes / kPageBytes * kPageBytes;
}

Error kernel_misspoke(std::string cause) {
  return {.code = Code::kProtocol,
          .operation = "receive",
          .object = "TCP_ZEROCOPY_RECEIVE",
          .cause = std::move(cause),
          .fix = {}};
}

int ask(sys::SocketCalls& socket, tcp_zerocopy_receive& call) {
  int result;
  do {
    result = socket.getsockopt(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
                               std::as_writable_bytes(std::span(&call, 1)));
  } while (result == -EINTR);
  return result;
}

// What the peer's segments will hold is what we advertised (the kernel has taken timestamps off),
// unless its own MTU is smaller: that is then what limits ours as well.
std::string note_on_segments(sys::SocketCalls& socket) {
  tcp_info info{};
  if (socket.getsockopt(IPPROTO_TCP, TCP_INFO, std::as_writable_bytes(std::span(&info, 1))) != 0) {
    return {};
  }
  const std::uint32_t segment = std::min(info.tcpi_advmss, info.tcpi_snd_mss);
  if (info.tcpi_advmss == 0 || segment == kMappedSegmentBytes) return {};
  return fmt::format(
      "full segments hold {} bytes of payload, and only those of {} can be mapped ({})", segment,
      kMappedSegmentBytes,
      segment > kMappedSegmentBytes ? "limit them on the listening socket: TCP_MAXSEG"
                                    : "fix: an MTU of 4148 for IPv4, 4168 for IPv6");
}

}  // namespace

Result<std::unique_ptr<MmapReceiver>> MmapReceiver::open(sys::SocketCalls& socket,
                                                         const MmapReceiverOptions& options) {
  if (options.window_bytes < kPageBytes || options.window_bytes % kPageBytes != 0 ||
      options.copy_bytes < kPageBytes || options.max_held_frags < 2) {
    return fail(
        {.code = Code::kInvalidArgument,
         .operation = "open",
         .object = "a mapping receiver",
         .cause = "the window has whole pages, the copies a page, the frags are two or more",
         .fix = {}});
  }
  NB_ASSIGN(sys::Mapping window, socket.map_payload(options.window_bytes));
  auto receiver =
      std::unique_ptr<MmapReceiver>(new MmapReceiver(socket, options, std::move(window)));
  receiver->note_ = note_on_segments(socket);
  return receiver;
}

MmapReceiver::MmapReceiver(sys::SocketCalls& socket, const MmapReceiverOptions& options,
                           sys::Mapping window)
    : socket_(socket),
      options_(options),
      window_(std::move(window)),
      store_(options.max_held_frags),
      linear_(std::make_unique_for_overwrite<std::byte[]>(options.copy_bytes)) {
  counts_.kernel_copied_bytes = 0;
}

Result<Received> MmapReceiver::receive(std::uint64_t max_bytes) {
  if (!give_back_status_) return fail(give_back_status_.error());
  // With little room for copies reads would become small: what holds them must go back first.
  const std::uint64_t window_left = window_.bytes().size() - window_used_;
  if (store_.free_slots() < 2 || window_left == 0 ||
      options_.copy_bytes - linear_used_ <= options_.copy_bytes / 4) {
    return Received{.outcome = ReceiveOutcome::kFull, .batch = {}};
  }
  if (std::exchange(is_drained_, false)) return Received{};

  const std::uint64_t mappable = whole_pages(std::min({max_bytes, window_left, kMaxMapBytes}));
  if (copy_first_ > 0 || mappable == 0) return copy(max_bytes);
  return map(max_bytes, mappable);
}

Result<Received> MmapReceiver::map(std::uint64_t max_bytes, std::uint64_t mappable) {
  const std::uint64_t straggler_room =
      std::min({kMaxStragglerBytes, max_bytes - mappable, options_.copy_bytes - linear_used_});
  tcp_zerocopy_receive call{};
  call.address = reinterpret_cast<std::uintptr_t>(window_.bytes().data() + window_used_);
  call.length = static_cast<std::uint32_t>(mappable);
  call.copybuf_address = reinterpret_cast<std::uintptr_t>(linear_.get() + linear_used_);
  call.copybuf_len = static_cast<std::int32_t>(straggler_room);
  // What is mapped anew was released before, so the kernel need not look for leftovers.
  call.flags = TCP_RECEIVE_ZEROCOPY_FLAG_TLB_CLEAN_HINT;
  const int result = ask(socket_, call);
  // The end of the stream is EIO here; recvmsg tells it from trouble.
  if (result == -EIO) return copy(max_bytes);
  if (result < 0) return fail(receive_error(-result, Path::kMmap));
  // The socket's error is told once, and may come with data or before it.
  if (call.err != 0) stored_error_ = std::abs(call.err);
  if (call.length > mappable || call.length % kPageBytes != 0 ||
      call.copybuf_len > static_cast<std::int32_t>(straggler_room)) {
    return fail(
        kernel_misspoke(fmt::format("{} bytes were mapped and {} copied, asked were {} and {}",
                                    call.length, call.copybuf_len, mappable, straggler_room)));
  }

  const FragRange before{.first = store_.next_slot(), .count = 0};
  if (call.length > 0) {
    store_.push({.length = call.length, .linear = window_.bytes().data() + window_used_});
    window_used_ += call.length;
    counts_.mapped_bytes += call.length;
  }
  if (call.copybuf_len > 0) push_linear(static_cast<std::uint64_t>(call.copybuf_len));
  plan_copy(call.length, call.recv_skip_hint);
  if (store_.next_slot() > before.first) {
    is_drained_ = call.inq == 0 && stored_error_ == 0;
    found_nothing_ = false;
    return data(before);
  }
  if (call.copybuf_len < 0) return fail(receive_error(-call.copybuf_len, Path::kMmap));
  // A connection that is no more says nothing here, and poll would say "ready" for ever.
  if (copy_first_ > 0 || std::exchange(found_nothing_, true)) return copy(max_bytes);
  return nothing(ReceiveOutcome::kWouldBlock);
}

// Bytes that can't be mapped come next, `unmappable` of them.
void MmapReceiver::plan_copy(std::uint64_t mapped, std::uint64_t unmappable) {
  copy_first_ = unmappable;
  if (mapped > 0) unmapped_in_a_row_ = 0;
  if (mapped > 0 || unmappable == 0) return;
  if (++unmapped_in_a_row_ < kMaxUnmappedInARow) return;
  copy_first_ = std::max(unmappable, kCopyAfterUnmapped);
}

Result<Received> MmapReceiver::copy(std::uint64_t max_bytes) {
  std::uint64_t room = std::min(max_bytes, options_.copy_bytes - linear_used_);
  if (copy_first_ > 0) room = std::min(room, copy_first_);
  iovec buffer{.iov_base = linear_.get() + linear_used_, .iov_len = room};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  ssize_t got;
  do {
    got = socket_.recvmsg(message, 0);
  } while (got == -EINTR);
  found_nothing_ = false;
  if (got == -EAGAIN) return nothing(ReceiveOutcome::kWouldBlock);
  if (got < 0) return fail(receive_error(static_cast<int>(-got), Path::kMmap));
  if (got == 0) return nothing(ReceiveOutcome::kEndOfStream);

  const auto bytes = std::min(static_cast<std::uint64_t>(got), room);
  copy_first_ -= std::min(copy_first_, bytes);
  const FragRange before{.first = store_.next_slot(), .count = 0};
  push_linear(bytes);
  return data(before);
}

Result<Received> MmapReceiver::nothing(ReceiveOutcome outcome) const {
  if (stored_error_ != 0) return fail(receive_error(stored_error_, Path::kMmap));
  return Received{.outcome = outcome, .batch = {}};
}

void MmapReceiver::push_linear(std::uint64_t length) {
  store_.push({.length = length, .linear = linear_.get() + linear_used_});
  linear_used_ += length;
  counts_.linear_bytes += length;
  counts_.kernel_copied_bytes = counts_.linear_bytes;
}

Received MmapReceiver::data(FragRange before) {
  const FragRange range{before.first, store_.next_slot() - before.first};
  std::uint64_t bytes = 0;
  for (const Frag& frag : store_.frags(range))
    bytes += frag.length;
  counts_.bytes += bytes;
  return {.outcome = ReceiveOutcome::kData,
          .batch = FragBatch(*this, range, store_.frags(range), bytes)};
}

Result<Wake> MmapReceiver::wait(int timeout_ms) {
  return wait_for(socket_, POLLIN, timeout_ms);
}

// Pages go back many at a time, once nothing is on loan: the window's use goes on from where it
// stands until a quarter of it can be released by one call.
Status MmapReceiver::give_back(FragRange range) {
  if (!store_.release(range)) return {};
  linear_used_ = 0;
  if (window_used_ < window_.bytes().size() / 4 || window_used_ == 0) return {};
  const int result = socket_.release_payload(window_.bytes().first(window_used_));
  window_used_ = 0;
  if (result >= 0) return {};
  const Status status = fail(error_from_errno(-result, "release", "mapped payload"));
  if (give_back_status_) give_back_status_ = status;
  return status;
}

}  // namespace nobounce::path
