// SPDX-License-Identifier: Apache-2.0
// FinishedHeaders: the headers of a frame as they stand on a wire, its checksum filled in.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "emulator/net/checksum.h"
#include "emulator/net/frame.h"

namespace nobounce::emulator::wire {

/// Copies headers only where the checksum is pending, and then reads all payload. Must not outlive
/// the frame. Neither movable nor copyable.
class FinishedHeaders {
 public:
  /// `frame` is not to be segmented.
  explicit FinishedHeaders(const net::Frame& frame) : bytes_(frame.headers) {
    if (frame.checksums != net::Checksums::kPending) return;
    const auto copy = std::span(copy_).first(frame.headers.size());
    std::memcpy(copy.data(), frame.headers.data(), copy.size());
    net::finish_checksums(copy, frame);
    bytes_ = copy;
  }
  FinishedHeaders(const FinishedHeaders&) = delete;
  FinishedHeaders& operator=(const FinishedHeaders&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::array<std::byte, net::kMaxHeaderBytes> copy_;
  std::span<const std::byte> bytes_;
};

}  // namespace nobounce::emulator::wire
