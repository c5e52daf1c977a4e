// SPDX-License-Identifier: Apache-2.0
// Structs that grow at their end, and say by their first field how large the caller's is. The rule
// is that of the kernel's clone3 and openat2: what one side does not know must be zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "api/boundary.h"

namespace nobounce::api {

/// Larger ones are no structs of ours, but a size that was never set.
inline constexpr std::size_t kMaxStructBytes = 4096;

/// Sizes of the first version of each struct: a smaller one never existed. They never change.
template <typename Struct>
inline constexpr std::size_t kFirstVersionBytes = 0;
template <>
inline constexpr std::size_t kFirstVersionBytes<nb_region_options> = 32;
template <>
inline constexpr std::size_t kFirstVersionBytes<nb_listen_options> = 56;
template <>
inline constexpr std::size_t kFirstVersionBytes<nb_connect_options> = 40;
template <>
inline constexpr std::size_t kFirstVersionBytes<nb_receive_counts> = 72;
template <>
inline constexpr std::size_t kFirstVersionBytes<nb_send_counts> = 48;

/// The size that the caller gave. Error: kInvalidArgument for one that can't be.
template <typename Struct>
Result<std::size_t> struct_size_of(std::string_view function, std::string_view name,
                                   const Struct* given) {
  static_assert(std::is_trivial_v<Struct> && offsetof(Struct, struct_size) == 0);
  static_assert(kFirstVersionBytes<Struct> != 0 && sizeof(Struct) >= kFirstVersionBytes<Struct>);
  NB_TRY(require(function, Argument{given, name}));
  const std::size_t size = given->struct_size;
  if (size >= kFirstVersionBytes<Struct> && size <= kMaxStructBytes) return size;
  Error error = bad_argument(
      function, name,
      fmt::format("its struct_size is {}, that of this library {}", size, sizeof(Struct)));
  error.fix = "struct_size = sizeof";
  return fail(std::move(error));
}

/// A copy of the caller's options, fields that it does not have being zero. Errors:
/// kInvalidArgument as above; kUnsupported where it asks for what only a newer library knows.
template <typename Options>
Result<Options> options_given(std::string_view function, const Options* given) {
  NB_ASSIGN(const std::size_t size, struct_size_of(function, "options", given));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(given);
  const std::size_t known = std::min(size, sizeof(Options));
  if (std::any_of(bytes + known, bytes + size, [](unsigned char byte) { return byte != 0; })) {
    return fail({.code = Code::kUnsupported,
                 .operation = std::string(function),
                 .object = "options",
                 .cause = fmt::format("they ask for more than libnobounce {} knows", nb_version()),
                 .fix = "install the libnobounce that the program was built with"});
  }
  Options options{};
  std::memcpy(&options, bytes, known);
  return options;
}

/// Writes `counts` to the caller's struct as far as it goes; what is beyond ours was never counted.
/// Error: kInvalidArgument as above.
template <typename Counts>
Status give_counts(std::string_view function, Counts counts, Counts* to) {
  NB_ASSIGN(const std::size_t size, struct_size_of(function, "counts", to));
  auto* const bytes = reinterpret_cast<unsigned char*>(to);
  std::memset(bytes, 0xFF, size);  // NB_NOT_AVAILABLE, whatever follows.
  counts.struct_size = size;
  std::memcpy(bytes, &counts, std::min(size, sizeof counts));
  return {};
}

}  // namespace nobounce::api
