// SPDX-License-Identifier: Apache-2.0
#include "sys/ethtool_ioctl.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "sys/fd.h"

namespace nobounce::sys {

Status ethtool_ioctl(std::string_view interface, std::span<std::byte> request,
                     std::string operation) {
  ifreq name_and_data{};
  if (interface.empty() || interface.size() >= sizeof name_and_data.ifr_name) {
    return fail(error_from_errno(ENODEV, std::move(operation), std::string(interface)));
  }
  std::memcpy(name_and_data.ifr_name, interface.data(), interface.size());
  name_and_data.ifr_data = reinterpret_cast<char*>(request.data());

  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || ::ioctl(socket.get(), SIOCETHTOOL, &name_and_data) < 0) {
    return fail(error_from_errno(errno, std::move(operation), std::string(interface)));
  }
  return {};
}

}  // namespace nobounce::sys
