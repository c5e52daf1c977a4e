// SPDX-License-Identifier: Apache-2.0
// Door: where those who hold the key come in, one at a time. Whoever does not is told nothing, and
// kept waiting for it; the others are not.
#pragma once

#include <cstddef>
#include <deque>

#include "base/result.h"
#include "peer/conversation.h"
#include "peer/handshake.h"
#include "sys/control_connection.h"

namespace nobounce::peer {

/// Move-only. Not thread-safe.
class Door {
 public:
  /// So many may stand before it; one more turns out whoever came first.
  static constexpr std::size_t kMostWaiting = 16;
  static constexpr std::chrono::seconds kHandshakePatience{5};
  /// How long one with a wrong key is kept.
  static constexpr std::chrono::seconds kRefusalDelay{3};

  /// `stop_fd` becomes readable once the user asks to stop. Errors: those of ControlListener::open.
  static Result<Door> open(const sys::Endpoint& listen, const Key& key, int stop_fd);

  [[nodiscard]] const sys::Endpoint& local() const { return listener_.local(); }
  /// Waits for the next who holds the key. Errors: kInterrupted, and what ends the listener.
  Result<Conversation> wait_for_holder();
  /// How many came without the key since it was opened.
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  struct Comer {
    sys::ControlConnection connection;
    ServerHandshake handshake;
    sys::Deadline until;  // Of the handshake; once it is refused, of the wait.
  };

  Door(sys::ControlListener listener, const Key& key, int stop_fd)
      : listener_(std::move(listener)), key_(key), stop_fd_(stop_fd) {}

  Status wait();
  Status accept_comers();
  bool serve(Comer& comer);

  sys::ControlListener listener_;
  Key key_;
  int stop_fd_;
  std::deque<Comer> comers_;
  std::size_t refused_ = 0;
};

}  // namespace nobounce::peer
