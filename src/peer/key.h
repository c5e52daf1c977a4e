// SPDX-License-Identifier: Apache-2.0
// Key: the secret that two nobounces share before they speak with each other, and its file.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::peer {

/// 256 bits that nobody can guess; no password.
class Key {
 public:
  static constexpr std::size_t kBytes = 32;

  static Result<Key> generate();
  /// From the text of a key file: 64 hex digits and at most one newline. Error: kInvalidArgument.
  static Result<Key> parse(std::string_view text);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::array<std::byte, kBytes> bytes_{};
};

/// Errors: kPermission for a file that others than its owner may use; those of Key::parse.
Result<Key> read_key_file(const std::string& path);
/// Makes a file of mode 0600 with a new key. Error: kBusy where there is a file already.
Status make_key_file(const std::string& path);

}  // namespace nobounce::peer
