// SPDX-License-Identifier: Apache-2.0
// GuestKernel: a Debian kernel of the generic flavour, unpacked beside the guest root. Its packages
// are not installed: no initramfs tool and no maintainer script runs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/cache.h"
#include "lab/guest_root.h"
#include "lab/interruption.h"

namespace nobounce::lab {

struct GuestKernel {
  std::string release;              ///< As uname -r says it: "7.3.4+deb13-amd64".
  std::filesystem::path directory;  ///< Holds usr/lib/modules/RELEASE.
  std::filesystem::path image;      ///< The bzImage.

  [[nodiscard]] std::filesystem::path modules() const {
    return directory / "usr/lib/modules" / release;
  }
};

/// Finds a kernel in the cache, or fetches it. `version` is "newest" or "7.1.13+deb13", with or
/// without "-amd64". Newest means the newest when the root was made: a warm start asks nobody.
/// Errors: kNotFound if Debian has no such kernel (any more); those of apt and dpkg.
Result<GuestKernel> prepare_kernel(Cache& cache, const GuestRoot& root, const std::string& version,
                                   Interruption& interruption, const std::filesystem::path& log,
                                   const std::function<void(std::string_view)>& progress);

/// The release that a meta package stands for, from the output of
/// `apt-cache depends linux-image-amd64`; empty if there is none. Pure.
std::string release_in_depends(std::string_view depends);

}  // namespace nobounce::lab
