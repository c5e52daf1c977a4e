// SPDX-License-Identifier: Apache-2.0
// Asks the kernel, on a TCP socket that nothing uses, for the socket options of the zero-copy
// paths. No privilege is needed and nothing is left behind.
#pragma once

#include "base/result.h"

namespace nobounce::sys {

/// SO_ZEROCOPY. Errors: the kernel's, with the option named; kUnsupported where it has none such.
Status probe_msg_zerocopy();
/// TCP_ZEROCOPY_RECEIVE, asked for nothing. Errors as above.
Status probe_tcp_zerocopy_receive();
/// SO_DEVMEM_DONTNEED, which gives back no token. Errors as above.
Status probe_devmem_dontneed();

}  // namespace nobounce::sys
