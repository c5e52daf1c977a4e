// SPDX-License-Identifier: Apache-2.0
#include "serve/nics_table.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "base/quantity.h"
#include "base/size.h"
#include "report/table.h"

namespace nobounce::serve {
namespace {

using nlohmann::json;
using report::Align;
using report::Table;

// The member of an object; null where there is none.
const json& at(const json& object, const char* key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

const json& at(const json& list, std::size_t index) {
  static const json kNothing;
  return list.is_array() && index < list.size() ? list[index] : kNothing;
}

std::uint64_t number(const json& value) {
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string yes_no(const json& value) {
  return value == json(true) ? "yes" : "no";
}

std::uint64_t sum(const json& object, std::initializer_list<const char*> keys) {
  std::uint64_t total = 0;
  for (const char* key : keys)
    total += number(at(object, key));
  return total;
}

std::uint64_t drops_of(const json& nic) {
  return sum(nic, {"dropped_no_queue", "dropped_no_bus_master", "dropped_no_cable"}) +
         number(at(at(nic, "tx"), "dropped")) +
         sum(at(nic, "rx"), {"dropped_no_buffers", "dropped_queue_ended",
                             "dropped_invalid_checksum", "dropped_over_mru"});
}

std::string link_of(const json& nic) {
  if (at(nic, "cable") == json(false)) return "unplugged";
  return at(nic, "link") == json(true) ? "up" : "down";
}

std::string rate_of(const json& now, const json& before, double seconds) {
  const std::uint64_t bytes = number(at(now, "bytes"));
  const std::uint64_t bytes_before = number(at(before, "bytes"));
  if (seconds <= 0 || before.is_null() || bytes < bytes_before) return "";
  return fmt::format("{:.3f}", static_cast<double>(bytes - bytes_before) * 8 / seconds / 1e9);
}

std::string table_of_nics(const json& nics, const json& before, double seconds) {
  Table table({{"NIC", Align::kLeft},
               {"MAC address", Align::kLeft},
               {"QEMU", Align::kLeft},
               {"driver", Align::kLeft},
               {"link", Align::kLeft},
               {"tx packets", Align::kRight},
               {"tx Gbit/s", Align::kRight},
               {"rx packets", Align::kRight},
               {"rx Gbit/s", Align::kRight},
               {"drops", Align::kRight}});
  for (std::size_t i = 0; i < nics.size(); ++i) {
    const json& nic = nics[i];
    const json& tx = at(nic, "tx");
    const json& rx = at(nic, "rx");
    const json& earlier = at(before, i);
    table.add_row(
        {text(at(nic, "name")), text(at(nic, "mac")), yes_no(at(nic, "client")),
         text(at(nic, "driver")), link_of(nic), fmt::format("{}", number(at(tx, "packets"))),
         rate_of(tx, at(earlier, "tx"), seconds), fmt::format("{}", number(at(rx, "packets"))),
         rate_of(rx, at(earlier, "rx"), seconds), fmt::format("{}", drops_of(nic))});
  }
  return table.to_string();
}

std::string table_of_accelerators(const json& accelerators) {
  Table table({{"accelerator", Align::kLeft},
               {"QEMU", Align::kLeft},
               {"driver", Align::kLeft},
               {"memory used", Align::kRight},
               {"CPU reads", Align::kRight},
               {"bytes", Align::kRight},
               {"CPU writes", Align::kRight},
               {"bytes", Align::kRight},
               {"commands", Align::kRight},
               {"refused", Align::kRight}});
  for (const json& one : accelerators) {
    const json& cpu = at(one, "cpu");
    table.add_row({text(at(one, "name")), yes_no(at(one, "client")), yes_no(at(one, "driver_runs")),
                   format_size(number(at(one, "memory_used_bytes"))),
                   fmt::format("{}", number(at(cpu, "reads"))),
                   fmt::format("{}", number(at(cpu, "read_bytes"))),
                   fmt::format("{}", number(at(cpu, "writes"))),
                   fmt::format("{}", number(at(cpu, "written_bytes"))),
                   fmt::format("{}", number(at(one, "commands"))),
                   fmt::format("{}", number(at(one, "commands_refused")))});
  }
  return table.to_string();
}

// "10 Gbit/s, delay 50 us ± 5 us, loss 1%"; empty for a wire that does nothing.
std::string words_for(const json& impairments) {
  std::string words;
  const auto add = [&words](const std::string& word) {
    words += (words.empty() ? "" : ", ") + word;
  };
  if (const auto rate = number(at(impairments, "rate_bits_per_s"))) add(format_bit_rate(rate));
  if (const auto delay = number(at(impairments, "delay_ns"))) {
    const auto jitter = number(at(impairments, "jitter_ns"));
    add("delay " + format_duration(delay) + (jitter ? " ± " + format_duration(jitter) : ""));
  }
  for (const char* key : {"loss", "reorder", "duplicate", "corrupt"}) {
    const json& part = at(impairments, key);
    if (part.is_number() && part.get<double>() > 0)
      add(fmt::format("{} {}", key, format_probability(part.get<double>())));
  }
  if (at(impairments, "partitioned") == json(true)) add("partitioned");
  return words;
}

// What the wire dropped of what the station sent, and what the host's side of the station did.
std::uint64_t drops_of_port(const json& port) {
  return sum(port, {"dropped_queue_full", "dropped_unplugged", "dropped_partitioned",
                    "dropped_in_delivery"}) +
         sum(at(port, "host"), {"dropped_would_block", "dropped_refused", "dropped_malformed"});
}

std::string table_of_wires(const json& wires) {
  Table table({{"wire:port", Align::kLeft},
               {"station", Align::kLeft},
               {"frames in", Align::kRight},
               {"frames out", Align::kRight},
               {"lost", Align::kRight},
               {"dropped", Align::kRight},
               {"waiting bytes", Align::kRight},
               {"what it does", Align::kLeft}});
  for (const json& wire : wires) {
    const json& ports = at(wire, "ports");
    for (std::size_t i = 0; i < ports.size(); ++i) {
      const json& port = ports[i];
      table.add_row({fmt::format("{}:{}", text(at(wire, "name")), i), text(at(port, "station")),
                     fmt::format("{}", number(at(port, "frames"))),
                     fmt::format("{}", number(at(port, "delivered_frames"))),
                     fmt::format("{}", number(at(port, "lost"))),
                     fmt::format("{}", drops_of_port(port)),
                     fmt::format("{}", number(at(port, "waiting_bytes"))),
                     words_for(at(port, "impairments"))});
    }
  }
  return table.to_string();
}

}  // namespace

std::string table_of(const json& state, const json& before, double seconds) {
  const json& nics = at(state, "nics");
  const json& wires = at(state, "wires");
  std::string tables;
  if (nics.is_array()) tables += table_of_nics(nics, at(before, "nics"), seconds);
  const json& accelerators = at(state, "accelerators");
  if (accelerators.is_array() && !accelerators.empty())
    tables += "\n" + table_of_accelerators(accelerators);
  if (wires.is_array()) tables += "\n" + table_of_wires(wires);
  return tables;
}

}  // namespace nobounce::serve
