// SPDX-License-Identifier: Apache-2.0
// What to tell a QEMU so that it gets devices of ours: text to paste into a shell.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace nobounce::serve {

/// What every QEMU needs, once: guest memory that another process can map.
std::string qemu_memory_arguments();

/// One NIC or accelerator behind a root port of its own; `number` tells the ports of one QEMU
/// apart.
std::string qemu_device_arguments(const std::filesystem::path& socket, std::uint32_t number);

}  // namespace nobounce::serve
