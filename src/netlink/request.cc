// SPDX-License-Identifier: Apache-2.0
#include "netlink/request.h"

#include <cassert>
#include <cstring>
#include <string>

namespace nobounce::netlink {

Request::Request(std::uint16_t type, std::uint16_t flags, std::span<const std::byte> fixed_header) {
  assert(fixed_header.size() <= 256);
  nlmsghdr* message = mnl_nlmsg_put_header(buffer_.data());
  message->nlmsg_type = type;
  // An answer to a dump ends with NLMSG_DONE; everything else is to be acknowledged.
  message->nlmsg_flags = static_cast<std::uint16_t>(
      NLM_F_REQUEST | flags | ((flags & NLM_F_DUMP) == NLM_F_DUMP ? 0 : NLM_F_ACK));
  void* extra = mnl_nlmsg_put_extra_header(message, fixed_header.size());
  std::memcpy(extra, fixed_header.data(), fixed_header.size());
}

void Request::put_bytes(std::uint16_t type, std::span<const std::byte> value) {
  fits_ = fits_ && value.size() < kMaxBytes &&
          mnl_attr_put_check(header(), kMaxBytes, type, value.size(), value.data());
}

void Request::put_flag(std::uint16_t type) {
  put_bytes(type, {});
}

void Request::put_u8(std::uint16_t type, std::uint8_t value) {
  put_bytes(type, bytes_of(value));
}

void Request::put_u32(std::uint16_t type, std::uint32_t value) {
  put_bytes(type, bytes_of(value));
}

void Request::put_text(std::uint16_t type, std::string_view value) {
  const std::string with_nul(value);
  put_bytes(type, std::as_bytes(std::span(with_nul.c_str(), with_nul.size() + 1)));
}

bool Request::is_dump() const {
  return (header()->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

std::span<const std::byte> Request::bytes() const {
  return std::span(buffer_).first(header()->nlmsg_len);
}

}  // namespace nobounce::netlink
