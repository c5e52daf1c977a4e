// SPDX-License-Identifier: Apache-2.0
// Measuring: what one transfer measures beyond its time and CPU, where that was asked for: the host
// around it by instruments, and what the data path counts of itself.
#pragma once

#include <memory>
#include <string>

#include "base/distribution.h"
#include "base/figure.h"
#include "measure/copy_counter.h"
#include "measure/cpu_usage.h"
#include "measure/instruments.h"
#include "path/receiver.h"
#include "sys/syscall_times.h"
#include "sys/tcp_state.h"
#include "transfer/options.h"

namespace nobounce::transfer {

class Interval;

/// All of it is of the timed interval alone, but for the calls, which are those of the connection
/// once its path is open.
struct Measured {
  measure::Measurements host;
  Figure<measure::HostCpuSeconds> cpus;
  Figure<measure::PowerUse> idle_power;  ///< Of the host before the transfer.
  Figure<measure::CpuProfile> cpu_profile;
  sys::SyscallTimes syscalls;
  Figure<Distribution> frags_per_receive;
  Figure<path::TokenReturnCounts> token_returns;
  Figure<Distribution> refill_depth;
  Figure<sys::TcpState> tcp;  ///< Of the data connection, at its end.
};

/// Nothing is read and no clock is asked where it is off. Not movable: calls are timed into it.
class Measuring {
 public:
  /// Measures the idle host's power first where that is asked for, which takes its time.
  Measuring(const MeasureOptions& options, int stop_fd);
  Measuring(const Measuring&) = delete;
  Measuring& operator=(const Measuring&) = delete;

  [[nodiscard]] bool is_on() const { return instruments_ != nullptr; }
  /// For an Interval; nullptr where it is off.
  [[nodiscard]] measure::Instruments* instruments() { return instruments_.get(); }
  /// For an Interval: with kernel probes where they were asked for.
  [[nodiscard]] measure::CopyCounter copy_counter() const {
    return measure::CopyCounter(copy_probes_);
  }
  [[nodiscard]] bool probes_copies() const { return probes_copies_; }
  void watch(const std::string& nic);
  /// For whatever makes calls; only where it is on.
  [[nodiscard]] sys::SyscallTimes& syscall_times() { return syscalls_; }
  [[nodiscard]] Distribution* frags_per_receive() { return is_on() ? &frags_ : nullptr; }

  /// What came of it, of which the frags and tokens are still to be filled by a receiver.
  [[nodiscard]] Measured result(const Interval& interval, Figure<sys::TcpState> tcp) const;
  /// Of a receiver: with them.
  [[nodiscard]] Measured result(const Interval& interval, Figure<sys::TcpState> tcp,
                                const path::Receiver& receiver) const;

 private:
  std::unique_ptr<measure::Instruments> instruments_;
  Figure<measure::PowerUse> idle_power_;
  bool probes_copies_ = false;
  measure::CopyProbesFigure copy_probes_ = NotAvailable{"nobody asked for kernel probes"};
  sys::SyscallTimes syscalls_;
  Distribution frags_;
};

}  // namespace nobounce::transfer
