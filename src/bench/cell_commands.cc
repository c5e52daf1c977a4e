// SPDX-License-Identifier: Apache-2.0
#include "bench/cell_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr const char* kSeparator = "--- next ---";
// Nothing moved for so long: the run failed. An emulated guest may be slow to start one.
constexpr const char* kStallSeconds = "30";

std::vector<std::string> pinned(const std::vector<unsigned>& cpus, std::vector<std::string> rest) {
  std::vector<std::string> command = {"taskset", "-c", list_of(cpus)};
  command.insert(command.end(), rest.begin(), rest.end());
  return command;
}

std::string whole_messages(const Cell& cell, std::uint64_t bytes) {
  return std::to_string((bytes + cell.message_bytes - 1) / cell.message_bytes);
}

CellCommands nobounce_commands(const Cell& cell, const Matrix& matrix, const Placement& placement,
                               const ResultFiles& files, const Venue& venue) {
  const std::string endpoint = to_string(venue.receiver);
  const std::string message = std::to_string(cell.message_bytes);
  std::vector<std::string> send = {
      "nobounce",    "send",     endpoint,       "--nic",         venue.nic,    "--path",
      cell.paths.tx, "--memory", cell.tx_memory, "--region-size", message,      "--pattern",
      "1",           "--bytes",  message,        "--timeout",     kStallSeconds};
  if (matrix.seconds > 0) {
    send.insert(send.end(), {"--duration", fmt::format("{}", matrix.seconds)});
  } else {
    send.insert(send.end(), {"--repeat", whole_messages(cell, matrix.bytes)});
  }
  if (cell.shape.load == Load::kRequestResponse)
    send.insert(send.end(), {"--answer", std::to_string(matrix.response_bytes)});
  if (cell.shape.pause_ns > 0)
    send.insert(send.end(), {"--pause", fmt::format("{}ns", cell.shape.pause_ns)});
  send.push_back(fmt::format("--json={}", files.sender));
  std::vector<std::string> recv = {"nobounce",
                                   "recv",
                                   "--listen",
                                   endpoint,
                                   "--nic",
                                   venue.nic,
                                   "--path",
                                   cell.paths.rx,
                                   "--memory",
                                   cell.rx_memory,
                                   "--region-size",
                                   std::to_string(cell.pool_bytes),
                                   "--verify",
                                   "none",
                                   "--timeout",
                                   kStallSeconds,
                                   fmt::format("--json={}", files.receiver)};
  if (cell.shape.load == Load::kRequestResponse)
    recv.insert(recv.end(),
                {"--request", message, "--answer", std::to_string(matrix.response_bytes)});
  if (cell.shape.hold_ns > 0)
    recv.insert(recv.end(), {"--hold", fmt::format("{}ns", cell.shape.hold_ns)});
  return {.receiver = pinned(placement.receiver.application, std::move(recv)),
          .receiver_ready = "listening",
          .sender = pinned(placement.sender.application, std::move(send))};
}

CellCommands iperf3_commands(const Cell& cell, const Matrix& matrix, const Placement& placement,
                             const ResultFiles& files, const Venue& venue) {
  const std::string port = std::to_string(venue.receiver.port);
  const std::string& address = venue.receiver.address;
  std::vector<std::string> client = {"iperf3", "-c", address,     "-p",
                                     port,     "-J", "--logfile", files.sender};
  if (matrix.seconds > 0) {
    // iperf3 takes whole seconds.
    client.insert(client.end(), {"-t", fmt::format("{:.0f}", std::max(matrix.seconds, 1.0))});
  } else {
    const std::uint64_t messages = (matrix.bytes + cell.message_bytes - 1) / cell.message_bytes;
    client.insert(client.end(), {"-n", std::to_string(messages * cell.message_bytes)});
  }
  return {.receiver = pinned(placement.receiver.application,
                             {"iperf3", "-s", "-1", "-B", address, "-p", port, "--forceflush"}),
          .receiver_ready = "Server listening",
          .sender = pinned(placement.sender.application, std::move(client))};
}

// Interrupts of the NIC, whose softirqs follow them; RPS and XPS would move packets elsewhere.
std::string network_placement(const HostCpus& cpus, const std::string& nic) {
  return fmt::format(
      "for irq in /sys/class/net/{1}/device/msi_irqs/*; do\n"
      "  echo {0} >/proc/irq/${{irq##*/}}/smp_affinity_list\n"
      "done\n"
      "for map in /sys/class/net/{1}/queues/rx-*/rps_cpus "
      "/sys/class/net/{1}/queues/tx-*/xps_cpus; do\n"
      "  if [ -e $map ]; then echo 0 >$map; fi\n"
      "done\n",
      list_of(cpus.network), nic);
}

