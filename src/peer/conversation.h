// SPDX-License-Identifier: Apache-2.0
// Conversation: sealed messages over one TCP connection, between two who have shown each other that
// they hold the same key. What is said can be read on the wire; it can't be changed, repeated or
// left out unnoticed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "peer/handshake.h"
#include "peer/sealing.h"
#include "sys/control_connection.h"
#include "sys/endpoint.h"

namespace nobounce::peer {

/// Move-only; closes the connection when it dies.
class Conversation {
 public:
  enum class Side { kClient, kServer };

  Conversation(sys::ControlConnection connection, const SessionKeys& keys, Side side);

  /// Errors: those of connecting; kPermission where either side's key is not the other's;
  /// kTimeout where whoever listens does not answer.
  static Result<Conversation> connect(const sys::Endpoint& server, const Key& key, int stop_fd);

  /// `body` has at most kMaxBodyBytes. Errors: kPeerClosed, kTimeout, kInterrupted.
  Status send(std::string_view body);
  /// The next message. Errors: as above; kProtocol for one that the peer can't have sealed.
  Result<std::string> receive(std::chrono::milliseconds patience);

  [[nodiscard]] const sys::ControlConnection& connection() const { return connection_; }

 private:
  sys::ControlConnection connection_;
  Sealer sealer_;
  Opener opener_;
};

}  // namespace nobounce::peer
