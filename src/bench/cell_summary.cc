// SPDX-License-Identifier: Apache-2.0
#include "bench/cell_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "bench/cpu_by_core.h"
#include "bench/measured_summary.h"
#include "bench/merged_figures.h"
#include "bench/placement.h"
#include "bench/statistics.h"
#include "report/figure_json.h"
#include "report/latency_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

using OfRun = std::function<Figure<double>(const json& run)>;

// iowait and idle are not work. The kinds don't overlap.
constexpr std::array kBusyKinds = {"user", "nice", "system", "softirq", "irq", "steal"};
constexpr std::array kKinds = {"user", "nice",  "system", "softirq",
                               "irq",  "steal", "iowait", "idle"};

json to_json(const Middle& middle) {
  return {{"mean", middle.mean},           {"least", middle.least}, {"most", middle.most},
          {"deviation", middle.deviation}, {"runs", middle.runs},   {"averaged", middle.averaged}};
}

/// The figure of each run, or the reason of the first run that has none.
Figure<std::vector<double>> series_of(const std::vector<json>& runs, const OfRun& figure) {
  std::vector<double> series;
  for (const json& run : runs) {
    const Figure<double> one = figure(run);
    if (!one.is_available()) return NotAvailable{one.missing_probe()};
    series.push_back(one.value());
  }
  return series;
}

Figure<Middle> middle(const std::vector<json>& runs, std::size_t drop_ends, const OfRun& figure) {
  const auto series = series_of(runs, figure);
  if (!series.is_available()) return NotAvailable{series.missing_probe()};
  return middle_of(series.value(), drop_ends);
}

json middle_json(const std::vector<json>& runs, std::size_t drop_ends, const OfRun& figure) {
  return Figure<json>(
      middle(runs, drop_ends, figure).map([](const Middle& found) { return to_json(found); }));
}

Figure<double> mean(const std::vector<json>& runs, std::size_t drop_ends, const OfRun& figure) {
  return middle(runs, drop_ends, figure).map([](const Middle& found) { return found.mean; });
}

/// Seconds of some CPUs that went to `kind`, from one side's figures by CPU.
Figure<double> seconds_of_cpus(const json& side, const std::vector<unsigned>& cpus,
                               const char* kind) {
  const json by_cpu = side.value("host_cpu_seconds_by_cpu", json());
  if (!by_cpu.is_array()) return number_in(side, {"host_cpu_seconds_by_cpu"});
  double seconds = 0;
  for (const unsigned cpu : cpus) {
    const auto one = std::ranges::find_if(
        by_cpu, [cpu](const json& entry) { return entry.value("cpu", ~0U) == cpu; });
    if (one == by_cpu.end()) return NotAvailable{fmt::format("CPU {} was not always online", cpu)};
    const Figure<double> found = number_in(*one, {kind});
    if (!found.is_available()) return found;
    seconds += found.value();
  }
  return seconds;
}

/// part / whole * 100, of figures that may be missing.
Figure<double> percent(const Figure<double>& part, const Figure<double>& whole) {
  if (!part.is_available()) return part;
  return whole.map([&](double seconds) { return seconds > 0 ? 100 * part.value() / seconds : 0; });
}

template <typename PartOfKind>
Figure<double> sum_of(std::span<const char* const> kinds, PartOfKind&& part) {
  double sum = 0;
  for (const char* kind : kinds) {
    const Figure<double> one = part(kind);
    if (!one.is_available()) return one;
    sum += one.value();
  }
  return sum;
}

