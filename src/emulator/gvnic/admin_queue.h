// SPDX-License-Identifier: Apache-2.0
// AdminQueue: the ring of commands. It fetches each command once, has it executed, and writes its
// status; what commands mean is the executor's. Source: gve_adminq.c of the Linux kernel.
#pragma once

#include <cstdint>

#include "emulator/gvnic/admin_layout.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

/// What executes commands.
class AdminExecutor {
 public:
  virtual ~AdminExecutor() = default;
  virtual AdminStatus execute(const AdminCommand& command) = 0;
};

/// Driver and device count commands from 0 on, modulo 2^32; the place of a command in the ring is
/// its number modulo the ring's entries.
class AdminQueue {
 public:
  explicit AdminQueue(const vfio_user::GuestMemory& memory) : memory_(memory) {}

  /// Takes a ring of `bytes` at `iova`, a power of two of at least one command. False, and stopped,
  /// where it is none or not wholly in guest memory.
  bool start(std::uint64_t iova, std::uint32_t bytes);
  void stop() { entries_ = 0; }
  [[nodiscard]] bool is_running() const { return entries_ != 0; }

  /// Executes the commands before `doorbell`, the number of the driver's next one: `budget` at
  /// most, of which it takes off what it executed. False where the ring can't hold so many
  /// commands, or is no longer in guest memory: then the queue stops.
  bool process(std::uint32_t doorbell, std::uint32_t& budget, AdminExecutor& executor);

  /// Commands completed since `start`.
  [[nodiscard]] std::uint32_t completed() const { return completed_; }

 private:
  const vfio_user::GuestMemory& memory_;
  std::uint64_t iova_ = 0;
  std::uint32_t entries_ = 0;
  std::uint32_t completed_ = 0;
};

}  // namespace nobounce::emulator::gvnic
