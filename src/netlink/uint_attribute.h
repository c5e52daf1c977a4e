// SPDX-License-Identifier: Apache-2.0
// Numbers that the kernel sends with 4 bytes or 8, as it finds shorter: "uint" in the netlink
// specifications.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "netlink/attributes.h"

namespace nobounce::netlink {

/// As the numbers of Attributes: an absent one is empty, another size is a kProtocol error.
Result<std::optional<std::uint64_t>> uint_attribute(const Attributes& attributes,
                                                    std::uint16_t type);

}  // namespace nobounce::netlink