/// The CPUs of one host: those of its application and of its network, each once.
std::vector<unsigned> cpus_of(const HostCpus& host) {
  std::vector<unsigned> cpus = host.application;
  cpus.insert(cpus.end(), host.network.begin(), host.network.end());
  std::ranges::sort(cpus);
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

/// What one host's cost is taken from.
struct Side {
  const char* name;  // As the record has it.
  bool has_own_cpus;
  std::vector<unsigned> cpus;
  const char* why_shared = "the hosts share CPUs; axis cpus gives each its own";

  [[nodiscard]] Figure<double> process(const json& run, const char* kind) const {
    return percent(number_in(run, {name, "cpu_seconds", kind}), number_in(run, {name, "seconds"}));
  }
  [[nodiscard]] Figure<double> own_cpus(const json& run, const char* kind) const {
    if (!has_own_cpus) return NotAvailable{why_shared};
    return percent(seconds_of_cpus(run.value(name, json::object()), cpus, kind),
                   number_in(run, {name, "seconds"}));
  }
  [[nodiscard]] Figure<double> busy(const json& run) const {
    if (own_cpus(run, "user").is_available())
      return sum_of(kBusyKinds, [&](const char* kind) { return own_cpus(run, kind); });
    constexpr std::array kProcessKinds = {"user", "system"};
    return sum_of(kProcessKinds, [&](const char* kind) { return process(run, kind); });
  }
};

/// The sides whose machines are to be added up: the hosts share one, unless the run says so.
std::span<const char* const> machines_of(const json& run) {
  static constexpr std::array kSides = {"receiver", "sender"};
  return std::span(kSides).first(run.value("machines", 1) == 2 ? 2 : 1);
}

Figure<double> machine_percent(const json& run, const char* kind) {
  return sum_of(machines_of(run), [&](const char* side) {
    return percent(number_in(run, {side, "host_cpu_seconds", kind}),
                   number_in(run, {side, "seconds"}));
  });
}

Figure<double> machine_busy(const json& run) {
  return sum_of(kBusyKinds, [&](const char* kind) { return machine_percent(run, kind); });
}

json cpu_percent(const std::array<Side, 2>& sides, const std::vector<json>& runs,
                 std::size_t drop_ends) {
  json cpu;
  for (const Side& side : sides) {
    const std::string name = side.name;
    for (const char* kind : {"user", "system"}) {
      cpu[name + "_process"][kind] =
          mean(runs, drop_ends, [&](const json& run) { return side.process(run, kind); });
    }
    for (const char* kind : kKinds) {
      cpu[name + "_cpus"][kind] =
          mean(runs, drop_ends, [&](const json& run) { return side.own_cpus(run, kind); });
    }
    cpu["busy"][name] =
        middle_json(runs, drop_ends, [&](const json& run) { return side.busy(run); });
  }
  for (const char* kind : kKinds) {
    cpu["machine"][kind] =
        mean(runs, drop_ends, [&](const json& run) { return machine_percent(run, kind); });
  }
  cpu["busy"]["total"] = middle_json(runs, drop_ends, machine_busy);
  // Said, as a process's time and a CPU's are not the same figure.
  const bool by_cpus = !runs.empty() && sides[0].own_cpus(runs.front(), "user").is_available();
  cpu["busy"]["sides_are_of"] = by_cpus ? "cpus" : "processes";
  return cpu;
}

json roi_json(const json& cpu, const Figure<double>& throughput, const RoiExponents& exponents) {
  json roi;
  for (const char* who : {"sender", "receiver", "total"}) {
    const Figure<double> cost = number_in(cpu, {"busy", who, "mean"});
    Figure<double> value = cost;
    if (!throughput.is_available()) {
      value = throughput;
    } else if (cost.is_available()) {
      value = roi_of(throughput.value(), cost.value(), exponents);
    }
    roi[who] = value;
  }
  return roi;
}

/// Calls for each 10^9 bytes, by name, of one side.
json syscalls_of(const char* side, const std::vector<json>& runs, std::size_t drop_ends) {
  json calls = json::object();
  for (const json& run : runs) {
    const json found = run.value(side, json::object()).value("syscalls", json());
    if (found.is_object() && found.contains("not_available")) return found;
    for (const auto& [name, count] : found.items())
      calls[name] = nullptr;
  }
  for (const auto& [name, value] : calls.items()) {
    value = mean(runs, drop_ends, [&](const json& run) -> Figure<double> {
      const json found = run.at(side).at("syscalls");
      const double count = found.value(name, 0.0);
      return number_in(run, {"bytes"}).map([&](double bytes) { return count / bytes * 1e9; });
    });
  }
  return calls;
}

json landing_of(const Cell& cell, const std::vector<json>& runs, std::size_t drop_ends) {
  json landing;
  const bool has_frags = cell.paths.rx == "devmem" || cell.paths.rx == "zcrx";
  const auto ratio = [](const Figure<double>& part, const Figure<double>& whole) {
    if (!part.is_available()) return part;
    return whole.map([&](double count) { return count > 0 ? part.value() / count : 0; });
  };
  if (has_frags) {
    landing["bytes_per_frag"] = middle_json(runs, drop_ends, [&](const json& run) {
      return ratio(number_in(run, {"bytes"}), number_in(run, {"receiver", "frags"}));
    });
  } else {
    landing["bytes_per_frag"] = {{"not_available", "this way of receiving has no frags"}};
  }
  if (cell.paths.rx == "devmem") {
    landing["frags_per_recvmsg"] = middle_json(runs, drop_ends, [&](const json& run) {
      return ratio(number_in(run, {"receiver", "frags"}),
                   number_in(run, {"receiver", "syscalls", "recvmsg"}));
    });
  } else {
    landing["frags_per_recvmsg"] = {{"not_available", "only path devmem reads frags by recvmsg"}};
  }
  for (const char* name : {"linear_bytes", "mapped_bytes", "kernel_copied_bytes", "staged_bytes",
                           "cq_overflows", "tokens_outstanding", "copied_bytes_per_byte"}) {
    landing[name] =
        mean(runs, drop_ends, [&](const json& run) { return number_in(run, {"receiver", name}); });
  }
  for (const char* name : {"sends_copied", "sends_degraded"}) {
    landing[name] =
        mean(runs, drop_ends, [&](const json& run) { return number_in(run, {"sender", name}); });
  }
  return landing;
}

/// Of all lines of the cell, one way; 0 where nobody says.
std::uint64_t line_rate(const Cell& cell, const Matrix& matrix, const Field& field) {
  const std::uint64_t pairs = cell.shape.nic_pairs;
  if (!field.is_two_machines()) return matrix.lab.wire_rate_bits_per_s * pairs;
  const auto& a = field.a->bits_per_s;
  const auto& b = field.b->bits_per_s;
  std::uint64_t all = 0;
  for (std::uint64_t pair = 0; pair < pairs; ++pair) {
    const bool is_known = pair < a.size() && pair < b.size() && a[pair] != 0 && b[pair] != 0;
    if (!is_known) return 0;
    all += std::min(a[pair], b[pair]);
  }
  return all;
}

/// Payload over what the lines could carry, each way that they carry it.
json percent_of_line_rate(const Cell& cell, const Matrix& matrix, const Field& field,
                          const std::vector<json>& runs) {
  const std::uint64_t rate = line_rate(cell, matrix, field);
  if (rate == 0)
    return {{"not_available", field.is_two_machines()
                                  ? "the driver of a NIC does not say how fast it is"
                                  : "the wires have no rate ([lab], wire-rate)"}};
  const std::uint64_t ways = cell.shape.direction == Direction::kBoth ? 2 : 1;
  const double line_gbit_per_s = static_cast<double>(rate * ways) / 1e9;
  return middle_json(runs, matrix.drop_ends, [line_gbit_per_s](const json& run) {
    return number_in(run, {"gbit_per_s"}).map([line_gbit_per_s](double gbit_per_s) {
      return 100 * gbit_per_s / line_gbit_per_s;
    });
  });
}

json fairness(const Cell& cell, const Matrix& matrix, const std::vector<json>& runs) {
  if (cell.shape.connections() == 1)
    return {{"not_available", "one stream has nobody to share with"}};
  return middle_json(runs, matrix.drop_ends,
                     [](const json& run) { return number_in(run, {"fairness"}); });
}

// Of the curve, in percent; those beyond the tail of what was asked are left out.
constexpr std::array kCurvePercents = {1.0,  10.0, 20.0,  30.0,  40.0,  50.0,  60.0,
                                       70.0, 80.0, 90.0,  95.0,  98.0,  99.0,  99.5,
                                       99.8, 99.9, 99.95, 99.98, 99.99, 99.999};

/// How long the requests took: quantiles of each run, averaged, and a curve of all of them.
json latency_us(const Cell& cell, const Matrix& matrix, const std::vector<json>& runs) {
  if (cell.shape.load != Load::kRequestResponse)
    return {{"not_available", "nothing is answered (axis load)"}};
  json latency;
  const auto add = [&](const char* name) {
    latency[name] = middle_json(runs, matrix.drop_ends, [name](const json& run) {
      return number_in(run, {"latency_us", name});
    });
  };
  for (const report::Quantile& quantile : report::kQuantiles)
    add(quantile.name);
  for (const char* name : {"min", "mean", "max"})
    add(name);
  Latencies all;
  for (const json& run : runs)
    all.add(report::latencies_of(run.value("latency_us", json())));
  latency["requests"] = all.count();
  latency["curve"] = json::array();
  for (const double percent : kCurvePercents) {
    const Figure<double> us = report::quantile_us(all, percent / 100);
    if (us.is_available()) latency["curve"].push_back({{"percent", percent}, {"us", us.value()}});
  }
  return latency;
}

/// Of the machine that the receiver is on: in the lab there is but one.
json power_of(const std::vector<json>& runs, std::size_t drop_ends) {
  const auto watts = [](const char* name) {
    return [name](const json& run) -> Figure<double> {
      const json measured = run.at("receiver").value("measured", json::object());
      if (is_missing(measured)) return number_in(measured, {name});
      const json power = measured.value(name, json::object());
      return is_missing(power) ? number_in(power, {"watts"}) : watts_in(power);
    };
  };
  return {{"watts", middle_json(runs, drop_ends, watts("power"))},
          {"idle_watts", middle_json(runs, drop_ends, watts("idle_power"))}};
}

Figure<double> power_roi(const Figure<double>& throughput, const Figure<double>& watts,
                         const RoiExponents& exponents) {
  if (!throughput.is_available() || !watts.is_available()) return watts;
  return roi_of(throughput.value(), watts.value(), exponents);
}

}  // namespace

