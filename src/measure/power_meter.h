// SPDX-License-Identifier: Apache-2.0
// PowerMeter: all that this host tells of its power, from whichever source.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/figure.h"
#include "measure/energy.h"
#include "measure/watt_sampler.h"
#include "sys/ipmi.h"
#include "sys/nvml.h"

namespace nobounce::measure {

struct PowerSources {
  std::string powercap = "/sys/class/powercap";
  std::string hwmon = "/sys/class/hwmon";
  std::string nvml = "libnvidia-ml.so.1";
  std::string ipmi = sys::kIpmiDevice;
  std::string command{};  ///< Prints watts; empty: none.
  std::chrono::milliseconds sensor_pause{100};
  std::chrono::milliseconds command_pause{1000};
  std::chrono::milliseconds bmc_pause{250};
};

/// One moment.
struct PowerReading {
  std::uint64_t at_ns = 0;
  Figure<EnergyCounters> rapl, hwmon_energy, gpus;
  Figure<WattSums> sensors, bmc, command;
};

/// Of an interval, or of several together.
struct PowerUse {
  Figure<EnergyUses> rapl, hwmon_energy, gpus;
  Figure<WattSums> sensors, bmc, command;

  /// Nothing was used yet: what `add` adds to.
  static PowerUse none();
};

PowerUse power_between(const PowerReading& before, const PowerReading& after);
void add(PowerUse& total, const PowerUse& part);

/// Owns the threads that ask sensors, BMC and command. Move-only.
class PowerMeter {
 public:
  explicit PowerMeter(PowerSources sources);

  [[nodiscard]] PowerReading read() const;
  /// What the host uses while nobody of us does anything: waits so long. Ends early, with no
  /// figure, if `stop_fd` becomes readable; -1: never.
  [[nodiscard]] Figure<PowerUse> while_idle(std::chrono::milliseconds time, int stop_fd) const;

 private:
  PowerSources sources_;
  Figure<std::shared_ptr<const sys::Nvml>> nvml_;
  Figure<std::shared_ptr<const WattSampler>> sensors_;
  Figure<std::shared_ptr<const WattSampler>> bmc_;
  Figure<std::shared_ptr<const WattSampler>> command_;
};

}  // namespace nobounce::measure
