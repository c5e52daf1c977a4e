// SPDX-License-Identifier: Apache-2.0
// What the steering side of a bench may ask of an agent, and what it is told: one JSON object each
// way in a sealed message (src/peer). The list is closed, and no command line or path is on it: an
// agent makes its commands itself, of the matrix, the number of a cell and addresses.
//
// docs/json.md describes the objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "bench/lines.h"

namespace nobounce::bench {

inline constexpr std::size_t kMostMatrixBytes = std::size_t{64} << 10;

/// First of all, and once. Both must be the same nobounce, or cells would not mean the same.
struct AskBegin {
  std::string version;
  std::string git_revision;
  std::string matrix_text;
  std::string matrix_name;            ///< For messages.
  std::vector<std::string> versus{};  ///< In place of the matrix' own; empty: those.

  bool operator==(const AskBegin&) const = default;
};
/// Where the steering host is reached, NIC by NIC: streams that go back come there. Second of all,
/// and once.
struct AskMeet {
  std::vector<HostNic> nics;          ///< Without names, which concern nobody.
  std::uint64_t huge_page_bytes = 0;  ///< That it has free: both hosts decide alike.

  bool operator==(const AskMeet&) const = default;
};
struct AskClock {
  bool operator==(const AskClock&) const = default;
};
struct AskSetUp {
  std::size_t cell = 0;

  bool operator==(const AskSetUp&) const = default;
};
/// The agent's receivers of the cell.
struct AskReceive {
  std::size_t cell = 0;
  bool is_traced = false;

  bool operator==(const AskReceive&) const = default;
};
/// Its senders, of a cell that goes both ways.
struct AskSend {
  std::size_t cell = 0;
  bool is_traced = false;

  bool operator==(const AskSend&) const = default;
};
/// That these senders begin.
struct AskOrder {
  bool operator==(const AskOrder&) const = default;
};
/// That all programs end; how many results there are.
struct AskFinish {
  bool operator==(const AskFinish&) const = default;
};
/// One of these results: they would not all fit into a message.
struct AskResult {
  bool is_sent = false;  ///< Of a stream that left the agent; else of one that came.
  std::size_t index = 0;

  bool operator==(const AskResult&) const = default;
};
struct AskStop {
  bool operator==(const AskStop&) const = default;
};
using AgentRequest = std::variant<AskBegin, AskMeet, AskClock, AskSetUp, AskReceive, AskSend,
                                  AskOrder, AskFinish, AskResult, AskStop>;

/// Strict: every key must be known, every value of its type and within its bounds. Error:
/// kProtocol.
Result<AgentRequest> parse_agent_request(std::string_view text);
std::string to_text(const AgentRequest& request);

/// A host's NICs on the wire: [{"v4": ADDRESS, "v6": ADDRESS}], a family left out where there is
/// none.
nlohmann::json to_json(const std::vector<HostNic>& nics);
/// Strict likewise. Error: kProtocol.
Result<std::vector<HostNic>> parse_host_nics(const nlohmann::json& list);

/// Without what moves a terminal's cursor.
std::string fit_to_be_shown(std::string text);

/// What an agent answers: the object, or the Error.
std::string reply_text(const Result<nlohmann::json>& reply);
/// The other way round. Errors: the agent's own; kProtocol for what is no reply.
Result<nlohmann::json> parse_agent_reply(std::string_view text);

}  // namespace nobounce::bench
