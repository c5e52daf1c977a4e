// SPDX-License-Identifier: Apache-2.0
// Bay: the place of one NIC in a chassis: the NIC itself, and the slot in which a guest finds it.
// Run by the chassis's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "emulator/chassis/slot.h"
#include "emulator/chassis/statistics.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/net/frame.h"
#include "sys/epoll_set.h"

namespace nobounce::emulator {

/// Neither movable nor copyable, as its parts refer to each other.
class Bay {
 public:
  /// `wire` and `clock` must outlive the bay's last turn. Errors: those of Gvnic::create.
  static Result<std::unique_ptr<Bay>> make(const gvnic::GvnicOptions& options, net::FrameSink& wire,
                                           const Clock& clock);

  Bay(const Bay&) = delete;
  Bay& operator=(const Bay&) = delete;

  /// Errors: those of Server::open.
  Status open(const std::filesystem::path& socket, sys::Epoll& epoll, std::uint64_t key) {
    return slot_.open(socket, *nic_, epoll, key);
  }

  [[nodiscard]] Slot& slot() { return slot_; }
  [[nodiscard]] gvnic::Gvnic& nic() { return *nic_; }
  [[nodiscard]] const gvnic::Gvnic& nic() const { return *nic_; }

  /// Whether somebody is at the other end of the cable.
  void set_link(bool up);

  [[nodiscard]] NicStatistics statistics() const;

 private:
  Bay() = default;

  Slot slot_;
  std::unique_ptr<gvnic::Gvnic> nic_;
  bool somebody_there_ = false;
};

}  // namespace nobounce::emulator
