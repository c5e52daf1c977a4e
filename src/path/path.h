// SPDX-License-Identifier: Apache-2.0
// The ways through the kernel that this room knows, by name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nobounce::path {

enum class Path : std::uint8_t {
  kCopy,      ///< Plain sockets, either direction: the kernel copies.
  kDevmem,    ///< devmem TCP, either direction: the NIC reads and writes the region itself.
  kZcrx,      ///< Receiving: io_uring zero-copy receive into an area.
  kMmap,      ///< Receiving: TCP_ZEROCOPY_RECEIVE maps whole pages of payload.
  kSendZc,    ///< Sending: io_uring SEND_ZC from registered memory.
  kZerocopy,  ///< Sending: MSG_ZEROCOPY.
};

/// By direction, in the order of the table in docs/paths.md.
inline constexpr std::array kReceivePaths = {Path::kCopy, Path::kMmap, Path::kZcrx, Path::kDevmem};
inline constexpr std::array kSendPaths = {Path::kCopy, Path::kZerocopy, Path::kSendZc,
                                          Path::kDevmem};

/// As on the command line and in JSON.
constexpr std::string_view name_of(Path path) {
  switch (path) {
    case Path::kCopy:
      return "copy";
    case Path::kDevmem:
      return "devmem";
    case Path::kZcrx:
      return "zcrx";
    case Path::kMmap:
      return "mmap";
    case Path::kSendZc:
      return "send_zc";
    case Path::kZerocopy:
      return "zerocopy";
  }
  return "?";
}

/// The path of that name, whatever its direction.
constexpr std::optional<Path> path_named(std::string_view name) {
  for (const auto& paths : {kReceivePaths, kSendPaths}) {
    for (const Path path : paths) {
      if (name_of(path) == name) return path;
    }
  }
  return std::nullopt;
}

}  // namespace nobounce::path
