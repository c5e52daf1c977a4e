// SPDX-License-Identifier: Apache-2.0
#include "path/frag.h"

#include <cassert>

namespace nobounce::path {

void FragBatch::append(FragBatch next) {
  if (next.owner_ == nullptr) return;
  if (owner_ == nullptr) {
    swap(next);
    return;
  }
  assert(owner_ == next.owner_ && range_.first + range_.count == next.range_.first);
  range_.count += next.range_.count;
  frags_ = {frags_.data(), frags_.size() + next.frags_.size()};
  bytes_ += next.bytes_;
  next.owner_ = nullptr;
}

Status FragBatch::give_back() {
  FragOwner* owner = std::exchange(owner_, nullptr);
  frags_ = {};
  bytes_ = 0;
  if (owner == nullptr) return {};
  return owner->give_back(std::exchange(range_, {}));
}

}  // namespace nobounce::path
