// SPDX-License-Identifier: Apache-2.0
#include "sys/tap_interface.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace nobounce::sys {
namespace {

Error refused(int number, const std::string& object) {
  Error error = error_from_errno(number, "join", object);
  if (number == EINVAL) {
    error.cause = "an interface of this name is there and is no TAP, or one of other settings";
    error.fix = "choose another name";
  } else if (number == EBUSY) {
    error.cause = "another process has it";
    error.fix = "end that process, or choose another name";
  } else if (number == EPERM) {
    error.fix = "start as root, or let root make it: ip tuntap add mode tap user USER name NAME";
  }
  return error;
}

}  // namespace

Result<Fd> open_tap(const std::string& name) {
  const std::string object = "TAP interface " + name;
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "join",
                 .object = object,
                 .cause = "an interface's name has 1 to 15 bytes",
                 .fix = "choose another name"});
  }
  Fd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return fail(error_from_errno(errno, "open", "/dev/net/tun"));

  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return fail(refused(errno, object));
  int header_bytes = kTapHeaderBytes;
  if (::ioctl(fd.get(), TUNSETVNETHDRSZ, &header_bytes) != 0)
    return fail(error_from_errno(errno, "set the header size of", object));
  const unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (::ioctl(fd.get(), TUNSETOFFLOAD, offloads) != 0)
    return fail(error_from_errno(errno, "set the offloads of", object));
  return fd;
}

}  // namespace nobounce::sys
