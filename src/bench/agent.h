// SPDX-License-Identifier: Apache-2.0
// The agent of a bench between two machines: waits for benches and serves one after the other.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "bench/agent_session.h"
#include "peer/key.h"
#include "sys/endpoint.h"

namespace nobounce::bench {

struct AgentOptions {
  sys::Endpoint listen;
  peer::Key key;
  AgentPlace place{};
  std::function<void(const std::string& line)> say{};  ///< For people: what happens, as it does.
};

/// Until the user stops it, which is no Error. Errors: those of listening; kInvalidArgument where
/// payload would come to the agent's own port.
Status run_agent(AgentOptions options);

}  // namespace nobounce::bench
