// SPDX-License-Identifier: Apache-2.0
// TAP interfaces: an Ethernet interface of the host whose other end is a descriptor. Source:
// Documentation/networking/tuntap.rst, include/uapi/linux/if_tun.h.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "sys/fd.h"

namespace nobounce::sys {

/// What stands before each frame in both directions: struct virtio_net_hdr, without num_buffers.
inline constexpr std::size_t kTapHeaderBytes = 10;

/// Joins the TAP interface `name`, which is made if it is missing (and then goes with the
/// descriptor). Non-blocking; one frame a read or write, after a header of kTapHeaderBytes. Pending
/// checksums and TCP segmentation may be left to us. Errors: kInvalidArgument (name), kPermission,
/// kBusy (somebody has joined it).
Result<Fd> open_tap(const std::string& name);

}  // namespace nobounce::sys
