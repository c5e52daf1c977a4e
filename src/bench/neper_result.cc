// SPDX-License-Identifier: Apache-2.0
#include "bench/neper_result.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <string>

namespace nobounce::bench {
namespace {

using nlohmann::json;

tl::unexpected<Error> no_result(std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "what neper printed",
               .cause = std::move(cause)});
}

/// The last value of each key: an option may be named like a result.
std::map<std::string, std::string, std::less<>> pairs_in(std::string_view printed) {
  std::map<std::string, std::string, std::less<>> pairs;
  while (!printed.empty()) {
    const std::string_view line = printed.substr(0, printed.find('\n'));
    printed.remove_prefix(std::min(printed.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      pairs.insert_or_assign(std::string(line.substr(0, equals)),
                             std::string(line.substr(equals + 1)));
  }
  return pairs;
}

class Printed {
 public:
  explicit Printed(std::string_view text) : pairs_(pairs_in(text)) {}

  [[nodiscard]] Result<double> number(std::string_view key) const {
    const auto found = pairs_.find(key);
    if (found == pairs_.end()) return no_result(fmt::format("there is no {}", key));
    double value = 0;
    const char* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end)
      return no_result(fmt::format("{} is no number", key));
    return value;
  }
  [[nodiscard]] Result<double> growth(std::string_view what) const {
    NB_ASSIGN(const double start, number(fmt::format("{}_start", what)));
    NB_ASSIGN(const double end, number(fmt::format("{}_end", what)));
    return end - start;
  }

 private:
  std::map<std::string, std::string, std::less<>> pairs_;
};

}  // namespace

Result<json> figures_of_neper(std::string_view printed) {
  const Printed result(printed);
  NB_ASSIGN(const double bits_per_s, result.number("remote_throughput"));
  NB_ASSIGN(const double seconds, result.number("total_run_time"));
  NB_ASSIGN(const double user, result.growth("utime"));
  NB_ASSIGN(const double system, result.growth("stime"));
  if (!(bits_per_s > 0) || !(seconds > 0)) return no_result("nothing was moved");
  const auto missing = [](const char* why) { return json{{"not_available", why}}; };
  const json cpus = missing("neper reports the CPU of its own sender alone");
  const json side = {{"seconds", seconds},
                     {"cpu_seconds", cpus},
                     {"host_cpu_seconds", cpus},
                     {"host_cpu_seconds_by_cpu", cpus},
                     {"syscalls", missing("neper counts no system calls")}};
  json run = {{"seconds", seconds},
              {"bytes", missing("neper reports a rate and no bytes")},
              {"gbit_per_s", bits_per_s / 1e9},
              {"sender", side},
              {"receiver", side}};
  run["sender"]["cpu_seconds"] = {{"user", user}, {"system", system}};
  return run;
}

}  // namespace nobounce::bench
