// SPDX-License-Identifier: Apache-2.0
// What the host's apt knows and the guest root should follow: the Debian mirror and the proxies.
// The parsing is pure; apt itself is asked, so that one-line and deb822 sources read the same.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/interruption.h"

namespace nobounce::lab {

struct HostApt {
  std::string mirror;                ///< "http://deb.debian.org/debian".
  std::vector<std::string> options;  ///< apt.conf lines: proxies and how to reach them.
};

/// Asks apt-get and apt-config; `scratch` is a directory for their output.
Result<HostApt> read_host_apt(const std::filesystem::path& scratch, Interruption& interruption);

/// The mirror in the output of `apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)'`:
/// the site of the first Debian suite, or Debian's own where the host uses none.
std::string debian_mirror(std::string_view targets);

/// The lines of `apt-config dump` that say how to reach a mirror, nothing else.
std::vector<std::string> transport_options(std::string_view dump);

}  // namespace nobounce::lab
