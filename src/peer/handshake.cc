// SPDX-License-Identifier: Apache-2.0
#include "peer/handshake.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace nobounce::peer {
namespace {

constexpr std::string_view kMagic = "nbpeer/1";
static_assert(kMagic.size() + sizeof(Nonce) == kHelloBytes);

/// What the nonces are digested for; both of them have a fixed length, so the label is told apart
/// from them.
Digest derived(const Key& key, std::string_view label, const Nonce& client, const Nonce& server) {
  return hmac_sha256(key.bytes(), {std::as_bytes(std::span(kMagic)),
                                   std::as_bytes(std::span(label)), client, server});
}

SessionKeys keys_of(const Key& key, const Nonce& client, const Nonce& server) {
  return {.to_server = derived(key, "to server", client, server),
          .to_client = derived(key, "to client", client, server)};
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Nonce nonce_of(std::span<const std::byte> bytes) {
  Nonce nonce{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), nonce.size()), nonce.begin());
  return nonce;
}

}  // namespace

std::string ServerHandshake::feed(std::span<const std::byte> bytes) {
  if (state_ != State::kGoesOn) return {};
  // A client waits for each answer, so there is never more than one message.
  const std::size_t wanted = has_greeted_ ? kProofBytes : kHelloBytes;
  if (come_.size() + bytes.size() > wanted) {
    state_ = State::kRefused;
    return {};
  }
  come_ += text_of(bytes);
  if (come_.size() < wanted) return {};
  const std::string message = std::exchange(come_, {});
  if (!has_greeted_) {
    if (!message.starts_with(kMagic)) {
      state_ = State::kRefused;
      return {};
    }
    peers_ = nonce_of(std::as_bytes(std::span(message)).subspan(kMagic.size()));
    has_greeted_ = true;
    return text_of(own_);
  }
  const Digest proof = derived(key_, "client", peers_, own_);
  const bool holds_key = equal_in_constant_time(std::as_bytes(std::span(message)), proof);
  state_ = holds_key ? State::kDone : State::kRefused;
  return holds_key ? text_of(derived(key_, "server", peers_, own_)) : std::string();
}

SessionKeys ServerHandshake::keys() const {
  return keys_of(key_, peers_, own_);
}

std::string ClientHandshake::hello() const {
  return std::string(kMagic) + text_of(own_);
}

std::string ClientHandshake::answer(std::span<const std::byte> challenge) {
  peers_ = nonce_of(challenge);
  return text_of(derived(key_, "client", own_, peers_));
}

Result<SessionKeys> ClientHandshake::accept(std::span<const std::byte> proof) const {
  if (equal_in_constant_time(proof, derived(key_, "server", own_, peers_)))
    return keys_of(key_, own_, peers_);
  return fail({.code = Code::kPermission,
               .operation = "speak with",
               .object = "the peer",
               .cause = "it does not hold the key",
               .fix = "see who listens there"});
}

}  // namespace nobounce::peer
