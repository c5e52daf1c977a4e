// SPDX-License-Identifier: Apache-2.0
#include "measure/cpu_list.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sys/text_file.h"

namespace nobounce::measure {
namespace {

constexpr std::uint32_t kMostCpus = 8192;

tl::unexpected<Error> malformed(std::string_view text) {
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = "a list of CPUs",
               .cause = fmt::format("'{}' is none", text),
               .fix = {}});
}

// Takes a number off the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number >= kMostCpus) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

Result<CpuList> parse_cpu_list(std::string_view text) {
  const std::string_view all = text;
  CpuList cpus;
  while (!text.empty() && text != "\n") {
    const auto first = take_number(text);
    auto last = first;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      last = take_number(text);
    }
    if (!first || !last || *last < *first) return malformed(all);
    for (std::uint32_t cpu = *first; cpu <= *last; ++cpu)
      cpus.push_back(cpu);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
    } else if (!text.empty() && text != "\n") {
      return malformed(all);
    }
  }
  std::ranges::sort(cpus);
  cpus.erase(std::ranges::unique(cpus).begin(), cpus.end());
  return cpus;
}

Result<CpuList> online_cpus() {
  NB_ASSIGN(const std::string text, sys::read_text_file("/sys/devices/system/cpu/online"));
  return parse_cpu_list(text);
}

std::string to_string(const CpuList& cpus) {
  return fmt::format("{}", fmt::join(cpus, ","));
}

}  // namespace nobounce::measure
