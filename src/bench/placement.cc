// SPDX-License-Identifier: Apache-2.0
#include "bench/placement.h"

#include <fmt/ranges.h>

#include <charconv>
#include <numeric>

namespace nobounce::bench {

unsigned cpus_wanted(Cpus cpus) {
  switch (cpus) {
    case Cpus::kAny:
      return 0;
    case Cpus::kOne:
      return 2;
    case Cpus::kTwo:
      return 4;
  }
  return 0;
}

std::optional<Placement> placement_of(Cpus cpus, unsigned available) {
  if (cpus_wanted(cpus) > available) return std::nullopt;
  if (cpus == Cpus::kOne)
    return Placement{.sender = {.application = {0}, .network = {0}},
                     .receiver = {.application = {1}, .network = {1}}};
  if (cpus == Cpus::kTwo)
    return Placement{.sender = {.application = {0}, .network = {1}},
                     .receiver = {.application = {2}, .network = {3}}};
  std::vector<unsigned> all(available);
  std::iota(all.begin(), all.end(), 0U);
  const HostCpus host{.application = all, .network = all};
  return Placement{.sender = host, .receiver = host};
}

std::optional<HostCpus> cpus_of_own_host(Cpus cpus, const OwnCpus& host) {
  const std::vector<unsigned>& near = host.near_nic;
  if (cpus_wanted(cpus) / 2 > near.size() || host.usable.empty()) return std::nullopt;
  if (cpus == Cpus::kOne) return HostCpus{.application = {near[0]}, .network = {near[0]}};
  if (cpus == Cpus::kTwo) return HostCpus{.application = {near[0]}, .network = {near[1]}};
  return HostCpus{.application = host.usable, .network = host.usable};
}

std::vector<unsigned> parse_cpu_list(std::string_view text) {
  constexpr unsigned kMostCpus = 1U << 16;
  std::vector<unsigned> cpus;
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    unsigned first = 0;
    auto read = std::from_chars(at, end, first);
    if (read.ec != std::errc()) return {};
    unsigned last = first;
    if (read.ptr != end && *read.ptr == '-') read = std::from_chars(read.ptr + 1, end, last);
    if (read.ec != std::errc() || last < first || last >= kMostCpus) return {};
    for (unsigned cpu = first; cpu <= last; ++cpu)
      cpus.push_back(cpu);
    if (cpus.size() > kMostCpus) return {};
    at = read.ptr;
    if (at == end) break;
    if (*at != ',' || ++at == end) return {};
  }
  return cpus;
}

std::string list_of(const std::vector<unsigned>& cpus) {
  return fmt::format("{}", fmt::join(cpus, ","));
}

}  // namespace nobounce::bench
