// SPDX-License-Identifier: Apache-2.0
// MAC addresses as people write them: "02:6e:62:00:00:01".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "emulator/gvnic/gvnic_options.h"

namespace nobounce::emulator {

/// Six lower-case bytes with colons between them.
std::string to_string(const gvnic::MacAddress& mac);

/// The same, of either case. Errors: kInvalidArgument, also for an address that no NIC may have:
/// a group's, or all zeroes.
Result<gvnic::MacAddress> parse_mac(std::string_view text);

/// False for a group's address and for all zeroes.
bool is_station_address(const gvnic::MacAddress& mac);

}  // namespace nobounce::emulator
