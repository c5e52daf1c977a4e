// SPDX-License-Identifier: Apache-2.0
// The ways through the kernel that this room knows, by name.
#pragma once

#include <string_view>

namespace nobounce::path {

enum class Path {
  kCopy,    ///< Plain sockets: the kernel copies.
  kDevmem,  ///< devmem TCP: the NIC reads and writes the region itself.
};

/// "copy", "devmem": as on the command line and in JSON.
constexpr std::string_view name_of(Path path) {
  return path == Path::kCopy ? "copy" : "devmem";
}

}  // namespace nobounce::path
