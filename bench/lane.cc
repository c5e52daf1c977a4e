// SPDX-License-Identifier: Apache-2.0
#include "lane.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/bytes.h"
#include "counted_allocations.h"
#include "emulator/net/copy_sum.h"
#include "sys/memfd.h"
#include "unit/emulator/gvnic/raw_descriptors.h"

namespace nobounce::bench {
namespace {

namespace gvnic = emulator::gvnic;
namespace net = emulator::net;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHeaderSlot = 256;
constexpr std::uint32_t kMru = 9018;

template <typename T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", to_string(result.error()).c_str());
  std::exit(1);
}

net::PacketOptions options_of(const Workload& workload) {
  return {.udp = workload.udp, .tcp_options_bytes = workload.payload_bytes < 64 ? 0u : 12u};
}

/// What this thread has used: other programs of a shared machine then disturb less. A call costs
/// some hundred nanoseconds, hence turns of many frames.
Seconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return Seconds(static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9);
}

}  // namespace

Guest::Guest(std::size_t bytes) {
  sys::Fd fd = value_or_exit(sys::create_memfd("guest", bytes));
  const Status mapped = memory_.map(
      {.iova = kBase, .size = bytes, .readable = true, .writeable = true}, std::move(fd), 0);
  if (!mapped) std::exit(1);
  start_ = memory_.translate(kBase, bytes, emulator::vfio_user::DmaAccess::kWrite);
  if (!sys::populate({start_, bytes})) std::exit(1);
}

std::uint64_t Guest::allocate(std::size_t bytes) {
  const std::uint64_t iova = next_;
  next_ += (bytes + kPage - 1) / kPage * kPage;
  return iova;
}

Lane::Lane(const Workload& workload)
    : workload_(workload),
      sender_(std::size_t{16} << 20),
      receiver_(std::size_t{16} << 20),
      header_bytes_(net::header_bytes_of(options_of(workload))) {
  tx_config_ = {.id = 0,
                .descriptor_ring_iova = sender_.allocate(std::size_t{16} * kRingEntries),
                .completion_ring_iova = sender_.allocate(std::size_t{8} * kRingEntries),
                .descriptor_entries = kRingEntries,
                .completion_entries = kRingEntries};
  tx_headers_ = sender_.allocate(kHeaderSlot * kRingEntries);
  tx_payload_ = sender_.allocate(kPage * kRingEntries);
  const net::Bytes packet = net::build_packet(options_of(workload), {});
  for (std::size_t i = 0; i < kRingEntries; ++i)
    std::memcpy(sender_.at(tx_headers_ + kHeaderSlot * i), packet.data(), packet.size());
  for (std::size_t i = 0; i < kPage * kRingEntries; ++i)
    *sender_.at(tx_payload_ + i) = static_cast<std::byte>(i * 2654435761u >> 13);

  rx_config_ = {.id = 0,
                .completion_ring_iova = receiver_.allocate(std::size_t{32} * kRingEntries),
                .buffer_ring_iova = receiver_.allocate(std::size_t{32} * kRingEntries),
                .completion_entries = kRingEntries,
                .buffer_entries = kRingEntries,
                .packet_buffer_bytes = kBufferBytes,
                .header_buffer_bytes =
                    static_cast<std::uint16_t>(workload.header_split ? kHeaderBufferBytes : 0),
                .rsc = workload.rsc};
  rx_headers_ = receiver_.allocate(std::size_t{kHeaderBufferBytes} * kRingEntries);
  rx_buffers_ = receiver_.allocate(std::size_t{kBufferBytes} * kRingEntries);
  tx_ = value_or_exit(gvnic::TxQueue::create(tx_config_, sender_.memory()));
  rx_ = value_or_exit(gvnic::RxQueue::create(rx_config_, kMru, receiver_.memory()));
  for (std::uint16_t id = 0; id + 1u < kRingEntries; ++id)
    post_buffer(id);
  rx_->ring_doorbell(rx_tail_);

  gvnic::RssConfig rss{.hash_types = 0x1ff, .key = {}, .table = {}};
  for (std::size_t i = 0; i < rss.key.size(); ++i)
    rss.key[i] = static_cast<std::byte>(17 * i + 3);
  steering_.set_rss(rss);
}

void Lane::put(const void* descriptor) {
  std::memcpy(sender_.at(tx_config_.descriptor_ring_iova + std::uint64_t{16} * tx_tail_),
              descriptor, 16);
  tx_tail_ = (tx_tail_ + 1) % kRingEntries;
}

