// SPDX-License-Identifier: Apache-2.0
#include "netlink/devmem_probe.h"

#include <array>
#include <cerrno>

#include "netlink/generic.h"
#include "netlink/netdev.h"
#include "sys/uapi/netdev.h"

namespace nobounce::netlink {
namespace uapi = nobounce::uapi::netdev;
namespace {

static_assert(uapi::kDmabufRxPageSize == uapi::kDmabufId + 1);
constexpr int kNoDmaBuf = -1;

Result<std::vector<Message>> bind_rx_policy() {
  NB_ASSIGN(Socket socket, Socket::open(Socket::Protocol::kGeneric));
  const genlmsghdr header{.cmd = CTRL_CMD_GETPOLICY, .version = 1, .reserved = 0};
  Request request(GENL_ID_CTRL, NLM_F_DUMP, bytes_of(header));
  request.put_text(CTRL_ATTR_FAMILY_NAME, uapi::kFamilyName);
  request.put_u32(CTRL_ATTR_OP, uapi::kCmdBindRx);
  return socket.exchange(request, "policy look-up", "netlink family netdev, bind-rx");
}

/// The number of the policy that `command` checks its attributes against.
Result<std::optional<std::uint32_t>> policy_of(const Attributes& answer, std::uint32_t command) {
  NB_ASSIGN(const Attributes commands, answer.nest(CTRL_ATTR_OP_POLICY));
  for (const Attribute& one : commands.all()) {
    if (one.type != command) continue;
    NB_ASSIGN(const Attributes policies, Attributes::parse(one.payload));
    return policies.u32(CTRL_ATTR_POLICY_DO);
  }
  return std::optional<std::uint32_t>();
}

Result<bool> lists(const Attributes& answer, std::uint32_t policy, std::uint16_t attribute) {
  NB_ASSIGN(const Attributes policies, answer.nest(CTRL_ATTR_POLICY));
  for (const Attribute& one : policies.all()) {
    if (one.type != policy) continue;
    NB_ASSIGN(const Attributes allowed, Attributes::parse(one.payload));
    if (allowed.has(attribute)) return true;
  }
  return false;
}

/// The answer of a driver that got as far as looking for the dma-buf.
Status success_if_only_the_dma_buf_is_bad(const Result<std::uint32_t>& bound) {
  if (bound || bound.error().sys_errno == EBADF) return {};
  return fail(bound.error());
}

}  // namespace

Result<bool> policy_allows(std::span<const Message> answers, std::uint32_t command,
                           std::uint16_t attribute) {
  std::optional<std::uint32_t> policy;
  for (const Message& message : answers) {
    NB_ASSIGN(const Attributes answer, generic_attributes(message.payload));
    if (!policy) {
      NB_ASSIGN(policy, policy_of(answer, command));
    }
    if (!policy) continue;
    NB_ASSIGN(const bool listed, lists(answer, *policy, attribute));
    if (listed) return true;
  }
  return false;
}

Result<DevmemCommands> devmem_commands() {
  NB_ASSIGN(const GenericSocket family, GenericSocket::open(uapi::kFamilyName));
  DevmemCommands found{.bind_rx = family.has_command(uapi::kCmdBindRx),
                       .bind_tx = family.has_command(uapi::kCmdBindTx),
                       .rx_page_size = false};
  if (!found.bind_rx) return found;
  NB_ASSIGN(const auto policy, bind_rx_policy());
  NB_ASSIGN(found.rx_page_size, policy_allows(policy, uapi::kCmdBindRx, uapi::kDmabufRxPageSize));
  return found;
}

Status probe_bind_rx(int ifindex) {
  NB_ASSIGN(Netdev netdev, Netdev::open());
  constexpr std::array<std::uint32_t, 1> kFirstQueue{0};
  return success_if_only_the_dma_buf_is_bad(netdev.bind_rx(ifindex, kFirstQueue, kNoDmaBuf));
}

Status probe_bind_tx(int ifindex) {
  NB_ASSIGN(Netdev netdev, Netdev::open());
  return success_if_only_the_dma_buf_is_bad(netdev.bind_tx(ifindex, kNoDmaBuf));
}

}  // namespace nobounce::netlink
