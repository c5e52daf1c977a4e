// SPDX-License-Identifier: Apache-2.0
#include "measure/copy_counter.h"

namespace nobounce::measure {

void CopyCounter::start() {
  before_ = read_copy_meter();
}

void CopyCounter::stop() {
  const Result<CopyReading> after = read_copy_meter();
  if (has_part_ && !copies_.is_available()) return;
  if (before_ && after) {
    const Copies part = copies_between(**before_, **after);
    copies_ = has_part_ ? sum(copies_.value(), part) : part;
  } else {
    copies_ = NotAvailable{to_string(before_ ? after.error() : before_.error())};
  }
  has_part_ = true;
}

}  // namespace nobounce::measure
