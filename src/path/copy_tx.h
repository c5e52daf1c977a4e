// SPDX-License-Identifier: Apache-2.0
// CopySender: path `copy`, sending side: plain sockets, the kernel copies out of the region. From a
// region that the CPU can't reach the bytes go by way of a buffer (staged_bytes): one copy more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "path/sender.h"
#include "sys/socket_calls.h"

namespace nobounce::path {

class CopySender final : public Sender {
 public:
  /// Both must outlive the sender. Errors: those of the region's view.
  static Result<std::unique_ptr<CopySender>> open(sys::SocketCalls& socket, memory::Region& region);

  Result<std::uint64_t> send(memory::Extent extent) override;
  /// Always true: what the kernel took it has copied.
  Result<bool> settle() override { return true; }
  Result<Wake> wait(Awaited what, int timeout_ms) override;
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

 private:
  CopySender(sys::SocketCalls& socket, memory::Region& region, std::span<std::byte> view);
  Result<std::span<std::byte>> bytes_of(memory::Extent extent);

  sys::SocketCalls& socket_;
  memory::Region& region_;
  std::span<std::byte> view_;             // Of the region; empty where the CPU can't reach it.
  std::unique_ptr<std::byte[]> staging_;  // In that case.
  bool is_full_ = false;  // The last send was not taken whole: the next would block.
  SendCounts counts_;
};

}  // namespace nobounce::path
