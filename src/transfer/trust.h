// SPDX-License-Identifier: Apache-2.0
// Whether data that lands in a provider's memory by a NIC must be seen before it is believed, and
// remembering that it was. The rule and the file are host/verification.h's.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "transfer/result.h"

namespace nobounce::transfer {

/// Why what a path without copies delivers here is unverified; empty where it was proved, or needs
/// no proof.
std::optional<std::string> why_distrust(const std::string& provider, const std::string& nic);

/// True where a NIC has put at least some of the bytes into the region itself: what went through
/// host memory, or was copied there by the kernel, proves nothing of it. Pure.
bool landed_without_copies(const TransferResult& result);

/// Stores that data was seen to land. Does nothing where no proof is needed. Errors: those of the
/// file; kUnsupported for a NIC that sits on no PCI device, which can't be told from another.
Status remember_proof(const std::string& provider, const std::string& nic);

}  // namespace nobounce::transfer
