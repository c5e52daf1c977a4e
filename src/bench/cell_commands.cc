// SPDX-License-Identifier: Apache-2.0
#include "bench/cell_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "bench/peers.h"
#include "bench/region_pages.h"

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

/// As trace-calls runs it, where a file is given.
std::vector<std::string> traced(const std::string& calls_file, std::vector<std::string> program) {
  if (calls_file.empty()) return program;
  std::vector<std::string> command = {"nobounce", "trace-calls", "--json=" + calls_file};
  command.insert(command.end(), program.begin(), program.end());
  return command;
}

void append(std::vector<std::string>& command, std::vector<std::string> more) {
  command.insert(command.end(), more.begin(), more.end());
}

std::vector<std::string> measuring_flags(const Measuring& measuring) {
  if (!measuring.on) return {};
  std::vector<std::string> flags = {"--measure"};
  if (!measuring.power_command.empty()) append(flags, {"--power-command", measuring.power_command});
  if (measuring.idle_seconds > 0)
    append(flags, {"--idle-baseline", fmt::format("{}", measuring.idle_seconds)});
  if (measuring.cpu_profile) append(flags, {"--cpu-profile"});
  return flags;
}

bool takes_huge_pages(const Cell& cell, const std::string& memory) {
  return cell.tuning.region_pages == "huge" && can_be_of_huge_pages(memory);
}

std::string whole_messages(const Cell& cell, std::uint64_t bytes) {
  return std::to_string((bytes + cell.message_bytes - 1) / cell.message_bytes);
}

CellCommands nobounce_commands(const Cell& cell, const Matrix& matrix, const Placement& placement,
                               const ResultFiles& files, const Venue& venue) {
  const std::string endpoint = to_string(venue.receiver);
  const std::string message = std::to_string(cell.message_bytes);
  std::vector<std::string> send = {
      "nobounce",    "send",     endpoint,       "--nic",         venue.sender_nic, "--path",
      cell.paths.tx, "--memory", cell.tx_memory, "--region-size", message,          "--pattern",
      "1",           "--bytes",  message,        "--timeout",     kStallSeconds};
  if (const double seconds = seconds_of(cell, matrix); seconds > 0) {
    append(send, {"--duration", fmt::format("{}", seconds)});
  } else {
    append(send, {"--repeat", whole_messages(cell, matrix.bytes)});
  }
  if (cell.shape.load == Load::kRequestResponse)
    append(send, {"--answer", std::to_string(matrix.response_bytes)});
  if (cell.shape.pause_ns > 0) append(send, {"--pause", fmt::format("{}ns", cell.shape.pause_ns)});
  if (takes_huge_pages(cell, cell.tx_memory)) send.emplace_back("--huge-pages");
  append(send, measuring_flags(matrix.measuring));
  send.push_back(fmt::format("--json={}", files.sender));

  std::vector<std::string> recv = {"nobounce",     "recv",          "--listen",
                                   endpoint,       "--nic",         venue.receiver_nic,
                                   "--path",       cell.paths.rx,   "--memory",
                                   cell.rx_memory, "--region-size", std::to_string(cell.pool_bytes),
                                   "--verify",     "none",          "--timeout",
                                   kStallSeconds};
  if (cell.shape.load == Load::kRequestResponse)
    append(recv, {"--request", message, "--answer", std::to_string(matrix.response_bytes)});
  if (cell.shape.hold_ns > 0) append(recv, {"--hold", fmt::format("{}ns", cell.shape.hold_ns)});
  append(recv, receiver_flags(cell.tuning));
  if (takes_huge_pages(cell, cell.rx_memory)) recv.emplace_back("--huge-pages");
  append(recv, measuring_flags(matrix.measuring));
  recv.push_back(fmt::format("--json={}", files.receiver));
  if (venue.force) recv.emplace_back("--force");
  return {
      .receiver =
          pinned(placement.receiver.application, traced(files.receiver_calls, std::move(recv))),
      .receiver_ready = "listening",
      .sender = pinned(placement.sender.application, traced(files.sender_calls, std::move(send)))};
}

