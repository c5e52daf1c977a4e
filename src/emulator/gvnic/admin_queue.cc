// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/admin_queue.h"

#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {

using vfio_user::DmaAccess;

bool AdminQueue::start(std::uint64_t iova, std::uint32_t bytes) {
  stop();
  completed_ = 0;
  if (bytes < kAdminCommandBytes || !std::has_single_bit(bytes)) return false;
  if (memory_.translate(iova, bytes, DmaAccess::kWrite) == nullptr) return false;
  iova_ = iova;
  entries_ = bytes / kAdminCommandBytes;
  return true;
}

bool AdminQueue::process(std::uint32_t doorbell, std::uint32_t& budget, AdminExecutor& executor) {
  if (doorbell - completed_ > entries_) {
    stop();
    return false;
  }
  for (; completed_ != doorbell && budget != 0; --budget) {
    const std::uint64_t at = iova_ + std::uint64_t{completed_ % entries_} * kAdminCommandBytes;
    std::byte* slot = memory_.translate(at, kAdminCommandBytes, DmaAccess::kWrite);
    if (slot == nullptr) {
      stop();
      return false;
    }
    AdminCommand command;
    std::memcpy(&command, slot, sizeof command);
    const AdminStatus status = executor.execute(command);
    store_be(slot + kAdminStatusOffset, static_cast<std::uint32_t>(status));
    ++completed_;
  }
  return true;
}

}  // namespace nobounce::emulator::gvnic
