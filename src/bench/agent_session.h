// SPDX-License-Identifier: Apache-2.0
// AgentSession: what an agent does for one bench, from its first word to its last. It runs
// receivers of cells, senders of those that go both ways, and nothing else; whatever way it ends,
// nothing is left running and the NICs are as they were.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/agent_messages.h"
#include "bench/field.h"
#include "bench/lines.h"
#include "bench/local_end.h"
#include "bench/matrix.h"
#include "bench/nic_keeper.h"
#include "peer/conversation.h"

namespace nobounce::bench {

struct AgentPlace {
  std::vector<std::string> nics{};    ///< Empty: the one that has the address a bench comes to.
  std::uint16_t payload_port = 5001;  ///< Where receivers listen, flow after flow.
  bool force = false;                 ///< Also a NIC that carries the default route.
  std::string directory{};            ///< Of files that live for one run.
  int stop_fd = -1;
};

/// Neither copied nor moved.
class AgentSession {
 public:
  AgentSession(const AgentPlace& place, peer::Conversation& conversation)
      : place_(place), conversation_(conversation) {}
  AgentSession(const AgentSession&) = delete;
  AgentSession& operator=(const AgentSession&) = delete;
  ~AgentSession();

  /// Answers until the other side goes, or breaks the protocol, or the user stops. The Error says
  /// which; there is no other way to end.
  Error serve();
  /// Of the bench that was begun; empty before.
  [[nodiscard]] const std::string& matrix_name() const { return matrix_name_; }
  /// Stops what runs and puts the NICs back. Error: what could not be put back.
  Status end();

 private:
  Result<nlohmann::json> handle(const AgentRequest& request);
  Result<nlohmann::json> begin(const AskBegin& begin);
  Result<nlohmann::json> meet(const AskMeet& meet);
  Result<nlohmann::json> finish();
  [[nodiscard]] Result<nlohmann::json> result(const AskResult& ask) const;
  Result<LocalEnd*> met();
  [[nodiscard]] std::chrono::seconds patience() const;

  const AgentPlace& place_;
  peer::Conversation& conversation_;
  std::string matrix_name_;
  Matrix matrix_;
  Field field_;
  std::vector<HostNic> nics_;  // Empty: no bench was begun.
  std::vector<NicKeeper> keepers_;
  std::optional<LocalEnd> end_;
  EndFigures finished_;  // Of the last run, to be asked for one by one.
};

}  // namespace nobounce::bench
