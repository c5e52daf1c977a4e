// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/queue_set.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace nobounce::emulator::gvnic {
namespace {

// Both name all counters, so that one that is new and not summed does not compile.
void add(TxStatistics& sum, const TxStatistics& more) {
  const auto& [packets, bytes, tso_frames, malformed, dropped] = more;
  sum.packets += packets;
  sum.bytes += bytes;
  sum.tso_frames += tso_frames;
  sum.malformed += malformed;
  sum.dropped += dropped;
}

void add(RxStatistics& sum, const RxStatistics& more) {
  const auto& [packets, bytes, rsc_packets, rsc_segments, header_split_packets, waiting,
               dropped_no_buffers, dropped_queue_ended, dropped_invalid_checksum, dropped_over_mru,
               malformed] = more;
  sum.packets += packets;
  sum.bytes += bytes;
  sum.rsc_packets += rsc_packets;
  sum.rsc_segments += rsc_segments;
  sum.header_split_packets += header_split_packets;
  sum.waiting += waiting;
  sum.dropped_no_buffers += dropped_no_buffers;
  sum.dropped_queue_ended += dropped_queue_ended;
  sum.dropped_invalid_checksum += dropped_invalid_checksum;
  sum.dropped_over_mru += dropped_over_mru;
  sum.malformed += malformed;
}

tl::unexpected<Error> refuse(Code code, std::string_view operation, std::string_view direction,
                             std::uint32_t id, std::string cause) {
  return fail({.code = code,
               .operation = std::string(operation),
               .object = fmt::format("{} queue {}", direction, id),
               .cause = std::move(cause),
               .fix = {}});
}

}  // namespace

Status QueueSet::create_tx(const TxQueueConfig& config) {
  if (config.id >= queues_) {
    return refuse(Code::kInvalidArgument, "create", "TX", config.id,
                  fmt::format("there are {} queues", queues_));
  }
  if (tx_[config.id]) {
    return refuse(Code::kBusy, "create", "TX", config.id, "it was created already");
  }
  NB_ASSIGN(tx_[config.id], makers_.tx(config, memory_));
  return {};
}

Status QueueSet::create_rx(const RxQueueConfig& config, std::uint32_t max_frame_bytes) {
  if (config.id >= queues_) {
    return refuse(Code::kInvalidArgument, "create", "RX", config.id,
                  fmt::format("there are {} queues", queues_));
  }
  if (rx_[config.id]) {
    return refuse(Code::kBusy, "create", "RX", config.id, "it was created already");
  }
  NB_ASSIGN(rx_[config.id], makers_.rx(config, max_frame_bytes, memory_));
  return {};
}

Status QueueSet::destroy_tx(std::uint32_t id) {
  if (tx(id) == nullptr) {
    return refuse(Code::kNotFound, "destroy", "TX", id, "it was not created");
  }
  add(destroyed_tx_[id], tx_[id]->statistics());
  tx_[id].reset();
  return {};
}

Status QueueSet::destroy_rx(std::uint32_t id) {
  if (rx(id) == nullptr) {
    return refuse(Code::kNotFound, "destroy", "RX", id, "it was not created");
  }
  RxStatistics last = rx_[id]->statistics();
  last.dropped_queue_ended += std::exchange(last.waiting, 0);
  add(destroyed_rx_[id], last);
  rx_[id].reset();
  return {};
}

void QueueSet::destroy_all() {
  for (std::uint32_t id = 0; id < queues_; ++id) {
    if (tx_[id]) (void)destroy_tx(id);
    if (rx_[id]) (void)destroy_rx(id);
  }
}

QueueStatistics<TxStatistics> QueueSet::tx_statistics(std::uint32_t id) const {
  const TxQueue* const queue = tx_[id].get();
  QueueStatistics<TxStatistics> all{id, queue != nullptr, destroyed_tx_[id]};
  if (queue != nullptr) add(all.counted, queue->statistics());
  return all;
}

QueueStatistics<RxStatistics> QueueSet::rx_statistics(std::uint32_t id) const {
  const RxQueue* const queue = rx_[id].get();
  QueueStatistics<RxStatistics> all{id, queue != nullptr, destroyed_rx_[id]};
  if (queue != nullptr) add(all.counted, queue->statistics());
  return all;
}

TxStatistics QueueSet::tx_statistics() const {
  TxStatistics sum;
  for (std::uint32_t id = 0; id < queues_; ++id)
    add(sum, tx_statistics(id).counted);
  return sum;
}

RxStatistics QueueSet::rx_statistics() const {
  RxStatistics sum;
  for (std::uint32_t id = 0; id < queues_; ++id)
    add(sum, rx_statistics(id).counted);
  return sum;
}

}  // namespace nobounce::emulator::gvnic
