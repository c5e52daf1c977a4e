// SPDX-License-Identifier: Apache-2.0
#include "transfer/measuring.h"

#include <chrono>
#include <utility>

#include "transfer/interval.h"

namespace nobounce::transfer {

Measuring::Measuring(const MeasureOptions& options, int stop_fd)
    : probes_copies_(options.probe_copies) {
  if (probes_copies_) {
    auto probes = measure::CopyProbes::attach();
    if (probes) {
      copy_probes_ = std::shared_ptr<const measure::CopyProbes>(std::move(*probes));
    } else {
      copy_probes_ = NotAvailable{to_string(probes.error())};
    }
  }
  if (!options.on) return;
  instruments_ = std::make_unique<measure::Instruments>(measure::InstrumentOptions{
      .power = {.command = options.power_command}, .profile_cpus = options.cpu_profile});
  if (options.idle_ms > 0) {
    idle_power_ =
        instruments_->power().while_idle(std::chrono::milliseconds(options.idle_ms), stop_fd);
  } else {
    idle_power_ = NotAvailable{"no time was given for it (--idle-baseline)"};
  }
}

void Measuring::watch(const std::string& nic) {
  if (is_on()) instruments_->watch(nic);
}

Measured Measuring::result(const Interval& interval, Figure<sys::TcpState> tcp) const {
  Measured measured{.host = interval.measured(),
                    .cpus = interval.host_cpu(),
                    .idle_power = idle_power_,
                    .cpu_profile = instruments_->cpu_profile(interval.measured()),
                    .syscalls = syscalls_,
                    .frags_per_receive = NotAvailable{"a sender receives no frags"},
                    .token_returns = NotAvailable{"a sender has no tokens"},
                    .refill_depth = NotAvailable{"a sender has no refill ring"},
                    .tcp = std::move(tcp)};
  measured.host.driver = instruments_->driver();
  return measured;
}

Measured Measuring::result(const Interval& interval, Figure<sys::TcpState> tcp,
                           const path::Receiver& receiver) const {
  Measured measured = result(interval, std::move(tcp));
  measured.frags_per_receive = frags_;
  const path::TokenReturnCounts* const tokens = receiver.token_returns();
  measured.token_returns = tokens != nullptr
                               ? Figure<path::TokenReturnCounts>(*tokens)
                               : NotAvailable{"this path gives no tokens back by a call"};
  const Distribution* const depth = receiver.refill_depth();
  measured.refill_depth = depth != nullptr ? Figure<Distribution>(*depth)
                                           : NotAvailable{"this path has no refill ring"};
  return measured;
}

}  // namespace nobounce::transfer