/// As gve posts: contexts, then the headers in a piece of their own, then pages.
void Lane::post_frame() {
  const std::uint64_t header = tx_headers_ + kHeaderSlot * (tx_frames_ % kRingEntries);
  std::byte* const bytes = sender_.at(header);
  const auto payload = workload_.payload_bytes;
  if (!workload_.udp) store_be(bytes + 38, static_cast<std::uint32_t>(tx_frames_ * payload));
  store_be(bytes + 18, static_cast<std::uint16_t>(tx_frames_));
  const auto frame_bytes = static_cast<std::uint16_t>(header_bytes_ + payload);
  store_be(bytes + 16, static_cast<std::uint16_t>(frame_bytes - 14));
  if (workload_.udp) store_be(bytes + 38, static_cast<std::uint16_t>(frame_bytes - 34));
  if (workload_.mss != 0) {
    put(gvnic::tso_context(payload, workload_.mss, static_cast<std::uint8_t>(header_bytes_))
            .data());
  }
  put(gvnic::general_context().data());
  put(gvnic::packet_descriptor(header, static_cast<std::uint32_t>(header_bytes_),
                               {.end = false, .checksum = true})
          .data());
  for (std::uint32_t done = 0; done < payload; done += kPage) {
    const std::uint32_t piece = std::min<std::uint32_t>(kPage, payload - done);
    const bool is_last = done + piece == payload;
    put(gvnic::packet_descriptor(tx_payload_ + kPage * (tx_pages_++ % kRingEntries), piece,
                                 {.end = is_last, .checksum = true, .event = false})
            .data());
  }
  ++tx_frames_;
}

void Lane::post_buffer(std::uint16_t id) {
  std::byte* const to = receiver_.at(rx_config_.buffer_ring_iova + std::uint64_t{32} * rx_tail_);
  store_le(to, id);
  store_le(to + 8, rx_buffers_ + std::uint64_t{kBufferBytes} * id);
  store_le(to + 16, rx_headers_ + std::uint64_t{kHeaderBufferBytes} * id);
  rx_tail_ = (rx_tail_ + 1) % kRingEntries;
}

void Lane::reap_and_repost() {
  while (true) {
    const std::byte* const completion =
        receiver_.at(rx_config_.completion_ring_iova + std::uint64_t{32} * rx_completion_);
    if ((load_le<std::uint16_t>(completion + 4) >> 14 & 1u) == rx_generation_) break;
    post_buffer(load_le<std::uint16_t>(completion + 12));
    rx_completion_ = (rx_completion_ + 1) % kRingEntries;
    if (rx_completion_ == 0) rx_generation_ ^= 1;
  }
}

void Lane::accept(const net::Frame& frame) {
  switch (parts_) {
    case Parts::kQueues:
      rx_->deliver(frame, {});
      break;
    case Parts::kWholePath:
      rx_->deliver(frame, {.rss_hash = steering_.steer(frame).rss_hash,
                           .time_ns = arrival_clock_.frame_ns()});
      break;
    default:
      break;
  }
}

void Lane::take_turn(Parts parts) {
  parts_ = parts;
  tx_->ring_doorbell(tx_tail_);
  rx_->ring_doorbell(rx_tail_);
  tx_->process(kRingEntries, *this);
  rx_->drain_backlog();
  rx_->end_turn();
  arrival_clock_.end_burst();
}

template <typename F>
void Lane::for_each_copy(std::size_t frames, F copy) {
  for (std::size_t i = 0; i < frames; ++i) {
    std::size_t buffer = copied_buffers_ % kRingEntries;
    std::byte* body = receiver_.at(rx_buffers_ + kBufferBytes * buffer);
    std::byte* const header =
        workload_.header_split ? receiver_.at(rx_headers_ + kHeaderBufferBytes * buffer) : body;
    copy({header, sender_.at(tx_headers_ + kHeaderSlot * (copied_frames_++ % kRingEntries)),
          header_bytes_});
    std::size_t room = kBufferBytes;
    if (!workload_.header_split) {
      body += header_bytes_;
      room -= header_bytes_;
    }
    for (std::uint32_t done = 0; done < workload_.payload_bytes; done += kPage) {
      std::size_t left = std::min<std::size_t>(kPage, workload_.payload_bytes - done);
      const std::byte* from = sender_.at(tx_payload_ + kPage * (copied_pages_++ % kRingEntries));
      while (left != 0) {
        if (room == 0) {
          body = receiver_.at(rx_buffers_ + kBufferBytes * (++copied_buffers_ % kRingEntries));
          room = kBufferBytes;
        }
        const std::size_t taken = std::min(left, room);
        copy({body, from, taken});
        body += taken;
        from += taken;
        room -= taken;
        left -= taken;
      }
    }
    ++copied_buffers_;
  }
}

Seconds Lane::run_memcpy(std::size_t frames) {
  const auto start = cpu_time();
  for_each_copy(frames, [](Copy it) { std::memcpy(it.to, it.from, it.bytes); });
  return cpu_time() - start;
}

Lane::Spent Lane::run(std::size_t frames, Parts parts) {
  Spent spent;
  if (parts == Parts::kSumOnly) {
    const auto start = cpu_time();
    std::uint64_t sum = 0;
    for_each_copy(frames, [&](Copy it) { sum += net::copy_and_sum(it.to, {it.from, it.bytes}); });
    spent.model = cpu_time() - start;
    asm volatile("" : : "r"(sum));
    return spent;
  }
  for (std::size_t sent = 0; sent < frames; sent += workload_.frames_a_turn) {
    const auto start = cpu_time();
    reap_and_repost();
    for (std::uint32_t i = 0; i < workload_.frames_a_turn; ++i)
      post_frame();
    const std::uint64_t allocations = counted_allocations();
    const auto ready = cpu_time();
    take_turn(parts);
    const auto done = cpu_time();
    allocations_ += counted_allocations() - allocations;
    spent.drivers += ready - start;
    spent.model += done - ready;
  }
  return spent;
}

}  // namespace nobounce::bench
