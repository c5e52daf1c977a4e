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
  std::filesystem::path image;      ///< The bzImage, as the package has it.
  /// What QEMU starts: the ELF file out of the bzImage, or the bzImage where there is none.
  std::filesystem::path boot_image;

  [[nodiscard]] std::filesystem::path modules() const {
    return directory / "usr/lib/modules" / release;
  }
};

/// What the guest root's package lists know of kernels.
struct KernelList {
  std::string newest;    ///< The release that the meta package depends upon; empty: none.
  std::string packages;  ///< Names of packages, a line each, after an empty line.
};

/// Finds a kernel in the cache, or fetches it. `version` is as for release_for; what is newest was
/// settled when the root was made: a warm start asks nobody.
/// Errors: kNotFound if Debian has no such kernel (any more); those of apt and dpkg.
Result<GuestKernel> prepare_kernel(Cache& cache, const GuestRoot& root, const std::string& version,
                                   Interruption& interruption, const std::filesystem::path& log,
                                   const std::function<void(std::string_view)>& progress);

/// The release that `version` stands for: "newest", a release ("7.1.13+deb13", with or without
/// "-amd64"), or the beginning of some ("6.12"), of which the newest is taken. Empty if there is
/// none. Pure.
std::string release_for(const KernelList& kernels, std::string_view version);

/// The release that a meta package stands for, from the output of
/// `apt-cache depends linux-image-amd64`; empty if there is none. Pure.
std::string release_in_depends(std::string_view depends);

}  // namespace nobounce::lab
