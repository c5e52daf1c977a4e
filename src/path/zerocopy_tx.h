// SPDX-License-Identifier: Apache-2.0
// ZerocopySender: path `zerocopy`: MSG_ZEROCOPY. The kernel pins the region's pages and the NIC
// reads them. Follows Documentation/networking/msg_zerocopy.rst of Linux 7.3.
//
// The kernel may copy all the same (a peer on this host, a NIC that can't gather): counted in
// sends_copied. What may be locked (RLIMIT_MEMLOCK) or the socket's option memory (optmem_max) may
// be too little for even one send: that one goes as a plain send, counted in sends_degraded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "path/sender.h"
#include "path/zerocopy_sends.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

class ZerocopySender final : public Sender {
 public:
  /// Turns SO_ZEROCOPY on. `socket` must be new (nothing sent yet); it and `region` must outlive
  /// the sender. Errors: kUnsupported for a region whose pages can't be pinned, those of
  /// setsockopt.
  static Result<std::unique_ptr<ZerocopySender>> open(sys::SocketCalls& socket,
                                                      memory::Region& region);

  /// Error: also kInvalidArgument for an extent outside of the region.
  Result<std::uint64_t> send(memory::Extent extent) override;
  Result<bool> settle() override { return sends_.settle(); }
  Result<Wake> wait(Awaited what, int timeout_ms) override { return sends_.wait(what, timeout_ms); }
  [[nodiscard]] const SendCounts& counts() const override { return sends_.counts(); }

 private:
  ZerocopySender(ZerocopySends sends, std::span<std::byte> region)
      : sends_(std::move(sends)), region_(region) {}

  ZerocopySends sends_;
  std::span<std::byte> region_;
};

}  // namespace nobounce::path
