// SPDX-License-Identifier: Apache-2.0
// Energy that the hardware counts: RAPL by package and DRAM, sensors of hwmon, GPUs by NVML.
// Sources: Documentation/power/powercap/powercap.rst, Documentation/hwmon/sysfs-interface.rst.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/figure.h"
#include "base/result.h"
#include "sys/nvml.h"

namespace nobounce::measure {

struct EnergyCounter {
  std::uint64_t energy_uj = 0;
  std::uint64_t range_uj = 0;  ///< Begins anew after so much; 0: never.
};

/// By name: "package-0", "package-0/dram", "psys"; "amd_energy/Esocket0"; "0 NVIDIA H100". What
/// holds what is not said: DRAM is beside its package, cores are within it.
using EnergyCounters = std::map<std::string, EnergyCounter>;

struct EnergyUse {
  double joules = 0;
  double seconds = 0;

  [[nodiscard]] double watts() const { return seconds > 0 ? joules / seconds : 0; }
};
using EnergyUses = std::map<std::string, EnergyUse>;

/// Every domain of RAPL below `root`. Errors: kNotFound where there is none, kPermission with the
/// file that only root may read.
Result<EnergyCounters> read_rapl(const std::string& root = "/sys/class/powercap");
/// Every energy sensor below `root`. Errors: kNotFound where there is none.
Result<EnergyCounters> read_hwmon_energy(const std::string& root = "/sys/class/hwmon");
/// By number and name. Errors: as Nvml::energies.
Result<EnergyCounters> read_gpu_energy(const sys::Nvml& nvml);

/// What was used from `before` to `after`, `seconds` apart. A counter that began anew did so once:
/// missing where the time is so long that it may have done so twice.
Figure<EnergyUses> energy_between(const EnergyCounters& before, const EnergyCounters& after,
                                  double seconds);

}  // namespace nobounce::measure
