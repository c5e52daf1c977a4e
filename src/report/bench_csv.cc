// SPDX-License-Identifier: Apache-2.0
#include "report/bench_csv.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

#include "report/figure_json.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

constexpr std::array kAxes = {"engine",       "tx_path",      "rx_path",        "tx_memory",
                              "rx_memory",    "gro",          "gso_max_bytes",  "gro_max_bytes",
                              "mtu",          "cpus",         "message_bytes",  "pool_bytes",
                              "nic_pairs",    "direction",    "flows",          "load",
                              "hold_ms",      "pause_ms",     "address_family", "mss_bytes",
                              "header_split", "ring_entries", "receive_bytes",  "token_batch",
                              "cq_entries",   "region_pages", "run_seconds",    "runs"};
constexpr std::array kKinds = {"user", "system", "softirq", "irq", "iowait", "idle"};

constexpr std::array kLatencies = {"count", "mean", "p50", "p90", "p99", "p99_9", "max"};

/// What `--measure` told of a run, by column, as far as it is one number; JSON and HTML have the
/// rest.
std::vector<std::pair<const char*, Figure<double>>> measured_columns(const json& run) {
  const auto at = [&run](std::initializer_list<const char*> path) { return number_in(run, path); };
  return {
      {"watts_by_command", at({"receiver", "measured", "power", "command", "command", "watts"})},
      {"watts_of_package_0", at({"receiver", "measured", "power", "rapl", "package-0", "watts"})},
      {"frags_per_receive_min", at({"receiver", "measured", "frags_per_receive", "min"})},
      {"frags_per_receive_mean", at({"receiver", "measured", "frags_per_receive", "mean"})},
      {"frags_per_receive_max", at({"receiver", "measured", "frags_per_receive", "max"})},
      {"tokens_per_call_mean",
       at({"receiver", "measured", "token_returns", "tokens_per_call", "mean"})},
      {"nic_rx_dropped", at({"receiver", "measured", "nic", "rx_dropped"})},
      {"nic_rx_no_buffer", at({"receiver", "measured", "nic", "rx_no_buffer"})},
      {"tcp_retransmits", at({"sender", "measured", "tcp", "retransmits"})},
      {"tcp_rtt_us", at({"sender", "measured", "tcp", "rtt_us"})},
      {"tcp_cwnd_segments", at({"sender", "measured", "tcp", "cwnd_segments"})},
      {"copied_bytes_per_byte", at({"receiver", "copied_bytes_per_byte"})},
  };
}

/// A quote within quotes is doubled, as RFC 4180 says.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string safe = "\"";
  for (const char letter : text) {
    if (letter == '"') safe += '"';
    safe += letter;
  }
  return safe + '"';
}

std::string field(const json& value) {
  if (value.is_string()) return quoted(value.get<std::string>());
  return value.is_number() || value.is_boolean() ? value.dump() : "";
}

std::string field(const Figure<double>& figure) {
  return figure.is_available() ? json(figure.value()).dump() : "";
}

std::string header() {
  std::string line = "bench,begun,kernel,cell,status,reason";
  for (const char* axis : kAxes)
    line += fmt::format(",{}", axis);
  line += ",round,warm_up,seconds,bytes,gbit_per_s,fairness,error";
  for (const char* side : {"sender", "receiver"}) {
    for (const char* kind : {"user", "system"})
      line += fmt::format(",{}_cpu_s_{}", side, kind);
  }
  for (const char* kind : kKinds)
    line += fmt::format(",machine_cpu_s_{}", kind);
  line += ",frags,linear_bytes,kernel_copied_bytes,sends_copied";
  for (const char* name : kLatencies)
    line += fmt::format(",latency_us_{}", name);
  for (const auto& [name, figure] : measured_columns(json::object()))
    line += fmt::format(",{}", name);
  return line + "\n";
}

std::string figures(const json& run) {
  std::string line;
  for (const char* name :
       {"round", "warm_up", "seconds", "bytes", "gbit_per_s", "fairness", "error"})
    line += "," + field(run.value(name, json()));
  for (const char* side : {"sender", "receiver"}) {
    for (const char* kind : {"user", "system"})
      line += "," + field(number_in(run, {side, "cpu_seconds", kind}));
  }
  for (const char* kind : kKinds)
    line += "," + field(number_in(run, {"receiver", "host_cpu_seconds", kind}));
  for (const char* name : {"frags", "linear_bytes", "kernel_copied_bytes"})
    line += "," + field(number_in(run, {"receiver", name}));
  line += "," + field(number_in(run, {"sender", "sends_copied"}));
  for (const char* name : kLatencies)
    line += "," + field(number_in(run, {"latency_us", name}));
  for (const auto& [name, figure] : measured_columns(run))
    line += "," + field(figure);
  return line + "\n";
}

}  // namespace

std::string csv_of_benches(const std::vector<json>& models) {
  std::string text = header();
  for (const json& model : models) {
    for (const json& cell : model.at("cells")) {
      std::string start = quoted(model.at("bench").value("name", "")) + "," +
                          field(model.at("bench").at("begun")) + "," +
                          field(model.at("machine").at("kernel")) + "," + field(cell.at("id")) +
                          "," + field(cell.at("status")) + "," + field(cell.at("reason"));
      for (const char* axis : kAxes)
        start += "," + field(cell.at("axes").value(axis, json()));
      if (cell.at("runs").empty()) text += start + figures(json::object());
      for (const json& run : cell.at("runs"))
        text += start + figures(run);
    }
  }
  return text;
}

}  // namespace nobounce::report
