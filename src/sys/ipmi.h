// SPDX-License-Identifier: Apache-2.0
// Ipmi: requests to the baseboard management controller (BMC) of this host, by the kernel's driver.
//
// Sources: Documentation/driver-api/ipmi.rst; include/uapi/linux/ipmi.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

inline constexpr const char* kIpmiDevice = "/dev/ipmi0";

/// Move-only; not thread-safe.
class Ipmi {
 public:
  /// Errors: kNotFound where there is no such device (no BMC, or no ipmi_devintf), kPermission.
  static Result<Ipmi> open(const std::string& device = kIpmiDevice);

  /// The answer's data, its completion code first. Waits for up to two seconds. Errors: kTimeout;
  /// those of the driver.
  Result<std::vector<std::byte>> ask(std::uint8_t network_function, std::uint8_t command,
                                     std::span<const std::byte> data);

 private:
  Ipmi(Fd fd, std::string device) : fd_(std::move(fd)), device_(std::move(device)) {}

  Status send(std::uint8_t network_function, std::uint8_t command, std::span<const std::byte> data);

  Fd fd_;
  std::string device_;
  long last_request_ = 0;
};

}  // namespace nobounce::sys
