// SPDX-License-Identifier: Apache-2.0
// The directory of a service: where QEMU finds the NICs and `nic stat` finds the service.
#pragma once

#include <filesystem>

namespace nobounce::serve {

/// $XDG_RUNTIME_DIR/nobounce-nic; /tmp/nobounce-nic-<uid> where that is not set.
std::filesystem::path default_directory();

/// The control socket. No NIC's name begins with a point, so it is in nobody's way.
std::filesystem::path control_socket_of(const std::filesystem::path& directory);

}  // namespace nobounce::serve
