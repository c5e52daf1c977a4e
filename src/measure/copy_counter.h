// SPDX-License-Identifier: Apache-2.0
// CopyCounter: what the CPUs copy while it runs, added up over its parts, by the lab's copy meter.
#pragma once

#include "base/figure.h"
#include "measure/copies.h"
#include "measure/copy_meter.h"

namespace nobounce::measure {

class CopyCounter {
 public:
  void start();
  void stop();

  /// Where a part could not be counted, the reason.
  [[nodiscard]] const Figure<Copies>& copies() const { return copies_; }

 private:
  Result<CopyReading> before_ = nullptr;
  Figure<Copies> copies_;
  bool has_part_ = false;
};

}  // namespace nobounce::measure
