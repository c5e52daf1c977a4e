// SPDX-License-Identifier: Apache-2.0
#include "measure/probe_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace nobounce::measure {
namespace {

constexpr std::string_view kBlanks = " \t";

tl::unexpected<Error> malformed(std::string_view object, std::string_view line) {
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = std::string(object),
               .cause = fmt::format("'{}' is not what the kernel writes", line),
               .fix = {}});
}

// The number behind `label` and blanks.
template <typename T>
std::optional<T> number_after(std::string_view line, std::string_view label) {
  const std::size_t at = line.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + label.size());
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  T number{};
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (problem != std::errc{}) return std::nullopt;
  return number;
}

template <typename Take>
Status for_each_line(std::string_view text, Take&& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    NB_TRY(take(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find_first_of(kBlanks)));
    line.remove_prefix(words.back().size());
  }
}

}  // namespace

Result<std::map<std::uint32_t, std::int64_t>> parse_probe_histogram(std::string_view text) {
  constexpr std::string_view kObject = "a histogram of tracefs";
  std::map<std::uint32_t, std::int64_t> bytes;
  std::uint64_t dropped = 0;
  NB_TRY(for_each_line(text, [&](std::string_view line) -> Status {
    if (line.starts_with('{')) {
      const auto cpu = number_after<std::uint32_t>(line, ":");
      const auto sum = number_after<std::int64_t>(line, " bytes:");
      if (!cpu || !sum) return malformed(kObject, line);
      bytes[*cpu] += *sum;
    } else if (line.find("Dropped:") != std::string_view::npos) {
      const auto count = number_after<std::uint64_t>(line, "Dropped:");
      if (!count) return malformed(kObject, line);
      dropped += *count;
    }
    return {};
  }));
  if (dropped == 0) return bytes;
  return fail({.code = Code::kExhausted,
               .operation = "read",
               .object = std::string(kObject),
               .cause = fmt::format("{} hits found no room in it", dropped),
               .fix = {}});
}

Result<std::uint64_t> parse_probe_misses(std::string_view text, std::string_view tag) {
  constexpr std::size_t kEvent = 0;
  constexpr std::size_t kMisses = 2;  // Behind the hits.
  std::uint64_t misses = 0;
  NB_TRY(for_each_line(text, [&](std::string_view line) -> Status {
    const auto words = words_of(line);
    if (words.empty() || !words[kEvent].ends_with(tag)) return {};
    const auto count = words.size() > kMisses ? number_after<std::uint64_t>(words[kMisses], "")
                                              : std::optional<std::uint64_t>();
    if (!count) return malformed("kprobe_profile", line);
    misses += *count;
    return {};
  }));
  return misses;
}

Figure<Copies> copies_between(const ProbeReading& before, const ProbeReading& after) {
  if (after.missed != before.missed)
    return NotAvailable{fmt::format("kernel probes missed {} hits", after.missed - before.missed)};
  std::map<std::uint32_t, std::int64_t> by_cpu;
  Copies copies{.source = "kernel probes of TCP",
                .user_bytes = 0,
                .other_bytes = NotAvailable{"probes see copies of TCP's payload alone"},
                .instructions = NotAvailable{"probes count no instructions"},
                .routines = {},
                .by_cpu = {},
                .at_start = NotAvailable{"each end has probes of its own"},
                .at_end = NotAvailable{"each end has probes of its own"}};
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kProbePoints.size(); ++i) {
    std::int64_t of_point = 0;
    for (const auto& [cpu, bytes] : after.bytes[i]) {
      const auto earlier = before.bytes[i].find(cpu);
      const std::int64_t growth = bytes - (earlier == before.bytes[i].end() ? 0 : earlier->second);
      by_cpu[cpu] += kProbePoints[i].sign * growth;
      of_point += growth;
    }
    sum += kProbePoints[i].sign * of_point;
    if (of_point > 0)
      copies.routines.push_back({.name = std::string(kProbePoints[i].definition.substr(
                                     0, kProbePoints[i].definition.find(' '))),
                                 .is_user = kProbePoints[i].sign > 0,
                                 .bytes = static_cast<std::uint64_t>(of_point)});
  }
  // A call that moves from CPU to CPU returns elsewhere, and so may be subtracted there.
  const auto at_least_0 = [](std::int64_t bytes) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
  };
  copies.user_bytes = at_least_0(sum);
  for (const auto& [cpu, bytes] : by_cpu)
    copies.by_cpu.push_back({.cpu = cpu,
                             .user_bytes = at_least_0(bytes),
                             .other_bytes = copies.other_bytes,
                             .instructions = copies.instructions});
  return copies;
}

}  // namespace nobounce::measure
