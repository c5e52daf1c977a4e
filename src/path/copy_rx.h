// SPDX-License-Identifier: Apache-2.0
// CopyReceiver: path `copy`, receiving side: plain sockets, the kernel copies into the region.
//
// It reads as much at a time as there is, and as a cache holds. Into a region that the CPU can't
// reach the bytes go by way of a buffer (staged_bytes): one copy more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "path/frag_store.h"
#include "path/receiver.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

/// A part of a region that one receiver has for itself, where several land at a time.
/// What the kernel copies at a time stays in the cache of a core while more comes: a consumer that
/// holds little has it landed in the same place again. Larger reads cost more than their calls
/// save.
inline constexpr std::uint64_t kCachedReadBytes = std::uint64_t{256} << 10;

struct CopyShare {
  memory::Extent extent{};  ///< Length 0: the whole region.
  std::uint64_t max_read_bytes = kCachedReadBytes;
  std::shared_ptr<const void> claim =
      {};  ///< Held for the receiver's life; nothing is done with it.
};

class CopyReceiver final : public Receiver {
 public:
  /// Lands in its share of `region`, from the start of that, where it begins anew once everything
  /// has come back: a consumer that holds little is served from the cache. Full when the share is.
  /// Both must outlive the receiver. Errors: kInvalidArgument for an empty region or a share
  /// outside of it, those of its view.
  static Result<std::unique_ptr<CopyReceiver>> open(sys::SocketCalls& socket,
                                                    memory::Region& region, CopyShare share = {});

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  Status give_back(FragRange range) override;

 private:
  CopyReceiver(sys::SocketCalls& socket, memory::Region& region, std::span<std::byte> view,
               CopyShare share);
  /// Where the next bytes go, `room` at the most.
  [[nodiscard]] std::span<std::byte> destination(std::uint64_t room);

  sys::SocketCalls& socket_;
  memory::Region& region_;
  std::span<std::byte> view_;             // Of the region; empty where the CPU can't reach it.
  std::unique_ptr<std::byte[]> staging_;  // In that case.
  FragStore store_;
  CopyShare share_;
  std::uint64_t used_ = 0;   // Of the share.
  bool is_drained_ = false;  // The last read took all there was: the next would block.
  ReceiveCounts counts_;
};

}  // namespace nobounce::path
