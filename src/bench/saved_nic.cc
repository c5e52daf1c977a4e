// SPDX-License-Identifier: Apache-2.0
#include "bench/saved_nic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "bench/cell_commands.h"
#include "nic/nic.h"
#include "sys/directory_names.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "nobounce.saved-nic/1";
constexpr std::array kSizes = {"gso_max_size", "gso_ipv4_max_size", "gro_max_size",
                               "gro_ipv4_max_size"};
constexpr std::array kFeatures = {std::pair{"gro", "rx-gro"}, std::pair{"rx-gro-hw", "rx-gro-hw"}};

std::string irq_file(unsigned irq) {
  return fmt::format("/proc/irq/{}/smp_affinity_list", irq);
}

std::string queue_file(const std::string& interface, const std::string& queue, const char* name) {
  return fmt::format("/sys/class/net/{}/queues/{}/{}", interface, queue, name);
}

/// Without the newline; nothing where it can't be read, as XPS of a NIC with one queue.
std::optional<std::string> value_in(const std::string& file) {
  auto text = sys::read_text_file(file);
  if (!text) return std::nullopt;
  while (text->ends_with('\n'))
    text->pop_back();
  return *text;
}

std::optional<unsigned> number_in_name(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void save_placement(SavedNic& saved) {
  const std::string base = "/sys/class/net/" + saved.interface;
  if (const auto irqs = sys::names_in(base + "/device/msi_irqs")) {
    for (const std::string& name : *irqs) {
      const auto irq = number_in_name(name);
      const auto cpus = irq ? value_in(irq_file(*irq)) : std::nullopt;
      if (cpus) saved.irqs[*irq] = *cpus;
    }
  }
  const auto queues = sys::names_in(base + "/queues");
  if (!queues) return;
  for (const std::string& queue : *queues) {
    const bool receives = queue.starts_with("rx-");
    const char* const name = receives ? "rps_cpus" : "xps_cpus";
    if (const auto mask = value_in(queue_file(saved.interface, queue, name)))
      (receives ? saved.rps : saved.xps)[queue] = *mask;
  }
}

/// Read from the text: marks of a list of CPUs or of a mask, and nothing else.
bool is_cpu_set(const json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty() &&
         value.get_ref<const std::string&>().find_first_not_of("0123456789abcdef,-") ==
             std::string::npos;
}

bool is_queue(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && number_in_name(name.substr(prefix.size())).has_value();
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<const char*, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<SavedNic> save_nic(const std::string& interface) {
  NB_ASSIGN(const nic::NicState state, nic::look_at(interface));
  SavedNic saved{.interface = interface, .mtu = state.link.mtu};
  const netlink::PacketSizes& sizes = state.link.packet_sizes;
  const std::array found = {sizes.gso_max, sizes.gso_ipv4_max, sizes.gro_max, sizes.gro_ipv4_max};
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    if (found[i]) saved.packet_sizes[kSizes[i]] = *found[i];
  }
  for (const auto& [word, kernels] : kFeatures) {
    const auto feature = state.features.find(kernels);
    if (feature != state.features.end() && feature->second.can_change)
      saved.features[word] = feature->second.active;
  }
  save_placement(saved);
  return saved;
}

std::vector<std::string> commands_back_to(const SavedNic& before, const SavedNic& now) {
  std::vector<std::string> commands;
  const std::string& nic = before.interface;
  if (before.mtu != now.mtu)
    commands.push_back(fmt::format("ip link set dev {} mtu {}", nic, before.mtu));
  const auto differs = [](const auto& one, const auto& others) {
    const auto other = others.find(one.first);
    return other != others.end() && other->second != one.second;
  };
  for (const auto& size : before.packet_sizes) {
    if (differs(size, now.packet_sizes))
      commands.push_back(fmt::format("ip link set dev {} {} {}", nic, size.first, size.second));
  }
  for (const auto& feature : before.features) {
    if (differs(feature, now.features))
      commands.push_back(
          fmt::format("ethtool -K {} {} {}", nic, feature.first, feature.second ? "on" : "off"));
  }
  return commands;
}

std::map<std::string, std::string> files_back_to(const SavedNic& before, const SavedNic& now) {
  std::map<std::string, std::string> files;
  const auto add = [&](const auto& then, const auto& current, const auto& path_of) {
    for (const auto& [name, value] : then) {
      const auto found = current.find(name);
      if (found != current.end() && found->second != value) files[path_of(name)] = value;
    }
  };
  add(before.irqs, now.irqs, irq_file);
  add(before.rps, now.rps,
      [&](const std::string& queue) { return queue_file(before.interface, queue, "rps_cpus"); });
  add(before.xps, now.xps,
      [&](const std::string& queue) { return queue_file(before.interface, queue, "xps_cpus"); });
  return files;
}

json to_json(const SavedNic& saved) {
  json object = {{"schema", kSchema},
                 {"interface", saved.interface},
                 {"mtu", saved.mtu},
                 {"packet_sizes", saved.packet_sizes},
                 {"features", saved.features},
                 {"rps", saved.rps},
                 {"xps", saved.xps}};
  object["irqs"] = json::object();
  for (const auto& [irq, cpus] : saved.irqs)
    object["irqs"][std::to_string(irq)] = cpus;
  return object;
}

Result<SavedNic> parse_saved_nic(std::string_view text) {
  const auto refuse = [](const char* cause) {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "what an earlier bench left to be put back",
                 .cause = cause,
                 .fix = "set the NIC right by hand and remove the file"});
  };
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || object.size() != 8 || object.value("schema", json()) != kSchema)
    return refuse("it is of no schema that we know");
  SavedNic saved;
  // What is missing is read as a number, whose one item is none of these.
  constexpr std::uint64_t kMostMtu = 1U << 20;
  const json interface = object.value("interface", json());
  const json mtu = object.value("mtu", json());
  if (!interface.is_string() || !is_plain_nic_name(interface.get<std::string>()))
    return refuse("it names no interface");
  if (!mtu.is_number_unsigned() || mtu.get<std::uint64_t>() > kMostMtu)
    return refuse("its MTU is none");
  saved.interface = interface;
  saved.mtu = mtu;
  const json packet_sizes = object.value("packet_sizes", json(0));
  for (const auto& [name, value] : packet_sizes.items()) {
    if (!is_one_of(name, kSizes) || !value.is_number_unsigned() ||
        value.get<std::uint64_t>() > kMostMtu)
      return refuse("it has a size of packets that is none");
    saved.packet_sizes[name] = value;
  }
  const json features = object.value("features", json(0));
  for (const auto& [name, value] : features.items()) {
    if (!is_one_of(name, std::array{kFeatures[0].first, kFeatures[1].first}) || !value.is_boolean())
      return refuse("it has a feature that is none");
    saved.features[name] = value;
  }
  const json irqs = object.value("irqs", json(0));
  for (const auto& [name, value] : irqs.items()) {
    const auto irq = number_in_name(name);
    if (!irq || !is_cpu_set(value)) return refuse("it has an interrupt that is none");
    saved.irqs[*irq] = value;
  }
  for (const auto& [key, prefix, queues] :
       {std::tuple{"rps", "rx-", &saved.rps}, std::tuple{"xps", "tx-", &saved.xps}}) {
    const json masks = object.value(key, json(0));
    for (const auto& [name, value] : masks.items()) {
      if (!is_queue(name, prefix) || !is_cpu_set(value))
        return refuse("it has a queue that is none");
      (*queues)[name] = value;
    }
  }
  return saved;
}

}  // namespace nobounce::bench
