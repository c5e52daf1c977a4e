// SPDX-License-Identifier: Apache-2.0
#include "peer/conversation.h"

#include <array>
#include <bit>

#include "sys/random_bytes.h"

namespace nobounce::peer {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// To take what was said, by somebody who reads all that comes.
constexpr seconds kSendingPatience{30};
// Longer than a door that is busy with somebody else's handshake takes.
constexpr seconds kHandshakePatience{10};

/// A handshake's answers have fixed lengths, and nothing follows them unasked.
template <std::size_t N>
Result<std::array<std::byte, N>> receive_exactly(sys::ControlConnection& connection,
                                                 sys::Deadline deadline) {
  std::array<char, N> bytes{};
  for (std::size_t length = 0; length < N;) {
    NB_ASSIGN(const auto got, connection.receive_some(std::span(bytes).subspan(length), deadline));
    length += got.size();
  }
  return std::bit_cast<std::array<std::byte, N>>(bytes);
}

Error about(const sys::Endpoint& server, Error error) {
  error.object = "the agent at " + to_string(server);
  return error;
}

}  // namespace

Conversation::Conversation(sys::ControlConnection connection, const SessionKeys& keys, Side side)
    : connection_(std::move(connection)),
      sealer_(side == Side::kServer ? keys.to_client : keys.to_server),
      opener_(side == Side::kServer ? keys.to_server : keys.to_client) {}

Result<Conversation> Conversation::connect(const sys::Endpoint& server, const Key& key,
                                           int stop_fd) {
  const auto deadline = steady_clock::now() + kHandshakePatience;
  auto connection = sys::ControlConnection::connect(server, deadline, stop_fd);
  if (!connection) {
    Error error = about(server, std::move(connection).error());
    error.fix = "see that nobounce bench --agent runs there and that no firewall is in the way";
    return fail(std::move(error));
  }
  Nonce nonce{};
  NB_TRY(sys::fill_with_random(nonce));
  ClientHandshake handshake(key, nonce);
  NB_TRY(connection->send_all(handshake.hello(), deadline));
  auto challenge = receive_exactly<kChallengeBytes>(*connection, deadline);
  if (!challenge) {
    Error error = about(server, std::move(challenge).error());
    if (error.code == Code::kTimeout) error.fix = "it serves one bench at a time: try again later";
    return fail(std::move(error));
  }
  NB_TRY(connection->send_all(handshake.answer(*challenge), deadline));
  const auto proof = receive_exactly<kProofBytes>(*connection, deadline);
  if (!proof) {
    Error error = about(server, proof.error());
    // It says nothing to those whose key is another.
    if (error.code == Code::kPeerClosed || error.code == Code::kTimeout) {
      error.code = Code::kPermission;
      error.cause = "it refused us, as it does whose key is not its own";
      error.fix = "give both sides the same --key-file";
    }
    return fail(std::move(error));
  }
  auto keys = handshake.accept(*proof);
  if (!keys) return fail(about(server, std::move(keys).error()));
  return Conversation(std::move(*connection), *keys, Side::kClient);
}

Status Conversation::send(std::string_view body) {
  return connection_.send_all(sealer_.seal(body), steady_clock::now() + kSendingPatience);
}

Result<std::string> Conversation::receive(std::chrono::milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  std::array<char, 16384> room;
  while (true) {
    NB_ASSIGN(auto message, opener_.next());
    if (message) return std::move(*message);
    auto got = connection_.receive_some(room, deadline);
    if (!got) {
      if (got.error().code == Code::kPeerClosed && !opener_.is_between_messages())
        got.error().cause += " in the middle of a message";
      return fail(std::move(got).error());
    }
    opener_.add(*got);
  }
}

}  // namespace nobounce::peer
