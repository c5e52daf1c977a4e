// SPDX-License-Identifier: Apache-2.0
// Messages as a kernel would send them, built byte by byte: deliberately not with the library's
// own Request, so that a mistake in the encoder can't hide one in the decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace nobounce::netlink::testing {

using Bytes = std::vector<std::byte>;

template <typename T>
void append(Bytes& bytes, const T& value) {
  const auto* raw = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), raw, raw + sizeof value);
}

inline void pad(Bytes& bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
}

inline Bytes attribute(std::uint16_t type, const Bytes& payload) {
  Bytes bytes;
  append(bytes, static_cast<std::uint16_t>(4 + payload.size()));
  append(bytes, type);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  pad(bytes);
  return bytes;
}

template <typename T>
Bytes number(std::uint16_t type, T value) {
  Bytes payload;
  append(payload, value);
  return attribute(type, payload);
}

inline Bytes text(std::uint16_t type, std::string_view value) {
  Bytes payload;
  for (const char c : value)
    append(payload, c);
  append(payload, '\0');
  return attribute(type, payload);
}

template <typename... Parts>
Bytes join(const Parts&... parts) {
  Bytes bytes;
  (bytes.insert(bytes.end(), parts.begin(), parts.end()), ...);
  return bytes;
}

inline Bytes nest(std::uint16_t type, const Bytes& inside) {
  return attribute(static_cast<std::uint16_t>(type | 0x8000), inside);
}

/// The payload of a generic netlink message.
inline Bytes generic(const Bytes& attributes) {
  return join(Bytes(4), attributes);
}

/// A whole netlink message.
inline Bytes message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                     std::uint32_t port, const Bytes& payload) {
  Bytes bytes;
  append(bytes, static_cast<std::uint32_t>(16 + payload.size()));
  append(bytes, type);
  append(bytes, flags);
  append(bytes, sequence);
  append(bytes, port);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  pad(bytes);
  return bytes;
}

}  // namespace nobounce::netlink::testing
