// SPDX-License-Identifier: Apache-2.0
#include "bench/engine_result.h"

#include <utility>
#include <vector>

#include "bench/stream_figures.h"
#include "report/figure_json.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

tl::unexpected<Error> broken(std::string object, std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = std::move(object),
               .cause = std::move(cause)});
}

json chosen(const json& from, std::initializer_list<const char*> names) {
  json some = json::object();
  for (const char* name : names) {
    some[name] =
        from.value(name, json{{"not_available", std::string("the engine's JSON has no ") + name}});
  }
  return some;
}

/// What each of several connections (-P) received.
void add_flows(const json& end, json& run) {
  const json streams = end.value("streams", json::array());
  if (streams.size() < 2) return;
  std::vector<double> shares;
  for (const json& stream : streams) {
    const json& received = stream.at("receiver");
    shares.push_back(received.at("bits_per_second").get<double>() / 1e9);
    run["streams"].push_back({{"pair", 0},
                              {"from", "a"},
                              {"flow", shares.size() - 1},
                              {"seconds", received.at("seconds")},
                              {"bytes", received.at("bytes")},
                              {"gbit_per_s", shares.back()}});
  }
  run["fairness"] = fairness_of(shares);
}

}  // namespace

Result<json> read_engine_json(const std::string& file) {
  NB_ASSIGN(const std::string text, sys::read_text_file(file));
  return parse_engine_json(text, file);
}

Result<json> read_traced_calls(const std::string& file) {
  if (file.empty()) return json();
  return read_engine_json(file);
}

Result<json> parse_engine_json(const std::string& text, const std::string& what) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return broken(what, "not a JSON object");
  return parsed;
}

Result<json> figures_of(const json& sender, const json& receiver) {
  json run = chosen(receiver, {"seconds", "bytes", "gbit_per_s"});
  for (const auto& [name, value] : run.items()) {
    if (!value.is_number()) return broken("what recv wrote", name + " is no number");
  }
  run["sender"] =
      chosen(sender, {"seconds", "cpu_seconds", "host_cpu_seconds", "host_cpu_seconds_by_cpu",
                      "syscalls", "sends_copied", "sends_degraded", "staged_bytes", "cpu_touches",
                      "copied_bytes_per_byte"});
  if (sender.contains("latency_us")) run["latency_us"] = sender.at("latency_us");
  run["receiver"] = chosen(
      receiver, {"seconds", "cpu_seconds", "host_cpu_seconds", "host_cpu_seconds_by_cpu",
                 "syscalls", "frags", "linear_bytes", "mapped_bytes", "staged_bytes",
                 "kernel_copied_bytes", "cq_overflows", "tokens_outstanding", "nic_changes",
                 "cpu_touches", "began_at_seconds", "ended_at_seconds", "copied_bytes_per_byte"});
  const json not_asked = {{"not_available", "the matrix says measure = false"}};
  run["sender"]["measured"] = sender.value("measured", not_asked);
  run["receiver"]["measured"] = receiver.value("measured", not_asked);
  for (const auto& [side, end] : {std::pair{"sender", &sender}, std::pair{"receiver", &receiver}}) {
    if (end->contains("traced_syscalls")) run[side]["traced_syscalls"] = end->at("traced_syscalls");
  }
  return run;
}

Result<json> figures_of_iperf3(const json& client) {
  if (client.contains("error")) return broken("what iperf3 wrote", client.at("error").dump());
  try {
    const json& end = client.at("end");
    const json& received = end.at("sum_received");
    const json& cpu = end.at("cpu_utilization_percent");
    const double seconds = received.at("seconds");
    // Percent of its whole test, which is a little longer than the interval.
    const auto process = [&](const char* user, const char* system) {
      return json{{"user", cpu.at(user).get<double>() / 100 * seconds},
                  {"system", cpu.at(system).get<double>() / 100 * seconds}};
    };
    const json missing = {{"not_available", "iperf3 reports the CPU of its own processes alone"}};
    json run = {{"seconds", seconds},
                {"bytes", received.at("bytes")},
                {"gbit_per_s", received.at("bits_per_second").get<double>() / 1e9}};
    for (const auto& [side, user, system] :
         {std::tuple{"sender", "host_user", "host_system"},
          std::tuple{"receiver", "remote_user", "remote_system"}}) {
      run[side] = {{"seconds", seconds},
                   {"cpu_seconds", process(user, system)},
                   {"host_cpu_seconds", missing},
                   {"host_cpu_seconds_by_cpu", missing},
                   {"syscalls", {{"not_available", "iperf3 counts no system calls"}}},
                   {"measured", {{"not_available", "the host is not read around iperf3"}}}};
    }
    add_flows(end, run);
    run["sender"]["retransmits"] =
        end.at("sum_sent").value("retransmits", json{{"not_available", "iperf3 did not say"}});
    return run;
  } catch (const json::exception& problem) {
    return broken("what iperf3 wrote", problem.what());
  }
}

}  // namespace nobounce::bench
