// SPDX-License-Identifier: Apache-2.0
// CopyReceiver: path `copy`, receiving side: plain sockets, the kernel copies into the region.
//
// It needs a region that the CPU can reach, and reads as much at a time as there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "path/frag_store.h"
#include "path/receiver.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

/// A part of a region that a receiver has for itself.
struct CopyShare {
  std::uint64_t region_offset = 0;  ///< Of its first byte.
  std::shared_ptr<const void> claim =
      {};  ///< Held for the receiver's life, so that no other lands.
};

class CopyReceiver final : public Receiver {
 public:
  /// Lands in `region`, or the share of one, from its start; it is full when that is. Both must
  /// outlive the receiver. Error: kInvalidArgument for an empty region.
  static Result<std::unique_ptr<CopyReceiver>> open(sys::SocketCalls& socket,
                                                    std::span<std::byte> region,
                                                    CopyShare share = {});

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  Status give_back(FragRange range) override;

 private:
  CopyReceiver(sys::SocketCalls& socket, std::span<std::byte> region, CopyShare share);

  sys::SocketCalls& socket_;
  std::span<std::byte> region_;
  CopyShare share_;
  FragStore store_;
  std::uint64_t used_ = 0;
  ReceiveCounts counts_;
};

}  // namespace nobounce::path
