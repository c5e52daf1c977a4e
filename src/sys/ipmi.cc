// SPDX-License-Identifier: Apache-2.0
#include "sys/ipmi.h"

#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "sys/device_file.h"
#include "sys/readiness.h"

namespace nobounce::sys {
namespace {

constexpr std::chrono::seconds kPatience{2};

Error no_bmc(Error error) {
  if (error.code == Code::kNotFound)
    error.fix = "load ipmi_si (or the driver of the BMC) and ipmi_devintf, where there is a BMC";
  return error;
}

}  // namespace

Result<Ipmi> Ipmi::open(const std::string& device) {
  auto fd = open_device(device);
  if (!fd) return fail(no_bmc(std::move(fd).error()));
  return Ipmi(std::move(*fd), device);
}

Status Ipmi::send(std::uint8_t network_function, std::uint8_t command,
                  std::span<const std::byte> data) {
  ipmi_system_interface_addr address{};
  address.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE;
  address.channel = IPMI_BMC_CHANNEL;
  // The driver reads and does not write it.
  std::vector<std::byte> copy(data.begin(), data.end());
  ipmi_req request{};
  request.addr = reinterpret_cast<unsigned char*>(&address);
  request.addr_len = sizeof address;
  request.msgid = ++last_request_;
  request.msg.netfn = network_function;
  request.msg.cmd = command;
  request.msg.data = reinterpret_cast<unsigned char*>(copy.data());
  request.msg.data_len = static_cast<unsigned short>(copy.size());
  if (::ioctl(fd_.get(), IPMICTL_SEND_COMMAND, &request) == 0) return {};
  return fail(error_from_errno(errno, "IPMICTL_SEND_COMMAND", device_));
}

Result<std::vector<std::byte>> Ipmi::ask(std::uint8_t network_function, std::uint8_t command,
                                         std::span<const std::byte> data) {
  NB_TRY(send(network_function, command, data));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    using std::chrono::milliseconds;
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    std::array entry{pollfd{.fd = fd_.get(), .events = POLLIN, .revents = 0}};
    NB_ASSIGN(const bool is_ready, wait_ready(entry, std::max(left, milliseconds(0))));
    if (!is_ready)
      return fail({.code = Code::kTimeout,
                   .operation = "wait for",
                   .object = device_,
                   .cause = "the BMC does not answer"});
    std::array<unsigned char, IPMI_MAX_MSG_LENGTH> answer{};
    ipmi_addr from{};
    ipmi_recv received{};
    received.addr = reinterpret_cast<unsigned char*>(&from);
    received.addr_len = sizeof from;
    received.msg.data = answer.data();
    received.msg.data_len = answer.size();
    if (::ioctl(fd_.get(), IPMICTL_RECEIVE_MSG_TRUNC, &received) != 0)
      return fail(error_from_errno(errno, "IPMICTL_RECEIVE_MSG_TRUNC", device_));
    // What came too late to an earlier request is passed over.
    if (received.recv_type != IPMI_RESPONSE_RECV_TYPE || received.msgid != last_request_) continue;
    const auto bytes = std::as_bytes(
        std::span(answer).first(std::min<std::size_t>(received.msg.data_len, answer.size())));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  }
}

}  // namespace nobounce::sys
