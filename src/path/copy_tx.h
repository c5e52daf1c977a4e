// SPDX-License-Identifier: Apache-2.0
// CopySender: path `copy`, sending side: plain sockets, the kernel copies out of the region.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "path/sender.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

class CopySender final : public Sender {
 public:
  /// Both must outlive the sender.
  CopySender(sys::SocketCalls& socket, std::span<const std::byte> region)
      : socket_(socket), region_(region) {}

  Result<std::uint64_t> send(memory::Extent extent) override;
  /// Always true: what the kernel took it has copied.
  Result<bool> settle() override { return true; }
  Result<Wake> wait(Awaited what, int timeout_ms) override;
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

 private:
  sys::SocketCalls& socket_;
  std::span<const std::byte> region_;
  SendCounts counts_;
};

}  // namespace nobounce::path
