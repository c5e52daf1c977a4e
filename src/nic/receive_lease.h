// SPDX-License-Identifier: Apache-2.0
// ReceiveLease: a NIC made ready to receive one connection on a queue of its own, and put back.
//
// A lease is planned from the NIC as found (`plan` is pure), applied step by step, and undone in
// reverse when it dies or when a step fails half-way. A step that finds things as wanted changes
// nothing and so undoes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::nic {

/// What a device-memory receiver needs of its NIC.
struct ReceiveRequest {
  std::string interface;
  std::optional<std::uint32_t> queue;  ///< Chosen where empty: the last one; never queue 0.
  std::uint16_t listen_port = 0;       ///< TCP destination port to steer to the queue.
  std::string listen_address;          ///< Numeric IPv4 or IPv6 address to steer.
};

/// Owns the changes; destruction restores the NIC. Move-only. It must outlive every RxBinding on
/// its queue: the kernel keeps header split on while one lives, and the restore would fail.
class ReceiveLease {
 public:
  /// Header split on, ntuple on, RSS off the queue, a flow rule for the port. Errors name the step
  /// and the NIC; whatever was applied before the failing step has been undone.
  static Result<ReceiveLease> take(const ReceiveRequest& request);

  ReceiveLease(ReceiveLease&&) noexcept;
  ReceiveLease& operator=(ReceiveLease&&) noexcept;
  ~ReceiveLease();

  /// Undoes everything now and reports what could not be undone; the destructor does the same but
  /// can only log it.
  Status release();

  [[nodiscard]] int ifindex() const;
  [[nodiscard]] std::uint32_t queue() const;
  /// What was changed, one line each, for -v and for JSON.
  [[nodiscard]] std::vector<std::string> changes() const;

 private:
  struct State;
  explicit ReceiveLease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nobounce::nic
