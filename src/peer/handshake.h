// SPDX-License-Identifier: Apache-2.0
// How two sides show each other that they hold the same key, without sending it. Bytes in, bytes
// out: no sockets, no clocks.
//
//   client → server   "nbpeer/1", a nonce of the client's        40 bytes
//   server → client   a nonce of the server's                    32 bytes
//   client → server   HMAC(key, "client" and both nonces)        32 bytes
//   server → client   HMAC(key, "server" and both nonces)        32 bytes
//
// The client proves itself first, so a server says nothing about its key to whoever scans ports.
// Each direction then has a key of its own, made of key and nonces, so that nothing of one session
// or one direction passes for something of another.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "base/hmac.h"
#include "base/result.h"
#include "peer/key.h"

namespace nobounce::peer {

using Nonce = std::array<std::byte, 32>;

/// What messages of one session are sealed with.
struct SessionKeys {
  Digest to_server;
  Digest to_client;
};

inline constexpr std::size_t kHelloBytes = 40;
inline constexpr std::size_t kChallengeBytes = sizeof(Nonce);
inline constexpr std::size_t kProofBytes = sizeof(Digest);

class ServerHandshake {
 public:
  enum class State {
    kGoesOn,   ///< More is to come from the client.
    kDone,     ///< The client holds the key.
    kRefused,  ///< It does not, or does not speak this protocol. Nothing is to be answered.
  };

  /// `nonce` is to be random, and used once.
  ServerHandshake(Key key, const Nonce& nonce) : key_(key), own_(nonce) {}

  /// Takes what has come, in pieces of any size; what is to be sent in return.
  std::string feed(std::span<const std::byte> bytes);

  [[nodiscard]] State state() const { return state_; }
  /// Only where it is kDone.
  [[nodiscard]] SessionKeys keys() const;

 private:
  Key key_;
  Nonce own_;
  Nonce peers_{};
  std::string come_;
  bool has_greeted_ = false;
  State state_ = State::kGoesOn;
};

class ClientHandshake {
 public:
  ClientHandshake(Key key, const Nonce& nonce) : key_(key), own_(nonce) {}

  [[nodiscard]] std::string hello() const;
  /// The proof for a challenge of kChallengeBytes.
  std::string answer(std::span<const std::byte> challenge);
  /// The keys, if the server's proof of kProofBytes shows that it holds the key. Error:
  /// kPermission.
  [[nodiscard]] Result<SessionKeys> accept(std::span<const std::byte> proof) const;

 private:
  Key key_;
  Nonce own_;
  Nonce peers_{};
};

}  // namespace nobounce::peer
