// SPDX-License-Identifier: Apache-2.0
// look_at_nic: the part of a Snapshot that is one NIC's.
#pragma once

#include <string>

#include "host/snapshot.h"

namespace nobounce::host {

/// Of the interface of that name in this network namespace. Changes nothing; bind-rx can be asked
/// with CAP_NET_ADMIN only.
NicFacts look_at_nic(const std::string& interface);

}  // namespace nobounce::host
