// SPDX-License-Identifier: Apache-2.0
// Generic netlink: from a family's name to its number and commands, and requests to it.
#pragma once

#include <linux/genetlink.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/attributes.h"
#include "netlink/socket.h"

namespace nobounce::netlink {

struct Family {
  std::uint16_t id = 0;
  std::vector<std::uint32_t> commands;  ///< What this kernel's family can do.
};

/// A family from the payload of the controller's answer. Error: kProtocol.
Result<Family> parse_family(std::span<const std::byte> payload);

/// The attributes behind the generic header of a message. Error: kProtocol.
Result<Attributes> generic_attributes(std::span<const std::byte> payload);

/// A socket that talks to one generic family. Move-only; not thread-safe.
class GenericSocket {
 public:
  enum class Kind { kOne, kDump };

  /// kUnsupported where the kernel has no such family.
  static Result<GenericSocket> open(std::string family_name);

  [[nodiscard]] bool has_command(std::uint8_t command) const;
  /// kUnsupported, naming `operation` and the family, where the kernel lacks the command.
  [[nodiscard]] Status need_command(std::uint8_t command, std::string operation) const;

  /// Sends `command` with the attributes that `fill(Request&)` puts; see Socket::exchange.
  template <typename Fill>
  Result<std::vector<Message>> call(Kind kind, std::uint8_t command, const std::string& operation,
                                    const std::string& object, Fill fill) {
    const genlmsghdr header{.cmd = command, .version = 1, .reserved = 0};
    Request request(family_.id, kind == Kind::kDump ? NLM_F_DUMP : 0, bytes_of(header));
    fill(request);
    return socket_.exchange(request, operation, object);
  }

  /// The one message that a request for one thing was answered with. Error: kProtocol.
  static Result<Message> only(std::vector<Message> messages);

  /// Gives away the socket, and with it what the kernel ties to it.
  [[nodiscard]] Socket take_socket() && { return std::move(socket_); }

 private:
  GenericSocket(Socket socket, Family family, std::string name)
      : socket_(std::move(socket)), family_(std::move(family)), name_(std::move(name)) {}

  Socket socket_;
  Family family_;
  std::string name_;
};

}  // namespace nobounce::netlink
