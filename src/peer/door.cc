// SPDX-License-Identifier: Apache-2.0
#include "peer/door.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "sys/random_bytes.h"
#include "sys/readiness.h"

namespace nobounce::peer {
namespace {

using State = ServerHandshake::State;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

Result<Door> Door::open(const sys::Endpoint& listen, const Key& key, int stop_fd) {
  NB_ASSIGN(auto listener, sys::ControlListener::open(listen, stop_fd));
  return Door(std::move(listener), key, stop_fd);
}

Result<Conversation> Door::wait_for_holder() {
  while (true) {
    NB_TRY(wait());
    NB_TRY(accept_comers());
    const auto now = steady_clock::now();
    for (Comer& comer : comers_) {
      if (comer.handshake.state() == State::kRefused || serve(comer)) continue;
      comer.until = sys::Deadline::min();
    }
    const auto holder = std::ranges::find_if(comers_, [](const Comer& comer) {
      return comer.handshake.state() == State::kDone && comer.until != sys::Deadline::min();
    });
    if (holder != comers_.end()) {
      Conversation conversation(std::move(holder->connection), holder->handshake.keys(),
                                Conversation::Side::kServer);
      comers_.erase(holder);
      return conversation;
    }
    std::erase_if(comers_, [now](const Comer& comer) { return comer.until <= now; });
  }
}

Status Door::wait() {
  std::vector<pollfd> entries = {{.fd = stop_fd_, .events = POLLIN, .revents = 0},
                                 {.fd = listener_.fd(), .events = POLLIN, .revents = 0}};
  std::optional<milliseconds> timeout;
  for (const Comer& comer : comers_) {
    const auto left = std::chrono::ceil<milliseconds>(comer.until - steady_clock::now());
    timeout = std::clamp(left, milliseconds(0), timeout.value_or(kHandshakePatience));
    // One that was refused is not listened to any more.
    const bool is_heard = comer.handshake.state() == State::kGoesOn;
    entries.push_back(
        {.fd = is_heard ? comer.connection.fd() : -1, .events = POLLIN, .revents = 0});
  }
  NB_TRY(sys::wait_ready(entries, timeout));
  if (entries[0].revents != 0)
    return fail({.code = Code::kInterrupted,
                 .operation = "wait for",
                 .object = "a peer",
                 .cause = "stopped by the user"});
  return {};
}

Status Door::accept_comers() {
  while (true) {
    NB_ASSIGN(auto connection, listener_.accept());
    if (!connection) return {};
    Nonce nonce{};
    NB_TRY(sys::fill_with_random(nonce));
    if (comers_.size() == kMostWaiting) comers_.pop_front();
    comers_.push_back({.connection = std::move(*connection),
                       .handshake = ServerHandshake(key_, nonce),
                       .until = steady_clock::now() + kHandshakePatience});
  }
}

/// False once it has gone, or will not take an answer.
bool Door::serve(Comer& comer) {
  std::array<char, kHelloBytes + 1> room;
  const auto now = steady_clock::now();
  const auto got = comer.connection.receive_some(room, now);
  if (!got) return got.error().code == Code::kTimeout;
  const std::string answer = comer.handshake.feed(std::as_bytes(*got));
  if (comer.handshake.state() == State::kRefused) {
    ++refused_;
    comer.until = now + kRefusalDelay;
  }
  // The few bytes of an answer fit into any socket's buffer.
  return comer.connection.send_all(answer, now).has_value();
}

}  // namespace nobounce::peer
