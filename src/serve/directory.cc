// SPDX-License-Identifier: Apache-2.0
#include "serve/directory.h"

#include <fmt/format.h>

#include <cstdlib>

#include "sys/virtual_machine.h"

namespace nobounce::serve {

std::filesystem::path default_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/')
    return std::filesystem::path(runtime) / "nobounce-nic";
  return fmt::format("/tmp/nobounce-nic-{}", sys::user_id());
}

std::filesystem::path control_socket_of(const std::filesystem::path& directory) {
  return directory / ".control";
}

}  // namespace nobounce::serve
