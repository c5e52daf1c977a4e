// SPDX-License-Identifier: Apache-2.0
// UnixAddress: the path of a Unix socket in the shape that the kernel takes; see unix(7).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "base/result.h"

namespace nobounce::sys {

class UnixAddress {
 public:
  /// Errors: kInvalidArgument (a path that is empty or too long for a socket).
  static Result<UnixAddress> of(const std::filesystem::path& path);

  [[nodiscard]] const char* path() const { return address_.sun_path; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t size() { return sizeof(sockaddr_un); }

 private:
  UnixAddress() = default;

  sockaddr_un address_{};
};

}  // namespace nobounce::sys
