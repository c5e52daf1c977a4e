// SPDX-License-Identifier: Apache-2.0
// Proof that bytes leave a provider's memory by a NIC as they are: a pattern goes to a peer that
// compares it (`nobounce recv --verify pattern:SEED`), and the way it closes is its verdict.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "path/path.h"
#include "sys/endpoint.h"

namespace nobounce::transfer {

struct VerifyOptions {
  sys::Endpoint peer;
  std::string nic{};  ///< Empty: the one that the route takes.
  path::Path path = path::Path::kDevmem;
  std::string memory = "udmabuf";
  std::uint64_t pattern_seed = 1;
  std::uint64_t bytes = std::uint64_t{16} << 20;
  int timeout_ms = 60'000;
  int stop_fd = -1;
};

/// The NIC that it went by. Errors: kMismatch where the peer refused what landed, those of `send`.
Result<std::string> verify_with_peer(const VerifyOptions& options);

}  // namespace nobounce::transfer
