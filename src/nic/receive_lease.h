// SPDX-License-Identifier: Apache-2.0
// ReceiveLease: a NIC made ready to receive connections, and put back.
//
// A lease is planned from the NIC as found, written down, applied step by step, and undone in
// reverse when it dies, when a step fails half-way, or by the next lease on that NIC where its
// process was killed. Several leases may live on one NIC, of one process or of many: each has
// queues of its own, and what they share is restored by the last. docs/leases.md tells the whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "nic/journal_file.h"

namespace nobounce::nic {

/// What a receiver needs of its NIC.
struct ReceiveRequest {
  enum class Purpose {
    /// Paths devmem and zcrx: queues of its own, which memory will be bound to. Header split on
    /// with threshold 0, receive checksums on, RSS off the queues, flow rules to them.
    kOwnQueues,
    /// Path mmap: header split on with threshold 0, and buffers of 4096 bytes where the NIC lets
    /// one choose. No queue and no rule; address and port are not looked at.
    kMappedPages,
  };

  std::string interface;
  std::optional<std::uint32_t> queue{};  ///< The first one; chosen where empty; never queue 0.
  std::uint16_t listen_port = 0;         ///< TCP destination port to steer to the queues.
  std::string listen_address{};          ///< Numeric IPv4 or IPv6 address to steer.
  Purpose purpose = Purpose::kOwnQueues;
  /// How many queues. Connections are spread over them by an RSS context where the NIC has them,
  /// else by rules that look at bits of the source port.
  std::uint32_t queues = 1;
  /// Take also a NIC that a default route leads out of, or that has an XDP program.
  bool force = false;
  std::string journal_directory = kJournalDirectory;
};

/// Owns the changes; destruction restores the NIC. Move-only. It must outlive every binding on its
/// queues: the kernel keeps header split on while one lives, and the restore would fail.
class ReceiveLease {
 public:
  /// Errors name the step and the NIC; whatever was applied before the failing step has been
  /// undone. kBusy names what is there and, where that helps, `force`.
  static Result<ReceiveLease> take(const ReceiveRequest& request);

  ReceiveLease(ReceiveLease&&) noexcept;
  ReceiveLease& operator=(ReceiveLease&&) noexcept;
  ~ReceiveLease();

  /// Undoes everything now and reports what could not be undone; the destructor does the same but
  /// can only log it. A second call does nothing.
  Status release();

  [[nodiscard]] int ifindex() const;
  /// Its queues; none for mapped pages.
  [[nodiscard]] std::span<const std::uint32_t> queues() const;
  /// The first of them; only for a lease that has one.
  [[nodiscard]] std::uint32_t queue() const;
  /// What was changed, one line each, for -v and for JSON. What others had changed already is not
  /// among it.
  [[nodiscard]] const std::vector<std::string>& changes() const;

 private:
  struct State;
  explicit ReceiveLease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nobounce::nic
