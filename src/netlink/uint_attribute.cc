// SPDX-License-Identifier: Apache-2.0
#include "netlink/uint_attribute.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace nobounce::netlink {

Result<std::optional<std::uint64_t>> uint_attribute(const Attributes& attributes,
                                                    std::uint16_t type) {
  const auto bytes = attributes.bytes(type);
  if (!bytes) return std::optional<std::uint64_t>();
  switch (bytes->size()) {
    case sizeof(std::uint32_t):
      return std::optional<std::uint64_t>(load_le<std::uint32_t>(bytes->data()));
    case sizeof(std::uint64_t):
      return std::optional<std::uint64_t>(load_le<std::uint64_t>(bytes->data()));
    default:
      return fail(malformed(
          fmt::format("attribute {} has {} bytes instead of 4 or 8", type, bytes->size())));
  }
}

}  // namespace nobounce::netlink
