// SPDX-License-Identifier: Apache-2.0
// DevmemReceiver: path `devmem`, receiving side.
//
// The NIC writes payload into the region; recvmsg(MSG_SOCK_DEVMEM) only says where, one control
// message a frag. Follows Documentation/networking/devmem.rst and net/ipv4/tcp.c of Linux 7.3.
// Making the bindings and steering the flow are the business of room nic; from how many queues or
// bindings frags come makes no difference here.
//
// Tokens of batches that came back are gathered, so that one call returns up to 1024. Away from the
// pool, on loan or gathered, are never more than max_held_frags niovs; gathered at most a quarter
// of that, and at most 1024. What is gathered goes back at once when half of max_held_frags is
// away, when nothing has come (unless it is hardly worth a call), and at the end of the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "path/devmem_cmsg.h"
#include "path/frag_store.h"
#include "path/low_water.h"
#include "path/receiver.h"
#include "path/token_return.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce::path {

/// A dma-buf that is bound to receive queues.
struct DevmemBinding {
  std::uint32_t dma_buf_id = 0;   ///< Of the binding.
  std::uint64_t region_size = 0;  ///< Bytes of the bound dma-buf.
};

struct DevmemReceiverOptions {
  /// Where frags may land; Frag::region_index is the place in this list. Few: they are searched.
  std::vector<DevmemBinding> bindings{};
  std::uint32_t max_held_frags = 0;  ///< See above; the pools must have more niovs.
  /// Bytes of one read, and of the host buffer where bytes land that are not in a region. Pages of
  /// the buffer that nothing lands on are never touched.
  std::uint64_t max_read_bytes = std::uint64_t{64} << 20;
  std::uint32_t token_batch =
      sys::uapi::kMaxDontneedFrags;  ///< Given back by one call, at the most.
  /// Where there is one, a wait for a fast stream waits for more than its next segment: see
  /// LowWater. Must outlive the receiver.
  const Clock* clock = nullptr;
};

class DevmemReceiver final : public Receiver {
 public:
  /// `socket` must outlive the receiver. Error: kInvalidArgument for an option that is 0 or empty.
  static Result<std::unique_ptr<DevmemReceiver>> open(sys::SocketCalls& socket,
                                                      const DevmemReceiverOptions& options);
  ~DevmemReceiver() override { static_cast<void>(tokens_.flush()); }

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  Status flush() override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  [[nodiscard]] const TokenReturnCounts* token_returns() const override {
    return &tokens_.counts();
  }
  Status give_back(FragRange range) override;

 private:
  /// Consecutive tokens of consecutive slots, within one batch.
  struct TokenRun {
    std::uint32_t first_slot;
    std::uint32_t token;
    std::uint32_t count;
  };

  /// Of the bindings the one that a frag names.
  struct Place {
    std::uint32_t dma_buf_id;
    std::uint32_t region_index;
    std::uint64_t region_size;
  };

  DevmemReceiver(sys::SocketCalls& socket, const DevmemReceiverOptions& options);
  [[nodiscard]] std::uint32_t away() const { return store_.on_loan() + tokens_.gathered(); }
  Status make_room();
  Result<Received> nothing(ReceiveOutcome outcome);
  Result<Received> take(std::uint64_t bytes, std::uint64_t room, const msghdr& message);
  Result<std::uint64_t> take_frags(std::span<const std::byte> control, std::uint64_t room);
  Frag take_linear(std::uint32_t length);
  void end_run(TokenRun run, std::uint32_t next_token);
  [[nodiscard]] Place find_place(std::uint32_t dma_buf_id) const;
  [[nodiscard]] Error misspoken(std::span<const std::byte> control) const;

  sys::SocketCalls& socket_;
  DevmemReceiverOptions options_;
  FragStore store_;
  std::vector<TokenRun> runs_;  // Of the slots in use, in their order.
  TokenReturn tokens_;
  Place last_place_;  // Neighbours mostly come from the same binding.
  std::vector<std::byte> control_;
  std::unique_ptr<std::byte[]> linear_;  // max_read_bytes; filled up to linear_used_.
  std::uint64_t linear_used_ = 0;
  bool is_drained_ = false;  // The last read took all there was: the next would block.
  bool has_ended_ = false;
  std::optional<LowWater> low_water_;
  std::uint64_t wanted_ = 0;  // Bytes of what `receive` was last asked for that have not come.
  ReceiveCounts counts_;
  Status give_back_status_;  // The first give-back that failed.
};

}  // namespace nobounce::path
