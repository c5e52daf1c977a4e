// SPDX-License-Identifier: Apache-2.0
#include "peer/sealing.h"

#include <fmt/format.h>

#include <cassert>

#include "base/bytes.h"

namespace nobounce::peer {
namespace {

constexpr std::size_t kLengthBytes = 4;

Digest seal_of(const Digest& key, std::uint64_t number, std::string_view length_and_body) {
  std::array<std::byte, sizeof number> counted{};
  store_be(counted.data(), number);
  return hmac_sha256(key, {counted, std::as_bytes(std::span(length_and_body))});
}

}  // namespace

std::string Sealer::seal(std::string_view body) {
  assert(body.size() <= kMaxBodyBytes);
  std::string message(kLengthBytes, '\0');
  store_be(message.data(), static_cast<std::uint32_t>(body.size()));
  message += body;
  const Digest seal = seal_of(key_, number_++, message);
  return message.append(reinterpret_cast<const char*>(seal.data()), seal.size());
}

Result<std::optional<std::string>> Opener::next() {
  const auto broken = [this](std::string cause) {
    is_broken_ = true;
    come_.clear();
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "a message of the peer",
                 .cause = std::move(cause)});
  };
  if (is_broken_) return broken("an earlier one was not as it must be");
  if (come_.size() < kLengthBytes) return std::optional<std::string>();
  // Looked at before its seal is: it bounds what is waited for, and decides nothing else.
  const auto length = load_be<std::uint32_t>(come_.data());
  if (length > kMaxBodyBytes) return broken(fmt::format("it claims to have {} bytes", length));
  const std::size_t sealed = kLengthBytes + length;
  if (come_.size() < sealed + sizeof(Digest)) return std::optional<std::string>();
  const std::string_view message = come_;
  const auto seal = std::as_bytes(std::span(message.substr(sealed, sizeof(Digest))));
  if (!equal_in_constant_time(seal, seal_of(key_, number_, message.substr(0, sealed))))
    return broken("its seal is not that of this session");
  ++number_;
  std::string body(message.substr(kLengthBytes, length));
  come_.erase(0, sealed + sizeof(Digest));
  return std::optional(std::move(body));
}

}  // namespace nobounce::peer
