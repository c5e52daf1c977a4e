// SPDX-License-Identifier: Apache-2.0
// Choice: the path that was taken, and why not the better ones.
#pragma once

#include <string>
#include <vector>

#include "path/path.h"

namespace nobounce::transfer {

/// A way that was not taken.
struct PassedOver {
  std::string name;    ///< Of the path, or of the memory's provider.
  std::string reason;  ///< The probe that failed, or what opening it said.
};

/// Whose order the paths were tried in, where nobody named one.
struct PathOrder {
  std::vector<path::Path> order{};     ///< Of the profile; empty: nobounce's own table.
  std::string measured{};              ///< When the profile was: UTC, ISO 8601.
  std::string file{};                  ///< Where it lies.
  std::vector<std::string> ignored{};  ///< Profiles that do not speak of this host, and why.
};

struct Choice {
  path::Path path = path::Path::kCopy;
  bool kernel_copies = true;            ///< As far as the host tells beforehand.
  std::vector<PassedOver> passed_over;  ///< The better ones, best first.
  /// Why what lands must be seen before it is believed; empty where it is as good as seen.
  std::string unverified{};
  PathOrder order{};
};

}  // namespace nobounce::transfer
