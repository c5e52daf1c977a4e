// SPDX-License-Identifier: Apache-2.0
// The JSON that client and server exchange with VERSION: what each can do, and its limits.
// Source: the vfio-user protocol specification, VFIO_USER_VERSION.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nobounce::emulator::vfio_user {

/// What we want to know of a client. Whatever else it says is ignored.
struct ClientCapabilities {
  bool write_multiple = false;
};

/// Reads a client's JSON; absent if it is not an object or what we know in it has a wrong type.
std::optional<ClientCapabilities> parse_capabilities(std::string_view json);

/// Our answer. Limits are always stated, features only if the client has them as well.
std::string capabilities_reply(const ClientCapabilities& client);

}  // namespace nobounce::emulator::vfio_user
