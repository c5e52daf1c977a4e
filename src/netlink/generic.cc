// SPDX-License-Identifier: Apache-2.0
#include "netlink/generic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace nobounce::netlink {

Result<Attributes> generic_attributes(std::span<const std::byte> payload) {
  if (payload.size() < GENL_HDRLEN) return fail(malformed("a generic message is too short"));
  return Attributes::parse(payload.subspan(GENL_HDRLEN));
}

Result<Family> parse_family(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, attributes.u16(CTRL_ATTR_FAMILY_ID));
  if (!id || *id < NLMSG_MIN_TYPE) return fail(malformed("a family without a number"));
  Family family{.id = *id, .commands = {}};
  NB_ASSIGN(const Attributes commands, attributes.nest(CTRL_ATTR_OPS));
  for (const Attribute& command : commands.all()) {
    NB_ASSIGN(const Attributes fields, Attributes::parse(command.payload));
    NB_ASSIGN(const auto number, fields.u32(CTRL_ATTR_OP_ID));
    if (number) family.commands.push_back(*number);
  }
  return family;
}

Result<GenericSocket> GenericSocket::open(std::string family_name) {
  NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kGeneric));
  const genlmsghdr header{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0};
  Request request(GENL_ID_CTRL, 0, bytes_of(header));
  request.put_text(CTRL_ATTR_FAMILY_NAME, family_name);
  auto messages = socket.exchange(request, "look-up", "netlink family " + family_name);
  if (!messages && messages.error().sys_errno == ENOENT) {
    Error error = std::move(messages).error();
    error.code = Code::kUnsupported;
    error.cause = fmt::format("this kernel has no netlink family \"{}\"", family_name);
    error.fix = "boot a newer kernel";
    return fail(std::move(error));
  }
  NB_ASSIGN(auto found, std::move(messages));
  NB_ASSIGN(const Message message, only(std::move(found)));
  NB_ASSIGN(Family family, parse_family(message.payload));
  return GenericSocket(std::move(socket), std::move(family), std::move(family_name));
}

bool GenericSocket::has_command(std::uint8_t command) const {
  return std::ranges::find(family_.commands, command) != family_.commands.end();
}

Status GenericSocket::need_command(std::uint8_t command, std::string operation) const {
  if (has_command(command)) return {};
  std::string cause =
      fmt::format("this kernel's netlink family \"{}\" has no {}", name_, operation);
  return fail({.code = Code::kUnsupported,
               .sys_errno = 0,
               .operation = std::move(operation),
               .object = "the kernel",
               .cause = std::move(cause),
               .fix = "boot a newer kernel"});
}

Result<Message> GenericSocket::only(std::vector<Message> messages) {
  if (messages.size() != 1) {
    return fail(malformed(fmt::format("{} messages instead of one", messages.size())));
  }
  return std::move(messages.front());
}

}  // namespace nobounce::netlink
