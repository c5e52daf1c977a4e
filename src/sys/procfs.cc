// SPDX-License-Identifier: Apache-2.0
#include "sys/procfs.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

Error unreadable(std::string object, std::string cause) {
  return {.code = Code::kProtocol,
          .operation = "parse",
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = {}};
}

/// Takes the text up to the next newline off `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

/// Takes the next word between spaces off `rest`; empty at the end.
std::string_view take_word(std::string_view& rest) {
  const auto start = rest.find_first_not_of(' ');
  rest.remove_prefix(start == std::string_view::npos ? rest.size() : start);
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

template <typename T>
std::optional<T> number(std::string_view word) {
  T value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, problem] = std::from_chars(word.data(), end, value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<CpuTicks> ticks_of(std::string_view columns) {
  CpuTicks ticks;
  for (std::uint64_t* column : {&ticks.user, &ticks.nice, &ticks.system, &ticks.idle, &ticks.iowait,
                                &ticks.irq, &ticks.softirq, &ticks.steal}) {
    const auto value = number<std::uint64_t>(take_word(columns));
    if (!value) return std::nullopt;
    *column = *value;
  }
  return ticks;
}

}  // namespace

Result<HostCpuTicks> parse_cpu_ticks(std::string_view stat_text) {
  constexpr std::string_view kPrefix = "cpu";
  HostCpuTicks host;
  bool has_total = false;
  while (!stat_text.empty()) {
    std::string_view line = take_line(stat_text);
    if (!line.starts_with(kPrefix)) continue;
    const auto id = take_word(line).substr(kPrefix.size());
    const auto ticks = ticks_of(line);
    if (!ticks) return fail(unreadable("/proc/stat", fmt::format("bad line of cpu{}", id)));
    if (id.empty()) {
      host.total = *ticks;
      has_total = true;
      continue;
    }
    const auto cpu = number<std::uint32_t>(id);
    if (!cpu) return fail(unreadable("/proc/stat", fmt::format("bad name cpu{}", id)));
    host.per_cpu.push_back({.cpu = *cpu, .ticks = *ticks});
  }
  if (!has_total) return fail(unreadable("/proc/stat", "no line for all CPUs"));
  return host;
}

Result<HostCpuTicks> read_cpu_ticks(const std::string& path) {
  NB_ASSIGN(const std::string text, read_text_file(path));
  return parse_cpu_ticks(text);
}

Result<std::uint64_t> parse_available_memory(std::string_view meminfo_text) {
  while (!meminfo_text.empty()) {
    std::string_view line = take_line(meminfo_text);
    if (take_word(line) != "MemAvailable:") continue;
    const auto kib = number<std::uint64_t>(take_word(line));
    if (!kib || take_word(line) != "kB" ||
        *kib > std::numeric_limits<std::uint64_t>::max() / 1024) {
      return fail(unreadable("/proc/meminfo", "MemAvailable is no number of kB"));
    }
    return *kib * 1024;
  }
  return fail(unreadable("/proc/meminfo", "no MemAvailable"));
}

Result<std::uint64_t> read_available_memory(const std::string& path) {
  NB_ASSIGN(const std::string text, read_text_file(path));
  return parse_available_memory(text);
}

}  // namespace nobounce::sys
