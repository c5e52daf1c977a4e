// SPDX-License-Identifier: Apache-2.0
#include "sys/interface_index.h"

#include <fmt/format.h>
#include <net/if.h>

#include <cerrno>

namespace nobounce::sys {

Result<int> interface_index(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index != 0) return static_cast<int>(index);
  return fail(error_from_errno(errno, "find", fmt::format("interface {}", name)));
}

}  // namespace nobounce::sys
