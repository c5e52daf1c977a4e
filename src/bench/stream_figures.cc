// SPDX-License-Identifier: Apache-2.0
#include "bench/stream_figures.h"

#include <algorithm>

#include "bench/measured_summary.h"
#include "bench/merged_figures.h"
#include "report/latency_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

// Of the whole machine, which the streams share: added up they would count it twice.
bool is_of_the_machine(const std::string& name) {
  return name == "seconds" || name.starts_with("host_cpu_seconds");
}

/// Numbers are added, objects by name; lists follow each other. What one stream lacks the sum
/// lacks.
json sum_of(const json& one, const json& other) {
  if (is_missing(one)) return one;
  if (is_missing(other)) return other;
  if (one.is_number_unsigned() && other.is_number_unsigned())
    return one.get<std::uint64_t>() + other.get<std::uint64_t>();
  if (one.is_number() && other.is_number()) return one.get<double>() + other.get<double>();
  json sum = one;
  if (one.is_array() && other.is_array()) {
    sum.insert(sum.end(), other.begin(), other.end());
  } else if (one.is_object() && other.is_object()) {
    for (const auto& [name, value] : other.items())
      sum[name] = one.contains(name) ? sum_of(one.at(name), value) : value;
  }
  return sum;
}

/// `longest`: whose time and whose readings of the machine stand for all.
json side_of(const std::vector<StreamRun>& streams, const StreamRun& longest, const char* side) {
  json sum;
  std::vector<json> measured;
  std::vector<json> traced;
  for (const StreamRun& stream : streams) {
    json one = stream.figures.at(side);
    measured.push_back(one.value("measured", json{{"not_available", "not measured"}}));
    one.erase("measured");
    if (one.contains("traced_syscalls")) traced.push_back(one.at("traced_syscalls"));
    one.erase("traced_syscalls");
    sum = sum.is_null() ? one : sum_of(sum, one);
  }
  sum["measured"] =
      measured_of_streams(measured, static_cast<std::size_t>(&longest - streams.data()));
  if (traced.size() == streams.size()) sum["traced_syscalls"] = merged_syscalls(traced);
  // Each has divided what all CPUs copied by bytes of its own.
  sum["copied_bytes_per_byte"] = {
      {"not_available", "several streams share the CPUs that are metered"}};
  for (const auto& [name, value] : longest.figures.at(side).items()) {
    if (is_of_the_machine(name)) sum[name] = value;
  }
  for (const char* moment : {"began_at_seconds", "ended_at_seconds"})
    sum.erase(moment);
  return sum;
}

double time_of(const StreamRun& run) {
  return run.figures.at("seconds").get<double>();
}

/// The longest of those that leave host a, so that the sender's machine is always that one.
const StreamRun& longest_there(const std::vector<StreamRun>& streams) {
  return *std::ranges::max_element(
      streams, {}, [](const StreamRun& run) { return run.stream.backward ? 0 : time_of(run); });
}

/// From the first byte of any to the last byte of any; as long as the longest where a receiver does
/// not say when it was.
double time_of_all(const std::vector<StreamRun>& streams, const StreamRun& longest) {
  double first = 0;
  double last = 0;
  for (const StreamRun& run : streams) {
    const json& receiver = run.figures.at("receiver");
    const json began = receiver.value("began_at_seconds", json());
    const json ended = receiver.value("ended_at_seconds", json());
    if (!began.is_number() || !ended.is_number()) return time_of(longest);
    const bool is_first = &run == &streams.front();
    first = is_first ? began.get<double>() : std::min(first, began.get<double>());
    last = std::max(last, ended.get<double>());
  }
  return std::max(last - first, time_of(longest));
}

}  // namespace

double fairness_of(std::span<const double> shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : 1;
}

json figures_of_streams(const std::vector<StreamRun>& streams) {
  if (streams.size() == 1) return streams.front().figures;
  const StreamRun& longest = *std::ranges::max_element(streams, {}, time_of);
  json run;
  std::uint64_t bytes = 0;
  std::vector<double> shares;
  for (const StreamRun& one : streams) {
    bytes += one.figures.at("bytes").get<std::uint64_t>();
    shares.push_back(one.figures.at("gbit_per_s").get<double>());
    run["streams"].push_back({{"pair", one.stream.pair},
                              {"from", one.stream.sender_host()},
                              {"flow", one.stream.flow},
                              {"seconds", one.figures.at("seconds")},
                              {"bytes", one.figures.at("bytes")},
                              {"gbit_per_s", one.figures.at("gbit_per_s")}});
  }
  const double seconds = time_of_all(streams, longest);
  run["bytes"] = bytes;
  run["seconds"] = seconds;
  run["gbit_per_s"] = static_cast<double>(bytes) * 8 / seconds / 1e9;
  run["fairness"] = fairness_of(shares);
  Latencies latencies;
  for (const StreamRun& one : streams)
    latencies.add(report::latencies_of(one.figures.value("latency_us", json())));
  if (latencies.count() > 0) run["latency_us"] = report::json_of(latencies);
  for (const char* side : {"sender", "receiver"})
    run[side] = side_of(streams, longest_there(streams), side);
  return run;
}

}  // namespace nobounce::bench