Figure<double> cpu_seconds_per_gigabyte(const json& run) {
  const Figure<double> busy = sum_of(machines_of(run), [&](const char* side) {
    return sum_of(kBusyKinds, [&](const char* kind) {
      return number_in(run, {side, "host_cpu_seconds", kind});
    });
  });
  if (!busy.is_available()) return busy;
  return number_in(run, {"bytes"}).map([&](double bytes) { return busy.value() / bytes * 1e9; });
}

json summary_of(const Cell& cell, const Matrix& matrix, const Field& field,
                const std::vector<json>& runs) {
  const auto placement = placement_on(field, cell.cpus);
  const bool both_ways = cell.shape.direction == Direction::kBoth;
  const bool own =
      (cell.cpus != Cpus::kAny || field.is_two_machines()) && placement.has_value() && !both_ways;
  std::array<Side, 2> sides = {{
      {.name = "sender",
       .has_own_cpus = own,
       .cpus = own ? cpus_of(placement->sender) : std::vector<unsigned>()},
      {.name = "receiver",
       .has_own_cpus = own,
       .cpus = own ? cpus_of(placement->receiver) : std::vector<unsigned>()},
  }};
  if (both_ways) {
    for (Side& side : sides)
      side.why_shared = "the CPUs of either host send and receive at once";
  }
  const std::size_t drop = matrix.drop_ends;
  const auto throughput = [](const json& run) { return number_in(run, {"gbit_per_s"}); };
  json summary;
  summary["throughput_gbit_per_s"] = middle_json(runs, drop, throughput);
  summary["percent_of_line_rate"] = percent_of_line_rate(cell, matrix, field, runs);
  summary["fairness"] = fairness(cell, matrix, runs);
  summary["latency_us"] = latency_us(cell, matrix, runs);
  summary["cpu_percent"] = cpu_percent(sides, runs, drop);
  summary["cpu_by_core"] = cpu_by_core(cell, field, drop, runs);
  summary["cpu_seconds_per_gigabyte"] = middle_json(runs, drop, cpu_seconds_per_gigabyte);
  summary["roi"] = roi_json(summary["cpu_percent"], mean(runs, drop, throughput), matrix.roi);
  for (const char* side : {"sender", "receiver"})
    summary["syscalls_per_gigabyte"][side] = syscalls_of(side, runs, drop);
  summary["landing"] = landing_of(cell, runs, drop);
  summary["measured"] = measured_summary_of(runs, drop);
  summary["power"] = power_of(runs, drop);
  summary["roi"]["power"] = power_roi(mean(runs, drop, throughput),
                                      number_in(summary, {"power", "watts", "mean"}), matrix.roi);
  return summary;
}

}  // namespace nobounce::bench
