// SPDX-License-Identifier: Apache-2.0
#include "peer/key.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "sys/private_file.h"
#include "sys/random_bytes.h"

namespace nobounce::peer {
namespace {

constexpr std::size_t kDigits = 2 * Key::kBytes;

}  // namespace

Result<Key> Key::generate() {
  Key key;
  NB_TRY(sys::fill_with_random(key.bytes_));
  return key;
}

Result<Key> Key::parse(std::string_view text) {
  // What is wrong is told without telling what is there.
  const auto refuse = [] {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "read",
                 .object = "a key",
                 .cause = fmt::format("it is not {} hex digits", kDigits),
                 .fix = "make one with nobounce bench --new-key FILE"});
  };
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() != kDigits) return refuse();
  Key key;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const char* const begin = text.data() + 2 * i;
    unsigned char octet = 0;
    const auto [end, error] = std::from_chars(begin, begin + 2, octet, 16);
    if (error != std::errc() || end != begin + 2) return refuse();
    key.bytes_[i] = std::byte{octet};
  }
  return key;
}

std::string Key::text() const {
  std::string text;
  for (const std::byte octet : bytes_)
    fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<unsigned>(octet));
  return text + "\n";
}

Result<Key> read_key_file(const std::string& path) {
  NB_ASSIGN(const std::string text, sys::read_private_file(path, kDigits + 1));
  auto key = Key::parse(text);
  if (!key) key.error().object = "the key in " + path;
  return key;
}

Status make_key_file(const std::string& path) {
  NB_ASSIGN(const Key key, Key::generate());
  return sys::create_private_file(path, key.text());
}

}  // namespace nobounce::peer
