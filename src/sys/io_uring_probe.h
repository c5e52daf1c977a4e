// SPDX-License-Identifier: Apache-2.0
// Asks the kernel what its io_uring can do. Makes a ring for it that nothing is submitted to; never
// touches a NIC, and needs no privilege.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// What io_uring says about zcrx without a ring (IORING_REGISTER_QUERY).
struct ZcrxAbilities {
  bool dma_buf_areas = false;
  bool without_nic = false;  ///< ZCRX_REG_NODEV.
  bool rx_buf_len = false;   ///< Buffers larger than a page, where the NIC has them.
  std::uint32_t control_ops = 0;
  bool statistics = false;
};

/// Error: kUnsupported where the kernel has no such question.
Result<ZcrxAbilities> query_zcrx();

/// A ring as the zero-copy paths want it: SINGLE_ISSUER, DEFER_TASKRUN, CQE32. Move-only.
class IoUringProbe {
 public:
  enum class Operation { kSendZc, kSendmsgZc, kRecvZc };

  /// Errors: kUnsupported (no io_uring, or not these flags), kPermission (the sysctl
  /// kernel.io_uring_disabled or a seccomp filter forbids it).
  static Result<IoUringProbe> open();

  /// Error: kUnsupported.
  [[nodiscard]] Status has(Operation operation) const;
  /// Whether IORING_REGISTER_ZCRX_IFQ is there, by a registration that can't succeed. A missing
  /// privilege does not matter here.
  [[nodiscard]] Status has_zcrx() const;

 private:
  explicit IoUringProbe(Fd ring) : ring_(std::move(ring)) {}
  Fd ring_;
};

}  // namespace nobounce::sys
