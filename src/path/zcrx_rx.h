// SPDX-License-Identifier: Apache-2.0
// ZcrxReceiver: path `zcrx`, receiving side: one connection of a ZcrxQueue.
//
// Frags lie in the queue's area. Give-backs go into the refill ring, a batch at a time, by plain
// stores. Connections of one queue share its niovs: who holds its frags for long starves the
// others.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "path/frag_store.h"
#include "path/receiver.h"
#include "path/zcrx_queue.h"

namespace nobounce::path {

struct ZcrxReceiverOptions {
  int socket_fd = -1;                    ///< Connected, TCP, without blocking; not owned.
  std::uint32_t max_held_frags = 65536;  ///< Frags on loan at a time.
};

/// Its `wait` also ends when something came for another connection of the ring, so one thread can
/// serve many: receive from each until it would block, then wait on any one.
class ZcrxReceiver final : public Receiver {
 public:
  /// Asks the kernel for data at once. `queue` must outlive the receiver; the socket need not.
  /// Errors: kInvalidArgument (an option that can't be), kExhausted (max_connections).
  static Result<std::unique_ptr<ZcrxReceiver>> open(ZcrxQueue& queue,
                                                    const ZcrxReceiverOptions& options);
  /// Stops asking, and drops what came and was not received.
  ~ZcrxReceiver() override;
  ZcrxReceiver(const ZcrxReceiver&) = delete;
  ZcrxReceiver& operator=(const ZcrxReceiver&) = delete;

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  /// kernel_copied_bytes are those of the queue, whichever connection they were for.
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  [[nodiscard]] const Distribution* refill_depth() const override;
  Status give_back(FragRange range) override;

 private:
  ZcrxReceiver(ZcrxQueue& queue, std::uint32_t connection, std::uint32_t max_held_frags);
  /// Both add to the store, and return the bytes of what they added.
  std::uint64_t take_pending(std::uint64_t max_bytes);
  Result<std::uint64_t> take_from_ring(std::uint64_t max_bytes);
  void return_one_by_one(FragRange range);
  Result<Received> outcome_without_data();
  void update_counts();
  [[nodiscard]] Error outside_of_dma_buf() const;
  [[nodiscard]] Error area_too_small() const;

  ZcrxQueue& queue_;
  std::uint32_t connection_;
  FragStore store_;
  std::vector<std::uint32_t> references_;  // One a slot of the store: kNone, but for parts.
  std::uint32_t parts_on_loan_ = 0;        // Of completions that a `max_bytes` cut.
  ReceiveCounts counts_;
  Status give_back_status_;  // The first give-back that failed.
};

}  // namespace nobounce::path
