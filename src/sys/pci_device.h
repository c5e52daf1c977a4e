// SPDX-License-Identifier: Apache-2.0
// A PCI device as sysfs shows it: who made it, which IOMMU domain it is in, and whether a bridge
// above it keeps devices from talking to each other directly (ACS).
//
// Sources: Documentation/ABI/testing/sysfs-bus-pci and sysfs-kernel-iommu_groups; the PCI Express
// Base Specification 5.0, 7.7.8 (Access Control Services).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

/// Whether a bridge with this configuration space sends requests or completions between devices
/// below it up to the root. False where it has no ACS. Error: kProtocol where the space is cut off
/// before its extended part, as an unprivileged reader gets it.
Result<bool> redirects_peers(std::span<const std::byte> configuration);

/// Of the device at an address such as "0000:17:00.0". Errors: those of reading sysfs.
Result<std::string> pci_id(const std::string& address);  ///< "14e4:1750".
/// "identity", "DMA", "DMA-FQ", …: how the IOMMU translates its DMA. Empty: there is no IOMMU.
Result<std::string> iommu_domain(const std::string& address);
/// The bridges above the device that redirect peers.
Result<std::vector<std::string>> redirecting_bridges(const std::string& address);

}  // namespace nobounce::sys
