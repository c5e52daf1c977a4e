// SPDX-License-Identifier: Apache-2.0
// The steering side of a bench between two machines: this one is host a, and sends; the peer's
// agent is host b.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/run_log.h"
#include "peer/key.h"
#include "sys/endpoint.h"

namespace nobounce::bench {

struct PeerOptions {
  sys::Endpoint agent;
  peer::Key key;
  std::vector<std::string>
      nics{};          ///< Of this host; empty: the one towards where the peer receives.
  bool force = false;  ///< Also NICs that carry the default route.
  int stop_fd = -1;    ///< Readable once the user asks to stop.
};

/// Takes the turns that are left of the bench in `directory`, if any. Errors: those of the
/// conversation, of the NIC and of take_turns.
Status run_bench_with_peer(const std::filesystem::path& directory, const Plan& plan,
                           const PeerOptions& options);

}  // namespace nobounce::bench
