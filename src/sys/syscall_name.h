// SPDX-License-Identifier: Apache-2.0
// What system calls are called, by their numbers on this architecture.
#pragma once

#include <cstdint>
#include <string>

namespace nobounce::sys {

/// As strace shows it: "recvmsg". Of calls that move bytes, wait, or manage memory and descriptors;
/// "syscall 435" for others.
std::string syscall_name(std::int64_t number);

}  // namespace nobounce::sys