CellCommands peer_commands(const Cell& cell, const Matrix& matrix, const Placement& placement,
                           const ResultFiles& files, const Venue& venue) {
  PeerCommands peer = commands_of(cell.engine, {.address = venue.receiver.address,
                                                .port = std::to_string(venue.receiver.port),
                                                .seconds = seconds_of(cell, matrix),
                                                .bytes = matrix.bytes,
                                                .message_bytes = cell.message_bytes,
                                                .flows = cell.shape.flows,
                                                .sender_file = files.sender});
  return {.receiver = pinned(placement.receiver.application,
                             traced(files.receiver_calls, std::move(peer.receiver))),
          .receiver_ready = std::move(peer.receiver_ready),
          .sender = pinned(placement.sender.application,
                           traced(files.sender_calls, std::move(peer.sender)))};
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

std::vector<std::string_view> split(std::string_view printed) {
  const std::string_view separator = kSeparator;
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at <= printed.size();) {
    const std::size_t end = std::min(printed.find(separator, at), printed.size());
    pieces.push_back(printed.substr(at, end - at));
    at = end + separator.size();
  }
  return pieces;
}

std::string on_one_line(std::string_view lines) {
  std::string text(lines);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  text.erase(0, std::min(text.find_first_not_of('\n'), text.size()));
  std::ranges::replace(text, '\n', ';');
  return text;
}

/// What a NIC does not tell stays out: only an axis that sets it misses it.
void read_rings(const json& rings, json& settings) {
  if (!rings.is_array() || rings.empty() || !rings[0].is_object()) return;
  for (const auto& [from, to] : {std::pair{"rx", "rx_ring"}, std::pair{"tx", "tx_ring"},
                                 std::pair{"tcp-data-split", "header_split"}}) {
    const json value = rings[0].value(from, json());
    if (value.is_boolean()) {
      settings[to] = value.get<bool>() ? "on" : "off";
    } else if (!value.is_null()) {
      settings[to] = value;
    }
  }
}

/// Of the first route to the link; none has an MSS of its own unless it was set.
void read_route(const json& routes, json& settings) {
  if (!routes.is_array() || routes.empty() || !routes[0].is_object()) return;
  for (const json& metric : routes[0].value("metrics", json::array())) {
    if (metric.is_object() && metric.contains("advmss")) settings["advmss"] = metric.at("advmss");
  }
}

}  // namespace

CellCommands commands_for(const Cell& cell, const Matrix& matrix, const Placement& placement,
                          const ResultFiles& files, const Venue& venue) {
  return cell.engine == Engine::kNobounce ? nobounce_commands(cell, matrix, placement, files, venue)
                                          : peer_commands(cell, matrix, placement, files, venue);
}

std::string sender_settings(const Cell& cell, const Placement& placement, const std::string& nic) {
  return mtu_setting(cell, nic) +
         fmt::format("ip link set dev {1} gso_max_size {0} gso_ipv4_max_size {0}\n",
                     cell.gso_max_bytes, nic) +
         link_settings(cell.link, nic, /*is_receiver=*/false) +
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
         link_settings(cell.link, nic, /*is_receiver=*/true) +
         network_placement(placement.receiver, nic);
}

bool is_plain_nic_name(std::string_view nic) {
  return !nic.empty() && nic.front() != '-' && std::ranges::all_of(nic, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("._-@").find(letter) != std::string_view::npos;
  });
}

std::string settings_query(const std::string& nic) {
  return fmt::format(
      "ip -d -j link show dev {1}\necho '{0}'\nethtool --json -k {1}\necho '{0}'\n"
      "for irq in /sys/class/net/{1}/device/msi_irqs/*; do\n"
      "  cat /proc/irq/${{irq##*/}}/smp_affinity_list\n"
      "done | sort -u\necho '{0}'\n"
      "ethtool --json -g {1}\necho '{0}'\nip -j route show dev {1}\n",
      kSeparator, nic);
}

Result<json> settings_in_force(const std::string& printed) {
  const auto broken = [](std::string cause) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "settings in force",
                 .cause = std::move(cause)});
  };
  const std::vector<std::string_view> pieces = split(printed);
  if (pieces.size() != 5) return broken("five answers were wanted: " + printed);
  const json link = parse_piece(pieces[0]);
  const json features = parse_piece(pieces[1]);
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
  settings["interrupts_on_cpus"] = on_one_line(pieces[2]);
  read_rings(parse_piece(pieces[3]), settings);
  read_route(parse_piece(pieces[4]), settings);
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
  return what_differs(cell.link, sender, receiver);
}

}  // namespace nobounce::bench
