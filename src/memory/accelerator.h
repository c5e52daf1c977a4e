// SPDX-License-Identifier: Apache-2.0
// The provider "accelerator": memory of a device, which the CPU can't touch without its being
// counted (src/abi/accelerator.h). What is done with its bytes is done by the device, by command
// streams through the kernel's virtio-gpu driver; NICs reach it peer to peer, by its dma-buf.
//
// A host may have several, "accelerator:0" being the first on its PCI buses. A render node is taken
// for one only if the device answers our commands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "memory/accelerator_device.h"
#include "memory/region.h"

namespace nobounce::memory {

inline constexpr std::string_view kAccelerator = "accelerator";

/// Where the host keeps what the provider needs; tests point these elsewhere.
struct AcceleratorOptions {
  std::string directory = "/dev/dri";
  bool huge_pages = false;  ///< Refused: device memory has no pages of the host's.
};

/// An accelerator of this host.
struct AcceleratorFacts {
  std::string name;                    ///< "accelerator:0".
  std::string node;                    ///< "/dev/dri/renderD128".
  std::string pci_address;             ///< Empty where it is on no PCI bus.
  Figure<std::uint64_t> memory_bytes;  ///< Of its window.
};

/// The number in "accelerator:3"; 0 for "accelerator"; empty for any other name.
std::optional<std::uint32_t> accelerator_index(std::string_view provider);

/// Those of this host; render nodes of other devices are passed over. Errors: kUnsupported where
/// there is no render node at all, kPermission where one may not be opened.
Result<std::vector<AcceleratorFacts>> find_accelerators(const AcceleratorOptions& options = {});

/// Errors: as find_accelerators; kUnsupported where this host has no accelerator of that number.
Result<std::unique_ptr<AcceleratorDevice>> open_accelerator_device(
    std::uint32_t index, const AcceleratorOptions& options = {});

/// A region of `size` bytes rounded up to pages, zero. Errors: as above; kInvalidArgument (size),
/// kExhausted (the window has no room for it), kUnsupported (huge pages).
Result<std::unique_ptr<Region>> open_accelerator(std::uint32_t index, std::uint64_t size,
                                                 const AcceleratorOptions& options = {});

/// The same on a device that is open already.
Result<std::unique_ptr<Region>> open_region_on(std::unique_ptr<AcceleratorDevice> device,
                                               std::uint64_t size);

}  // namespace nobounce::memory
