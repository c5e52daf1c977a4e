// SPDX-License-Identifier: Apache-2.0
// Request: one netlink message on its way to the kernel, built in a buffer of fixed size.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nobounce::netlink {

/// Attributes go in one after the other. What does not fit is left out and remembered: `fits`
/// says so, and a Socket refuses such a request, so no call needs a check of its own.
class Request {
 public:
  static constexpr std::size_t kMaxBytes = 4096;

  /// `type` and `flags` as netlink names them; `fixed_header` is what the family puts before the
  /// attributes (genlmsghdr, ifinfomsg, …).
  Request(std::uint16_t type, std::uint16_t flags, std::span<const std::byte> fixed_header);

  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void put_flag(std::uint16_t type);
  void put_u8(std::uint16_t type, std::uint8_t value);
  void put_u32(std::uint16_t type, std::uint32_t value);
  void put_text(std::uint16_t type, std::string_view value);  ///< A NUL is added.
  void put_bytes(std::uint16_t type, std::span<const std::byte> value);

  /// Puts whatever `inside` puts into a nest.
  template <typename Inside>
  void put_nest(std::uint16_t type, Inside inside) {
    nlattr* nest = fits_ ? mnl_attr_nest_start_check(header(), kMaxBytes, type) : nullptr;
    if (nest == nullptr) {
      fits_ = false;
      return;
    }
    inside();
    mnl_attr_nest_end(header(), nest);
  }

  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] bool is_dump() const;
  void set_sequence(std::uint32_t sequence) { header()->nlmsg_seq = sequence; }
  [[nodiscard]] std::span<const std::byte> bytes() const;

 private:
  [[nodiscard]] nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }
  [[nodiscard]] const nlmsghdr* header() const {
    return reinterpret_cast<const nlmsghdr*>(buffer_.data());
  }

  alignas(nlmsghdr) std::array<std::byte, kMaxBytes> buffer_{};
  bool fits_ = true;
};

/// The bytes of a plain structure, for a fixed header.
template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace nobounce::netlink
