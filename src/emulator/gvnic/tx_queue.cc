// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/tx_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/gvnic/descriptor_layout.h"
#include "emulator/gvnic/ring.h"
#include "emulator/gvnic/tx_packet.h"

namespace nobounce::emulator::gvnic {
namespace {

using vfio_user::DmaAccess;

class DqoTxQueue final : public TxQueue {
 public:
  DqoTxQueue(const TxQueueConfig& config, const Ring& descriptors, const Ring& completions,
             const vfio_user::GuestMemory& memory)
      : config_(config), descriptors_(descriptors), completions_(completions), memory_(memory) {}

  void ring_doorbell(std::uint32_t tail) override {
    if (faulted_) return;
    if (tail >= descriptors_.entries) {
      fault();
    } else {
      tail_ = tail;
    }
  }

  Outcome process(std::uint32_t segment_budget, net::FrameSink& sink) override {
    if (faulted_) return Outcome::kFaulted;
    if (head_ == tail_) return Outcome::kIdle;
    const std::byte* const ring = descriptors_.locate(memory_, DmaAccess::kRead);
    std::byte* const completions = completions_.locate(memory_, DmaAccess::kWrite);
    if (ring == nullptr || completions == nullptr) return fault();

    const std::uint32_t mask = descriptors_.mask();
    while (segment_budget != 0) {
      const std::uint32_t available = (tail_ - head_) & mask;
      if (available == 0) return Outcome::kIdle;
      if (!sink.is_ready()) return Outcome::kWireBusy;
      switch (packet_.gather(ring, mask, head_, available, memory_)) {
        case TxPacket::Gathered::kIncomplete:
          return Outcome::kIdle;
        case TxPacket::Gathered::kMalformed:
          return fault();
        case TxPacket::Gathered::kWhole:
          break;
      }
      send(sink);
      head_ = (head_ + packet_.descriptors()) & mask;
      complete(completions);
      segment_budget -= std::min(segment_budget, packet_.segments());
    }
    return head_ == tail_ ? Outcome::kIdle : Outcome::kBudgetSpent;
  }

  bool take_interrupt_request() override { return std::exchange(interrupt_requested_, false); }
  [[nodiscard]] bool faulted() const override { return faulted_; }
  [[nodiscard]] const TxQueueConfig& config() const override { return config_; }
  [[nodiscard]] const TxStatistics& statistics() const override { return statistics_; }

 private:
  void send(net::FrameSink& sink) {
    const net::Frame* const frame = packet_.frame();
    if (frame == nullptr) {
      ++statistics_.dropped;
      return;
    }
    ++statistics_.packets;
    statistics_.bytes += frame->headers.size() + frame->payload_bytes;
    statistics_.tso_frames += packet_.is_tso() ? 1 : 0;
    sink.accept(*frame);
  }

  /// The driver bounds what it has in flight so that completions never overrun its ring. One that
  /// does not loses completions of its own; nothing is written outside the ring.
  void complete(std::byte* completions) {
    if (packet_.wants_event()) {
      write(completions, {.queue_id = config_.id,
                          .type = TxCompletion::Type::kDescriptor,
                          .value = static_cast<std::uint16_t>(head_)});
    }
    write(completions, {.queue_id = config_.id,
                        .type = TxCompletion::Type::kPacket,
                        .value = packet_.completion_tag()});
    interrupt_requested_ = true;
  }

  void write(std::byte* completions, const TxCompletion& completion) {
    completion.write_to(completions + cursor_.index() * kTxCompletionBytes, cursor_.generation());
    cursor_.advance(completions_.mask());
  }

  Outcome fault() {
    faulted_ = true;
    ++statistics_.malformed;
    return Outcome::kFaulted;
  }

  TxQueueConfig config_;
  Ring descriptors_;
  Ring completions_;
  const vfio_user::GuestMemory& memory_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  CompletionCursor cursor_;
  bool interrupt_requested_ = false;
  bool faulted_ = false;
  TxStatistics statistics_;
  TxPacket packet_;
};

}  // namespace

Result<std::unique_ptr<TxQueue>> TxQueue::create(const TxQueueConfig& config,
                                                 const vfio_user::GuestMemory& memory) {
  const Ring descriptors{config.descriptor_ring_iova, config.descriptor_entries,
                         kTxDescriptorBytes};
  const Ring completions{config.completion_ring_iova, config.completion_entries,
                         kTxCompletionBytes};
  const std::string name = "TX queue " + std::to_string(config.id);
  NB_TRY(descriptors.check(memory, DmaAccess::kRead, name + " descriptor ring"));
  NB_TRY(completions.check(memory, DmaAccess::kWrite, name + " completion ring"));
  return std::make_unique<DqoTxQueue>(config, descriptors, completions, memory);
}

}  // namespace nobounce::emulator::gvnic
