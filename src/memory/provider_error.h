// SPDX-License-Identifier: Apache-2.0
// What the errno of a provider's device says to a user.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace nobounce::memory {

/// The probe behind a provider: a device that must exist and answer the provider's ioctl.
struct ProviderProbe {
  std::string_view provider;
  std::string_view device;
  std::string_view fix;  ///< What brings the device into being.
};

/// `error`, left by opening the device or by its ioctl, in the provider's terms: a device that is
/// absent or of another kind becomes kUnsupported, the rest keeps its code.
Error explain(Error error, const ProviderProbe& probe);

}  // namespace nobounce::memory
