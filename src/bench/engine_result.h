// SPDX-License-Identifier: Apache-2.0
// What the engines' own JSON says of a run, in the words of the bench. Pure, but for the reading.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// The exit status by which an engine says that its host lacks something; 0: it does not say so.
/// Ours is in nobounce(1).
constexpr int unsupported_status_of(Engine engine) {
  return engine == Engine::kNobounce ? 3 : 0;
}

/// Error: kProtocol for a file that is no JSON object.
Result<nlohmann::json> read_engine_json(const std::string& file);
/// The same of text; `what` is for the message.
Result<nlohmann::json> parse_engine_json(const std::string& text, const std::string& what);

/// Of `nobounce send` and `recv`: {seconds, bytes, gbit_per_s, sender, receiver}; time and bytes
/// are the receiver's. Error: kProtocol if these are missing.
Result<nlohmann::json> figures_of(const nlohmann::json& sender, const nlohmann::json& receiver);

/// Of `iperf3 -J`, in the same shape; what it can't say is "not available". Error: kProtocol.
Result<nlohmann::json> figures_of_iperf3(const nlohmann::json& client);

/// The system calls of a program that was traced: by name, or the reason why there are none. Null
/// where `file` is empty: it was not traced. Errors: those of the file; kProtocol.
Result<nlohmann::json> read_traced_calls(const std::string& file);

}  // namespace nobounce::bench
