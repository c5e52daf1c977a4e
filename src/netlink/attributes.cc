// SPDX-License-Identifier: Apache-2.0
#include "netlink/attributes.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"

namespace nobounce::netlink {
namespace {

template <typename T>
Result<std::optional<T>> number(const Attribute* attribute) {
  if (attribute == nullptr) return std::optional<T>();
  if (attribute->payload.size() != sizeof(T)) {
    return fail(malformed(fmt::format("attribute {} has {} bytes instead of {}", attribute->type,
                                      attribute->payload.size(), sizeof(T))));
  }
  return std::optional<T>(load_le<T>(attribute->payload.data()));
}

}  // namespace

Error malformed(std::string cause) {
  return Error{.code = Code::kProtocol,
               .sys_errno = 0,
               .operation = "netlink answer",
               .object = "the kernel",
               .cause = std::move(cause),
               .fix = {}};
}

Result<Attributes> Attributes::parse(std::span<const std::byte> bytes) {
  Attributes parsed;
  while (!bytes.empty()) {
    const auto* attribute = reinterpret_cast<const nlattr*>(bytes.data());
    const auto left =
        static_cast<int>(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()));
    if (!mnl_attr_ok(attribute, left)) return fail(malformed("an attribute does not fit"));
    const std::size_t length = mnl_attr_get_len(attribute);
    parsed.attributes_.push_back(
        {.type = mnl_attr_get_type(attribute),
         .payload = bytes.subspan(MNL_ATTR_HDRLEN, length - MNL_ATTR_HDRLEN)});
    // The last attribute of a message may lack its padding.
    bytes = bytes.subspan(std::min<std::size_t>(MNL_ALIGN(length), bytes.size()));
  }
  return parsed;
}

const Attribute* Attributes::find(std::uint16_t type) const {
  const auto found = std::ranges::find(attributes_, type, &Attribute::type);
  return found == attributes_.end() ? nullptr : &*found;
}

Result<std::optional<std::uint8_t>> Attributes::u8(std::uint16_t type) const {
  return number<std::uint8_t>(find(type));
}

Result<std::optional<std::uint16_t>> Attributes::u16(std::uint16_t type) const {
  return number<std::uint16_t>(find(type));
}

Result<std::optional<std::uint32_t>> Attributes::u32(std::uint16_t type) const {
  return number<std::uint32_t>(find(type));
}

Result<std::optional<std::string>> Attributes::text(std::uint16_t type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr) return std::optional<std::string>();
  const auto* characters = reinterpret_cast<const char*>(attribute->payload.data());
  const auto* end = std::find(characters, characters + attribute->payload.size(), '\0');
  return std::optional<std::string>(std::in_place, characters, end);
}

Result<Attributes> Attributes::nest(std::uint16_t type) const {
  const Attribute* attribute = find(type);
  return attribute == nullptr ? Attributes() : parse(attribute->payload);
}

std::optional<std::span<const std::byte>> Attributes::bytes(std::uint16_t type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr) return std::nullopt;
  return attribute->payload;
}

}  // namespace nobounce::netlink
