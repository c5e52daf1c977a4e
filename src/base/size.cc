// SPDX-License-Identifier: Apache-2.0
#include "base/size.h"

#include <fmt/format.h>

#include <charconv>

namespace nobounce {
namespace {

constexpr std::string_view kUnits = "KMGT";

Error bad_size(std::string_view text) {
  return {.code = Code::kInvalidArgument,
          .operation = "parse",
          .object = fmt::format("size '{}'", text),
          .cause = "not a number with an optional K, M, G or T",
          .fix = "write it as 4096, 64M or 1GiB"};
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest == text.data()) return fail(bad_size(text));

  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  unsigned shift = 0;
  if (!unit.empty() && unit != "B") {
    const char letter =
        unit.front() >= 'a' ? static_cast<char>(unit.front() - 'a' + 'A') : unit.front();
    const auto position = kUnits.find(letter);
    const auto tail = unit.substr(1);
    if (position == std::string_view::npos || !(tail.empty() || tail == "B" || tail == "iB")) {
      return fail(bad_size(text));
    }
    shift = 10 * (static_cast<unsigned>(position) + 1);
  }
  if (value > (std::uint64_t{1} << 63) >> shift) return fail(bad_size(text));
  return value << shift;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto scaled = static_cast<double>(bytes);
  std::size_t unit = 0;
  scaled /= 1024;
  while (scaled >= 1024 && unit + 1 < kUnits.size()) {
    scaled /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}iB", scaled, kUnits[unit]);
}

}  // namespace nobounce
