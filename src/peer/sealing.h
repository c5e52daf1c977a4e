// SPDX-License-Identifier: Apache-2.0
// Sealed messages: authenticated, in order, once each, and not secret. On the wire a message is
//
//   length of the body (4 bytes, big-endian), body, HMAC(key, number, length, body) (32 bytes)
//
// The number counts the messages of that direction and is not sent: a message that is left out,
// repeated, moved or of another session has another number or key, and so another seal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hmac.h"
#include "base/result.h"

namespace nobounce::peer {

inline constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;

class Sealer {
 public:
  explicit Sealer(const Digest& key) : key_(key) {}

  /// The message as it goes on the wire. `body` has at most kMaxBodyBytes.
  std::string seal(std::string_view body);

 private:
  Digest key_;
  std::uint64_t number_ = 0;
};

class Opener {
 public:
  explicit Opener(const Digest& key) : key_(key) {}

  /// Bytes as they come, in pieces of any size.
  void add(std::span<const char> bytes) { come_.append(bytes.data(), bytes.size()); }
  /// The next whole message, or nothing yet. Error: kProtocol for one that is too long or whose
  /// seal is not right; from then on always.
  Result<std::optional<std::string>> next();
  /// Whether the stream, if it ended now, would end between two messages.
  [[nodiscard]] bool is_between_messages() const { return come_.empty(); }

 private:
  Digest key_;
  std::uint64_t number_ = 0;
  std::string come_;
  bool is_broken_ = false;
};

}  // namespace nobounce::peer
