// SPDX-License-Identifier: Apache-2.0
// MmapReceiver: path `mmap`: TCP_ZEROCOPY_RECEIVE maps the pages that payload came in, so that it
// is seen in place; what can't be mapped is copied. Follows net/ipv4/tcp.c of Linux 7.3.
//
// The kernel maps whole pages only: a frag of exactly 4096 bytes at the start of a page that is
// nobody else's. That takes a NIC which splits headers into buffers of 4096 bytes, and segments of
// exactly 4096 bytes of payload: an MTU of 4148 (IPv4) or 4168 (IPv6), or more and a listener that
// limits segments (kMappedSegmentBytes). It fills no region: frags are host bytes, in the mapping
// (mapped_bytes) or in a buffer of the receiver's (linear_bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "path/frag_store.h"
#include "path/receiver.h"
#include "sys/mapping.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

/// What segments must hold to be mapped: TcpOptions::segment_payload_bytes of the listener.
inline constexpr std::uint32_t kMappedSegmentBytes = 4096;

struct MmapReceiverOptions {
  std::uint64_t window_bytes = std::uint64_t{64} << 20;  ///< Mapped at a time; whole pages.
  /// Room for what is copied. Pages of it that nothing lands on are never touched.
  std::uint64_t copy_bytes = std::uint64_t{16} << 20;
  std::uint32_t max_held_frags = 16384;  ///< A receive takes two.
};

class MmapReceiver final : public Receiver {
 public:
  /// `socket` must outlive the receiver. Errors: kUnsupported where the socket can't be mapped or
  /// the kernel has no TCP_ZEROCOPY_RECEIVE, kInvalidArgument for options that leave no room.
  static Result<std::unique_ptr<MmapReceiver>> open(sys::SocketCalls& socket,
                                                    const MmapReceiverOptions& options = {});

  Result<Received> receive(std::uint64_t max_bytes) override;
  Result<Wake> wait(int timeout_ms) override;
  [[nodiscard]] const ReceiveCounts& counts() const override { return counts_; }
  Status give_back(FragRange range) override;

  /// Why little or nothing will be mapped, as far as that shows from the connection's segments;
  /// empty where nothing speaks against it.
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  MmapReceiver(sys::SocketCalls& socket, const MmapReceiverOptions& options, sys::Mapping window);
  Result<Received> map(std::uint64_t max_bytes, std::uint64_t mappable);
  Result<Received> copy(std::uint64_t max_bytes);
  Received data(FragRange before);
  [[nodiscard]] Result<Received> nothing(ReceiveOutcome outcome) const;
  void push_linear(std::uint64_t length);
  void plan_copy(std::uint64_t mapped, std::uint64_t unmappable);

  sys::SocketCalls& socket_;
  MmapReceiverOptions options_;
  sys::Mapping window_;
  std::string note_;
  FragStore store_;
  std::unique_ptr<std::byte[]> linear_;  // copy_bytes; filled up to linear_used_.
  std::uint64_t window_used_ = 0;
  std::uint64_t linear_used_ = 0;
  std::uint64_t copy_first_ = 0;         // Bytes to copy before mapping is tried again.
  std::uint32_t unmapped_in_a_row_ = 0;  // Calls that found data and mapped nothing.
  bool is_drained_ = false;              // The last call left nothing: the next would block.
  bool found_nothing_ = false;           // The last call neither had data nor said why.
  int stored_error_ = 0;                 // Came with data, which goes first.
  ReceiveCounts counts_;
  Status give_back_status_;  // The first give-back that failed.
};

}  // namespace nobounce::path
