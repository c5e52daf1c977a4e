// SPDX-License-Identifier: Apache-2.0
#include "base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

namespace nobounce {
namespace {

constexpr double kMaxBitsPerS = 1e15;
constexpr double kMaxDurationNs = 3600e9;

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kRateUnits = {Unit{"", 1},    Unit{"k", 1e3}, Unit{"K", 1e3},
                                   Unit{"M", 1e6}, Unit{"G", 1e9}, Unit{"T", 1e12}};
constexpr std::array kRateTails = {std::string_view(""), std::string_view("bit/s"),
                                   std::string_view("bit"), std::string_view("bps")};
constexpr std::array kDurationUnits = {Unit{"ns", 1}, Unit{"us", 1e3}, Unit{"ms", 1e6},
                                       Unit{"s", 1e9}};

// Quantities are shown in these, the largest of which there is one.
constexpr std::array kShownRates = {Unit{"Tbit/s", 1e12}, Unit{"Gbit/s", 1e9}, Unit{"Mbit/s", 1e6},
                                    Unit{"kbit/s", 1e3}, Unit{"bit/s", 1}};
constexpr std::array kShownDurations = {Unit{"s", 1e9}, Unit{"ms", 1e6}, Unit{"us", 1e3},
                                        Unit{"ns", 1}};

struct Quantity {
  double number = 0;
  std::string_view unit;
};

Error bad(std::string_view what, std::string_view text, std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "parse",
          .object = fmt::format("{} '{}'", what, text),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

// A decimal number without a sign or an exponent, and what follows it after spaces.
std::optional<Quantity> split(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  if (digits == 0 || text.front() == '.') return std::nullopt;
  Quantity quantity;
  const char* const end = text.data() + digits;
  const auto [rest, problem] =
      std::from_chars(text.data(), end, quantity.number, std::chars_format::fixed);
  if (problem != std::errc() || rest != end) return std::nullopt;
  quantity.unit = text.substr(digits);
  quantity.unit.remove_prefix(std::min(quantity.unit.find_first_not_of(' '), quantity.unit.size()));
  return quantity;
}

std::optional<double> factor_of(std::span<const Unit> units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? std::nullopt : std::optional(found->factor);
}

std::optional<double> rate_factor(std::string_view unit) {
  for (const std::string_view tail : kRateTails) {
    if (!unit.ends_with(tail)) continue;
    if (const auto factor = factor_of(kRateUnits, unit.substr(0, unit.size() - tail.size())))
      return factor;
  }
  return std::nullopt;
}

// Three digits after the point at most, none of them a zero at the end.
std::string short_number(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string format_in(std::span<const Unit> units, std::uint64_t value) {
  const auto number = static_cast<double>(value);
  const auto fits = [&](const Unit& unit) { return number >= unit.factor; };
  const auto found = std::ranges::find_if(units, fits);
  const Unit& unit = found == units.end() ? units.back() : *found;
  return fmt::format("{} {}", short_number(number / unit.factor), unit.name);
}

}  // namespace

Result<std::uint64_t> parse_bit_rate(std::string_view text) {
  constexpr const char* kFix = "write it as 10G, 2.5Gbit/s or 100M";
  const auto quantity = split(text);
  const auto factor = quantity ? rate_factor(quantity->unit) : std::nullopt;
  if (!factor)
    return fail(bad("bit rate", text, "not a number with an optional k, M, G or T", kFix));
  const double bits_per_s = std::round(quantity->number * *factor);
  if (bits_per_s < 1 || bits_per_s > kMaxBitsPerS)
    return fail(
        bad("bit rate", text, "no line has less than 1 bit/s or more than 1000 Tbit/s", kFix));
  return static_cast<std::uint64_t>(bits_per_s);
}

Result<std::uint64_t> parse_duration_ns(std::string_view text) {
  constexpr const char* kFix = "write it as 50us, 1.5ms or 2s";
  const auto quantity = split(text);
  if (!quantity) return fail(bad("duration", text, "not a number with a unit", kFix));
  if (quantity->unit.empty() && quantity->number == 0) return 0;
  const auto factor = factor_of(kDurationUnits, quantity->unit);
  if (!factor) return fail(bad("duration", text, "its unit is not ns, us, ms or s", kFix));
  const double duration_ns = std::round(quantity->number * *factor);
  if (duration_ns > kMaxDurationNs)
    return fail(bad("duration", text, "it is longer than an hour", kFix));
  return static_cast<std::uint64_t>(duration_ns);
}

Result<double> parse_probability(std::string_view text) {
  constexpr const char* kFix = "write it as 1% or as 0.01";
  const auto quantity = split(text);
  if (!quantity || !(quantity->unit.empty() || quantity->unit == "%"))
    return fail(bad("probability", text, "not a number with an optional %", kFix));
  const double probability = quantity->unit.empty() ? quantity->number : quantity->number / 100;
  if (probability > 1) {
    return fail(bad("probability", text, "it is more than certain: above 1, that is 100%", kFix));
  }
  return probability;
}

std::string format_bit_rate(std::uint64_t bits_per_s) {
  return format_in(kShownRates, bits_per_s);
}

std::string format_duration(std::uint64_t ns) {
  return format_in(kShownDurations, ns);
}

std::string format_probability(double probability) {
  return short_number(probability * 100) + "%";
}

}  // namespace nobounce
