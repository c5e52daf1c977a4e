// SPDX-License-Identifier: Apache-2.0
#include "emulator/wire/line.h"

#include <algorithm>

#include "emulator/net/segment.h"
#include "emulator/wire/amount.h"

namespace nobounce::emulator::wire {

Line::Line(std::uint64_t seed, std::size_t queue_bytes, net::FrameSink& out,
           PortStatistics& statistics)
    : random_(seed),
      queue_bytes_(queue_bytes),
      queue_(queue_bytes),
      out_(out),
      statistics_(statistics) {}

void Line::set(const Impairments& impairments) {
  if (impairments.rate_bits_per_s != impairments_.rate_bits_per_s) work_.rest = 0;
  if (impairments.rate_bits_per_s == 0) work_ = {};
  impairments_ = impairments;
  is_impaired_ = impairments != Impairments{};
  cuts_segments_ = impairments.loss > 0 || impairments.reorder > 0 || impairments.duplicate > 0 ||
                   impairments.corrupt > 0;
}

void Line::send(const net::Frame& frame, std::uint64_t now_ns) {
  if (impairments_.partitioned) {
    statistics_.dropped_partitioned += amount_of(frame).frames;
  } else if (!cuts_segments_) {
    pass(frame, now_ns);
  } else if (frame.segment_bytes == 0) {
    impair(frame, now_ns);
  } else {
    net::Segmenter segments(frame, frame.segment_bytes);
    while (const net::Frame* segment = segments.next())
      impair(*segment, now_ns);
  }
}

void Line::impair(const net::Frame& frame, std::uint64_t now_ns) {
  if (happens(impairments_.loss)) {
    ++statistics_.lost;
    return;
  }
  const bool is_doubled = happens(impairments_.duplicate);
  if (is_doubled) ++statistics_.duplicated;
  for (int copy = 0; copy < (is_doubled ? 2 : 1); ++copy) {
    if (happens(impairments_.corrupt)) {
      corrupt_and_pass(frame, now_ns);
    } else {
      pass(frame, now_ns);
    }
  }
}

/// Checksums are filled in before the bit is flipped, and not relied on after: the receiver has to
/// find it.
void Line::corrupt_and_pass(const net::Frame& frame, std::uint64_t now_ns) {
  const auto bytes = corrupted_.copy(frame);
  if (bytes.empty()) return pass(frame, now_ns);  // above any size that is sent
  const std::uint64_t bit = random_.below(bytes.size() * 8);
  bytes[bit / 8] ^= std::byte{1} << bit % 8;
  ++statistics_.corrupted;
  pass(corrupted_.parse(bytes.size(), frame.tx_queue), now_ns);
}

void Line::pass(const net::Frame& frame, std::uint64_t now_ns) {
  const bool overtakes = happens(impairments_.reorder);
  const Work work = work_after(frame, now_ns);
  if (overtakes) {
    // It is through at once, but the line has its work all the same.
    work_ = work;
    if (!queue_.is_empty()) ++statistics_.reordered;
    out_.accept(frame);
    return;
  }
  std::uint64_t due_ns = std::max(now_ns, work.until_ns) + draw_delay_ns();
  if (!queue_.is_empty()) due_ns = std::max(due_ns, last_due_ns_);
  if (due_ns == now_ns && queue_.is_empty()) {
    work_ = work;
    out_.accept(frame);
  } else if (hold(frame, due_ns)) {
    work_ = work;
    last_due_ns_ = due_ns;
  }
}

bool Line::hold(const net::Frame& frame, std::uint64_t due_ns) {
  const Amount amount = amount_of(frame);
  if (!queue_.push(frame, due_ns)) {
    statistics_.dropped_queue_full += amount.frames;
    return false;
  }
  statistics_.waiting_frames += amount.frames;
  statistics_.waiting_bytes += amount.bytes;
  return true;
}

void Line::deliver_due(std::uint64_t now_ns) {
  while (!queue_.is_empty() && queue_.front_note() <= now_ns) {
    const net::Frame& frame = queue_.front();
    const Amount amount = amount_of(frame);
    statistics_.waiting_frames -= amount.frames;
    statistics_.waiting_bytes -= amount.bytes;
    out_.accept(frame);
    queue_.pop();
  }
}

bool Line::is_busy(std::uint64_t now_ns) const {
  return work_.until_ns > now_ns && work_.until_ns - now_ns > Wire::kReadyHorizonNs;
}

bool Line::is_ready(std::uint64_t now_ns) const {
  return !is_busy(now_ns) && queue_.used_bytes() <= queue_bytes_ / 2;
}

std::optional<std::uint64_t> Line::next_event_ns(std::uint64_t now_ns) const {
  std::optional<std::uint64_t> next;
  if (!queue_.is_empty()) next = queue_.front_note();
  if (is_busy(now_ns)) {
    const std::uint64_t ready_ns = work_.until_ns - Wire::kReadyHorizonNs;
    next = std::min(next.value_or(ready_ns), ready_ns);
  }
  return next;
}

Line::Work Line::work_after(const net::Frame& frame, std::uint64_t now_ns) const {
  const std::uint64_t rate = impairments_.rate_bits_per_s;
  if (rate == 0) return {};
  const Work start = work_.until_ns < now_ns ? Work{.until_ns = now_ns} : work_;
  // A frame has less than 2^30 bits, so that this stays below 2^61.
  const std::uint64_t scaled = line_bits_of(frame) * 1'000'000'000 + start.rest;
  return {.until_ns = start.until_ns + scaled / rate, .rest = scaled % rate};
}

std::uint64_t Line::draw_delay_ns() {
  if (impairments_.jitter_ns == 0) return impairments_.delay_ns;
  return impairments_.delay_ns - impairments_.jitter_ns +
         random_.below(2 * impairments_.jitter_ns + 1);
}

}  // namespace nobounce::emulator::wire
