// SPDX-License-Identifier: Apache-2.0
#include "path/socket_error.h"

#include <cerrno>

#include "sys/uapi/devmem.h"

namespace nobounce::path {
namespace {

Error named(int sys_errno, const char* operation) {
  Error error = error_from_errno(sys_errno, operation, "the connection");
  if (error.code == Code::kPeerClosed) error.cause = "the peer went away";
  return error;
}

}  // namespace

Error receive_error(int sys_errno, Path path) {
  Error error = named(sys_errno, "receive");
  switch (sys_errno) {
    case EFAULT:
      if (path == Path::kCopy) {
        error.code = Code::kUnsupported;
        error.cause = "the payload lies in device memory, which plain sockets can't read";
        error.fix = "receive with --path devmem, or unbind the queue that the flow lands on";
      } else {
        error.cause = "the kernel could not hand over the payload of a bound queue";
      }
      break;
    case ENODEV:
      error.code = Code::kUnsupported;
      error.cause = "the flow landed on a queue that is bound to something else";
      error.fix = "steer the flow to the queue of this binding";
      break;
    case sys::uapi::kErrnoTooSmall:
      error.code = Code::kExhausted;
      error.cause = "the control buffer holds not even one frag";
      break;
    default:
      break;
  }
  return error;
}

Error send_error(int sys_errno, Path path) {
  Error error = named(sys_errno, "send");
  if (sys_errno == ENOBUFS) {
    error.cause = "no room for zerocopy notifications";
    error.fix = "sysctl net.core.optmem_max=1048576";
  }
  if (path != Path::kDevmem) return error;
  switch (sys_errno) {
    case ENODEV:
      error.code = Code::kUnsupported;
      error.cause = "the route to the peer does not leave through the NIC of the binding";
      error.fix = "name that NIC with --nic, or mend the route";
      break;
    case EINVAL:
      error.code = Code::kUnsupported;
      error.cause =
          "the kernel does not know the binding, or the NIC can't gather (scatter-gather)";
      error.fix = "ethtool -K NIC sg on; devmem TX needs Linux 6.16";
      break;
    case EFAULT:
      error.cause = "the bytes lie outside of the bound dma-buf";
      break;
    default:
      break;
  }
  return error;
}

}  // namespace nobounce::path
