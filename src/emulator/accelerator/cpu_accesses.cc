// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/cpu_accesses.h"

#include <algorithm>

namespace nobounce::emulator::accelerator {

CpuAccesses::CpuAccesses(std::size_t most_noted) : most_noted_(std::min(most_noted, kMostNoted)) {
  noted_.reserve(most_noted_);
}

void CpuAccesses::note(const CpuAccess& access) {
  ++(access.is_write ? counters_.writes : counters_.reads);
  (access.is_write ? counters_.written_bytes : counters_.read_bytes) += access.bytes;
  if (most_noted_ == 0) return;
  if (noted_.size() < most_noted_) {
    noted_.push_back(access);
    return;
  }
  noted_[next_] = access;
  next_ = (next_ + 1) % most_noted_;
}

std::vector<CpuAccess> CpuAccesses::latest() const {
  std::vector<CpuAccess> list(noted_.begin() + static_cast<std::ptrdiff_t>(next_), noted_.end());
  list.insert(list.end(), noted_.begin(), noted_.begin() + static_cast<std::ptrdiff_t>(next_));
  return list;
}

}  // namespace nobounce::emulator::accelerator