std::string mtu_setting(const Cell& cell, const std::string& nic) {
  return fmt::format("ip link set dev {} mtu {}\n", nic, cell.mtu);
}

json parse_piece(std::string_view text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

CellCommands commands_for(const Cell& cell, const Matrix& matrix, const Placement& placement,
                          const ResultFiles& files, const Venue& venue) {
  return cell.engine == Engine::kIperf3 ? iperf3_commands(cell, matrix, placement, files, venue)
                                        : nobounce_commands(cell, matrix, placement, files, venue);
}

std::string sender_settings(const Cell& cell, const Placement& placement, const std::string& nic) {
  return mtu_setting(cell, nic) +
         fmt::format("ip link set dev {1} gso_max_size {0} gso_ipv4_max_size {0}\n",
                     cell.gso_max_bytes, nic) +
         network_placement(placement.sender, nic);
}

std::string receiver_settings(const Cell& cell, const Placement& placement,
                              const std::string& nic) {
  return mtu_setting(cell, nic) +
         fmt::format("ethtool -K {} gro {} rx-gro-hw {}\n", nic,
                     cell.gro == Gro::kOff ? "off" : "on",
                     cell.gro == Gro::kHardware ? "on" : "off") +
         fmt::format("ip link set dev {1} gro_max_size {0} gro_ipv4_max_size {0}\n",
                     cell.gro_max_bytes, nic) +
         network_placement(placement.receiver, nic);
}

std::string settings_query(const std::string& nic) {
  return fmt::format(
      "ip -d -j link show dev {1}\necho '{0}'\nethtool --json -k {1}\necho '{0}'\n"
      "for irq in /sys/class/net/{1}/device/msi_irqs/*; do\n"
      "  cat /proc/irq/${{irq##*/}}/smp_affinity_list\n"
      "done | sort -u\n",
      kSeparator, nic);
}

Result<json> settings_in_force(const std::string& printed) {
  const auto first = printed.find(kSeparator);
  const auto second = first == std::string::npos
                          ? std::string::npos
                          : printed.find(kSeparator, first + std::string_view(kSeparator).size());
  const auto broken = [](std::string cause) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "settings in force",
                 .cause = std::move(cause)});
  };
  if (second == std::string::npos) return broken("three answers were wanted: " + printed);
  const std::string_view text = printed;
  const std::size_t skip = std::string_view(kSeparator).size();
  const json link = parse_piece(text.substr(0, first));
  const json features = parse_piece(text.substr(first + skip, second - first - skip));
  std::string affinity(text.substr(second + skip));
  json settings;
  try {
    for (const char* name : {"mtu", "gso_max_size", "gso_ipv4_max_size", "gro_max_size",
                             "gro_ipv4_max_size", "tso_max_size"}) {
      if (link.at(0).contains(name)) settings[name] = link.at(0).at(name);
    }
    for (const char* name :
         {"generic-receive-offload", "rx-gro-hw", "tcp-segmentation-offload", "rx-checksumming"}) {
      settings[name] = features.at(0).at(name).at("active").get<bool>() ? "on" : "off";
    }
  } catch (const json::exception& problem) {
    return broken(problem.what());
  }
  while (!affinity.empty() && affinity.back() == '\n')
    affinity.pop_back();
  while (!affinity.empty() && affinity.front() == '\n')
    affinity.erase(affinity.begin());
  for (char& letter : affinity) {
    if (letter == '\n') letter = ';';
  }
  settings["interrupts_on_cpus"] = affinity;
  return settings;
}

std::optional<std::string> what_differs(const Cell& cell, const json& sender,
                                        const json& receiver) {
  const auto differs = [](std::string_view who, const json& in_force, const char* name,
                          const json& wanted) -> std::optional<std::string> {
    const json found = in_force.value(name, json());
    if (found == wanted) return std::nullopt;
    return fmt::format("{} of the {} is {}, not {}", name, who, found.dump(), wanted.dump());
  };
  const json gro = cell.gro == Gro::kOff ? "off" : "on";
  const json hw_gro = cell.gro == Gro::kHardware ? "on" : "off";
  for (const auto& difference :
       {differs("sender", sender, "mtu", cell.mtu), differs("receiver", receiver, "mtu", cell.mtu),
        differs("sender", sender, "gso_max_size", cell.gso_max_bytes),
        differs("receiver", receiver, "gro_max_size", cell.gro_max_bytes),
        differs("receiver", receiver, "generic-receive-offload", gro),
        differs("receiver", receiver, "rx-gro-hw", hw_gro)}) {
    if (difference) return difference;
  }
  return std::nullopt;
}

}  // namespace nobounce::bench
