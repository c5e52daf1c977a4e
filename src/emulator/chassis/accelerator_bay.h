// SPDX-License-Identifier: Apache-2.0
// AcceleratorBay: the place of one accelerator in a chassis: the device, and the slot in which a
// guest finds it. Run by the chassis's thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "emulator/accelerator/accelerator.h"
#include "emulator/chassis/slot.h"
#include "emulator/chassis/statistics.h"

namespace nobounce::emulator {

/// Neither movable nor copyable, as its parts refer to each other.
class AcceleratorBay {
 public:
  /// Errors: those of Accelerator::create.
  static Result<std::unique_ptr<AcceleratorBay>> make(
      const accelerator::AcceleratorOptions& options) {
    std::unique_ptr<AcceleratorBay> bay(new AcceleratorBay);
    NB_ASSIGN(bay->device_, accelerator::Accelerator::create(options, bay->slot_.memory()));
    return bay;
  }

  AcceleratorBay(const AcceleratorBay&) = delete;
  AcceleratorBay& operator=(const AcceleratorBay&) = delete;

  /// Errors: those of Server::open.
  Status open(const std::filesystem::path& socket, sys::Epoll& epoll, std::uint64_t key) {
    return slot_.open(socket, *device_, epoll, key);
  }

  [[nodiscard]] Slot& slot() { return slot_; }
  [[nodiscard]] accelerator::Accelerator& device() { return *device_; }

  [[nodiscard]] AcceleratorUnitStatistics statistics() const {
    return {.has_client = slot_.has_client(),
            .driver_runs = device_->driver_runs(),
            .dma_refused = slot_.memory().refused(),
            .counters = device_->statistics(),
            .server = slot_.statistics()};
  }

 private:
  AcceleratorBay() = default;

  Slot slot_;
  std::unique_ptr<accelerator::Accelerator> device_;
};

}  // namespace nobounce::emulator
