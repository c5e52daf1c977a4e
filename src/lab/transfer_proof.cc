// SPDX-License-Identifier: Apache-2.0
#include "lab/transfer_proof.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

namespace nobounce::lab {
namespace {

using nlohmann::json;

std::optional<std::uint64_t> count(const json& object, const json::json_pointer& where) {
  if (!object.contains(where) || !object[where].is_number_unsigned()) return std::nullopt;
  return object[where].get<std::uint64_t>();
}

// The reason that an end gives, where it gives one.
std::string reason_of(const json& end) {
  const json::json_pointer reason("/copies/not_available");
  if (end.contains(reason) && end[reason].is_string()) return end[reason].get<std::string>();
  return "an end of the transfer gives no count";
}

json missing(std::string reason) {
  return {{"not_available", std::move(reason)}};
}

json per_byte(const json& send, const json& recv, const std::string& kind, std::uint64_t ours) {
  const auto start = count(send, json::json_pointer("/copies/at_start/" + kind));
  const auto end = count(recv, json::json_pointer("/copies/at_end/" + kind));
  const auto bytes = count(recv, json::json_pointer("/bytes"));
  if (!start) return missing(reason_of(send));
  if (!end) return missing(reason_of(recv));
  if (*end < *start || bytes.value_or(0) == 0) return missing("the ends' counts do not fit");
  return static_cast<double>(*end - *start + ours) / static_cast<double>(*bytes);
}

}  // namespace

json proof_of(const json& send, const json& recv) {
  const json::json_pointer staged("/staged_bytes");
  const std::uint64_t rounds = count(send, json::json_pointer("/rounds")).value_or(0);
  if (rounds > 1) {
    const json reason = missing(fmt::format("the sender loaded in {} rounds", rounds));
    return {{"copied_bytes_per_byte", reason}, {"other_copied_bytes_per_byte", reason}};
  }
  const std::uint64_t ours = count(send, staged).value_or(0) + count(recv, staged).value_or(0);
  return {{"copied_bytes_per_byte", per_byte(send, recv, "user_bytes", ours)},
          {"other_copied_bytes_per_byte", per_byte(send, recv, "other_bytes", 0)}};
}

}  // namespace nobounce::lab
