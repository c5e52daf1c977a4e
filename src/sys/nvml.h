// SPDX-License-Identifier: Apache-2.0
// NVIDIA's management library, as far as energy goes. It is loaded at run time, so that a build
// needs none and a host without it only says so. Follows the NVML API, 12.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

struct NvmlEnergy {
  std::string name;             ///< "NVIDIA H100 80GB HBM3".
  std::uint64_t energy_mj = 0;  ///< Since the driver was loaded.
};

/// Move-only; closing it closes the library. Thread-compatible.
class Nvml {
 public:
  /// Errors: kUnsupported where there is no such library, where it does not start, or finds no
  /// device; the call that failed is named.
  static Result<Nvml> open(const std::string& library = "libnvidia-ml.so.1");

  Nvml(Nvml&&) noexcept;
  Nvml& operator=(Nvml&&) noexcept;
  ~Nvml();

  /// One for each device, by number. Error: kUnsupported where a device does not count its energy
  /// (before Volta).
  [[nodiscard]] Result<std::vector<NvmlEnergy>> energies() const;

 private:
  struct Library;
  explicit Nvml(std::unique_ptr<Library> library);
  std::unique_ptr<Library> library_;
};

}  // namespace nobounce::sys
