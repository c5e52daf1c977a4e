// SPDX-License-Identifier: Apache-2.0
#include "measure/copy_counter.h"

#include "measure/between.h"

namespace nobounce::measure {

// The meter's readings stand next to what is measured: those of the probes copy themselves.
void CopyCounter::start() {
  probes_before_ = read_probes();
  meter_before_ = read_copy_meter();
}

void CopyCounter::stop() {
  const Result<CopyReading> after = read_copy_meter();
  Figure<Copies> metered;
  if (meter_before_ && after) {
    metered = copies_between(**meter_before_, **after);
  } else {
    metered = NotAvailable{to_string(meter_before_ ? after.error() : meter_before_.error())};
  }
  add(metered_, metered);
  add(probed_, between_if(probes_before_, read_probes(),
                          [](const ProbeReading& start, const ProbeReading& end) {
                            return copies_between(start, end);
                          }));
  has_part_ = true;
}

Figure<ProbeReading> CopyCounter::read_probes() const {
  if (!probes_.is_available()) return NotAvailable{probes_.missing_probe()};
  return probes_.value()->read();
}

// Once a part is missing the whole is.
void CopyCounter::add(Figure<Copies>& total, const Figure<Copies>& part) const {
  if (has_part_ && !total.is_available()) return;
  total =
      has_part_ && part.is_available() ? Figure<Copies>(sum(total.value(), part.value())) : part;
}

}  // namespace nobounce::measure
