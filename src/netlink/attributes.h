// SPDX-License-Identifier: Apache-2.0
// Attributes: a checked view of the attributes in one netlink message or nest.
//
// Every length is checked before anything is read, and a value of the wrong size is an error: a
// kernel, a module or a proxy that answers nonsense gets a kProtocol error, never a stray read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::netlink {

/// The error for an answer that breaks its own format.
Error malformed(std::string cause);

struct Attribute {
  std::uint16_t type = 0;  ///< Without the nest and byte order flags.
  std::span<const std::byte> payload;
};

/// Borrows the bytes that it was made from. Where a type occurs twice, the first one counts;
/// `all` has them in order.
class Attributes {
 public:
  /// Error: kProtocol where an attribute does not fit.
  static Result<Attributes> parse(std::span<const std::byte> bytes);

  [[nodiscard]] std::span<const Attribute> all() const { return attributes_; }
  [[nodiscard]] bool has(std::uint16_t type) const { return find(type) != nullptr; }

  /// An absent attribute is an empty optional; one of the wrong size is a kProtocol error.
  [[nodiscard]] Result<std::optional<std::uint8_t>> u8(std::uint16_t type) const;
  [[nodiscard]] Result<std::optional<std::uint16_t>> u16(std::uint16_t type) const;
  [[nodiscard]] Result<std::optional<std::uint32_t>> u32(std::uint16_t type) const;
  /// Text up to its NUL, or to the attribute's end where there is none.
  [[nodiscard]] Result<std::optional<std::string>> text(std::uint16_t type) const;
  /// The attributes inside a nest; an absent nest is an empty one.
  [[nodiscard]] Result<Attributes> nest(std::uint16_t type) const;
  [[nodiscard]] std::optional<std::span<const std::byte>> bytes(std::uint16_t type) const;

 private:
  [[nodiscard]] const Attribute* find(std::uint16_t type) const;
  std::vector<Attribute> attributes_;
};

}  // namespace nobounce::netlink
