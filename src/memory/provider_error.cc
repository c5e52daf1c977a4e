// SPDX-License-Identifier: Apache-2.0
#include "memory/provider_error.h"

#include <fmt/format.h>

#include <cerrno>

namespace nobounce::memory {

Error explain(Error error, const ProviderProbe& probe) {
  const std::string failed = fmt::format("{} of {}", error.operation, error.object);
  error.operation = "open region";
  error.object = std::string(probe.provider);
  switch (error.sys_errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
      error.code = Code::kUnsupported;
      error.cause = fmt::format("no {}", probe.device);
      error.fix = std::string(probe.fix);
      break;
    case ENOTTY:
    case EISDIR:
      error.code = Code::kUnsupported;
      error.cause = fmt::format("{} is no {} device", probe.device, probe.provider);
      break;
    case EACCES:
    case EPERM:
      error.cause = fmt::format("no right to open {}", probe.device);
      error.fix = "run as root, or grant this user the device";
      break;
    case ENOMEM:
      error.cause = fmt::format("the kernel had no memory for {}", failed);
      error.fix = "ask for a smaller region or free memory";
      break;
    default:
      error.cause = fmt::format("{} failed", failed);
  }
  return error;
}

}  // namespace nobounce::memory
