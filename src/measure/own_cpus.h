// SPDX-License-Identifier: Apache-2.0
// The CPUs that one end of a transfer has for itself: those that its process and the interrupts of
// its NIC are pinned to. What these CPUs copied is that end's alone, as far as nobody else runs
// there; where nothing is pinned only the host's sum can be told.
#pragma once

#include <string>

#include "base/figure.h"
#include "measure/cpu_list.h"

namespace nobounce::measure {

struct OwnCpusOptions {
  std::string tasks = "/proc/self/task";  ///< The threads of the process.
  std::string interrupts = "/proc/irq";   ///< A directory for each interrupt.
  std::string cpus = "/sys/devices/system/cpu";
  std::string pci_devices = "/sys/bus/pci/devices";
};

/// Of this process and the NIC at that PCI address. Missing where they are not pinned to fewer CPUs
/// than are online, or where that can't be read; it says which.
Figure<CpuList> own_cpus_with(const std::string& pci_address, const OwnCpusOptions& options = {});

/// The same for the PCI device of an interface; missing for "" and for one that is on none.
Figure<CpuList> own_cpus(const std::string& interface);

}  // namespace nobounce::measure
