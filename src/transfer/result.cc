// SPDX-License-Identifier: Apache-2.0
#include "transfer/result.h"

#include "measure/own_cpus.h"

namespace nobounce::transfer {

Figure<double> TransferResult::copied_bytes_per_byte() const {
  return best_copies().map([this](const measure::Copies& copied) {
    return static_cast<double>(copied.user_bytes + staged_bytes) / static_cast<double>(bytes);
  });
}

Figure<double> TransferResult::own_copied_bytes_per_byte() const {
  if (!best_copies().is_available()) return NotAvailable{best_copies().missing_probe()};
  return own_cpus.map([this](const measure::CpuList& cpus) {
    const std::uint64_t copied = measure::user_bytes_of(best_copies().value(), cpus);
    return static_cast<double>(copied + staged_bytes) / static_cast<double>(bytes);
  });
}

void TransferResult::take_copies(const measure::CopyCounter& counter, bool with_probes) {
  copies = counter.copies();
  if (with_probes) probed_copies = counter.probed_copies();
  // Some dozens of files, which nobody needs to read who counts nothing.
  own_cpus = best_copies().is_available()
                 ? measure::own_cpus(nic)
                 : Figure<measure::CpuList>(NotAvailable{best_copies().missing_probe()});
}

}  // namespace nobounce::transfer
