// SPDX-License-Identifier: Apache-2.0
// QueueSet: the queues that a NIC's driver has created, by number, and what they and those that it
// destroyed have counted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "emulator/gvnic/doorbell_map.h"
#include "emulator/gvnic/rx_queue.h"
#include "emulator/gvnic/tx_queue.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

/// How queues come to be; a test gives its own.
struct QueueMakers {
  std::function<Result<std::unique_ptr<TxQueue>>(const TxQueueConfig&,
                                                 const vfio_user::GuestMemory&)>
      tx = &TxQueue::create;
  std::function<Result<std::unique_ptr<RxQueue>>(
      const RxQueueConfig&, std::uint32_t max_frame_bytes, const vfio_user::GuestMemory&)>
      rx = &RxQueue::create;
};

/// What all queues of one number and direction have counted, one after the other.
template <typename Counted>
struct QueueStatistics {
  std::uint32_t id = 0;
  bool is_alive = false;  ///< There is a queue of this number now.
  Counted counted;
};

class QueueSet {
 public:
  QueueSet(std::uint32_t queues, QueueMakers makers, const vfio_user::GuestMemory& memory)
      : queues_(queues), makers_(std::move(makers)), memory_(memory) {}

  /// Errors: kInvalidArgument (no such number), kBusy (created already), those of the makers.
  Status create_tx(const TxQueueConfig& config);
  Status create_rx(const RxQueueConfig& config, std::uint32_t max_frame_bytes);
  /// Error: kNotFound.
  Status destroy_tx(std::uint32_t id);
  Status destroy_rx(std::uint32_t id);
  void destroy_all();

  /// How many queues a direction may have; live ones have numbers below it.
  [[nodiscard]] std::uint32_t queues() const { return queues_; }
  /// The queue, or nullptr where there is none.
  [[nodiscard]] TxQueue* tx(std::uint32_t id) const {
    return id < queues_ ? tx_[id].get() : nullptr;
  }
  [[nodiscard]] RxQueue* rx(std::uint32_t id) const {
    return id < queues_ ? rx_[id].get() : nullptr;
  }

  /// Since the NIC was made, destroyed queues included; for `id` below `queues`.
  [[nodiscard]] QueueStatistics<TxStatistics> tx_statistics(std::uint32_t id) const;
  [[nodiscard]] QueueStatistics<RxStatistics> rx_statistics(std::uint32_t id) const;
  /// Sums of them.
  [[nodiscard]] TxStatistics tx_statistics() const;
  [[nodiscard]] RxStatistics rx_statistics() const;

 private:
  std::uint32_t queues_;
  QueueMakers makers_;
  const vfio_user::GuestMemory& memory_;
  std::array<std::unique_ptr<TxQueue>, kMaxQueues> tx_;
  std::array<std::unique_ptr<RxQueue>, kMaxQueues> rx_;
  std::array<TxStatistics, kMaxQueues> destroyed_tx_;
  std::array<RxStatistics, kMaxQueues> destroyed_rx_;
};

}  // namespace nobounce::emulator::gvnic
