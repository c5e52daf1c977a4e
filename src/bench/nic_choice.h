// SPDX-License-Identifier: Apache-2.0
// Which NIC of a host a bench is about, where nobody named one, and by which address payload
// reaches it.
#pragma once

#include <string>

#include "base/result.h"

namespace nobounce::bench {

/// The NIC that packets to `address` leave by. Errors: kNotFound, kInvalidArgument.
Result<std::string> nic_towards(const std::string& address);
/// The NIC that has `address`. Errors: as above.
Result<std::string> nic_with(const std::string& address);
/// An address of `nic`: `preferred` if that is one, else the first of its family that is not of
/// this link alone. Error: kNotFound.
Result<std::string> address_of(const std::string& nic, const std::string& preferred);

}  // namespace nobounce::bench
