// SPDX-License-Identifier: Apache-2.0
// What is inside a bzImage: the kernel proper, an ELF file, compressed. Pure; the layout is that of
// the kernel's Documentation/arch/x86/boot.rst.
#pragma once

#include <optional>
#include <string_view>

namespace nobounce::lab {

/// The compressed kernel in `image`, without the length that follows it; nothing if `image` is no
/// bzImage or its compression is not zstd, which is the one that Debian uses.
std::optional<std::string_view> zstd_payload(std::string_view image);

}  // namespace nobounce::lab
