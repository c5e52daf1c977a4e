// SPDX-License-Identifier: Apache-2.0
// RemoteEnd: an end on another machine, whose agent does what is asked.
#pragma once

#include <string>
#include <vector>

#include "bench/agent_messages.h"
#include "bench/end.h"
#include "bench/lines.h"
#include "bench/run_log.h"
#include "peer/clock_offset.h"
#include "peer/conversation.h"

namespace nobounce::bench {

/// Move-only. The conversation ends with it, and then the agent puts its NIC back.
class RemoteEnd final : public End {
 public:
  /// Begins a session for the plan. Errors: those of the conversation; kMismatch where the agent is
  /// another nobounce; kInvalidArgument where the matrix is longer than an agent takes; the
  /// agent's.
  static Result<RemoteEnd> begin(peer::Conversation conversation, const Plan& plan);

  /// What it says of its host and its NIC (docs/json.md).
  [[nodiscard]] const nlohmann::json& facts() const { return facts_; }
  /// Where it is reached, NIC by NIC, and the port of the first flow.
  [[nodiscard]] const std::vector<HostNic>& nics() const { return nics_; }
  [[nodiscard]] std::uint16_t first_port() const { return first_port_; }
  /// Tells it where this host is reached, and what it has of 2 MiB pages; before any cell. Errors:
  /// the agent's.
  Status meet(const std::vector<HostNic>& here, std::uint64_t huge_page_bytes);
  /// Readable, while nothing is asked, once it is gone.
  [[nodiscard]] int conversation_fd() const { return conversation_.connection().fd(); }
  /// Asks for its clock, several times over.
  Figure<peer::ClockOffset> measure_clock();

  Result<std::vector<nlohmann::json>> set_up(std::size_t cell) override;
  Status start_receivers(std::size_t cell, bool is_traced) override;
  Status start_senders(std::size_t cell, bool is_traced) override;
  Status give_order() override;
  Result<EndFigures> finish() override;
  std::string stop() override;
  void look_after() override;
  [[nodiscard]] nlohmann::json clock() const override { return clock_; }
  [[nodiscard]] bool is_gone() const override { return is_gone_; }

 private:
  RemoteEnd(peer::Conversation conversation, std::chrono::seconds run_patience)
      : conversation_(std::move(conversation)), run_patience_(run_patience) {}

  Result<nlohmann::json> ask(const AgentRequest& request, std::chrono::seconds patience);
  Result<std::vector<nlohmann::json>> results(const nlohmann::json& counts, bool is_sent);

  peer::Conversation conversation_;
  std::chrono::seconds run_patience_;
  nlohmann::json facts_;
  std::vector<HostNic> nics_;
  std::uint16_t first_port_ = 0;
  nlohmann::json clock_;
  bool is_gone_ = false;
};

/// {"ahead_ns", "error_ns", "round_trip_ns"}
nlohmann::json to_json(const peer::ClockOffset& offset);

}  // namespace nobounce::bench
