// SPDX-License-Identifier: Apache-2.0
#include "serve/topology_file.h"

// In this one file, and without exceptions: nothing here throws.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/size.h"
#include "emulator/chassis/mac_address.h"
#include "emulator/gvnic/doorbell_map.h"
#include "sys/text_file.h"

namespace nobounce::serve {
namespace {

using emulator::AcceleratorLayout;
using emulator::Layout;
using emulator::NicLayout;
using emulator::Station;
using emulator::WireLayout;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxGuest = 255;
constexpr std::string_view kTap = "tap:";
constexpr std::string_view kDatagram = "dgram:";

std::uint32_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

// Reads the keys of one table, by name, and refuses what nobody asked for.
class Keys {
 public:
  Keys(std::string_view file, const toml::table& table) : file_(file), table_(table) {}

  [[nodiscard]] tl::unexpected<Error> refuse(const toml::node& at, std::string cause,
                                             std::string fix) const {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "read",
                 .object = fmt::format("topology {}, line {}", file_, line_of(at)),
                 .cause = std::move(cause),
                 .fix = std::move(fix)});
  }
  [[nodiscard]] tl::unexpected<Error> refuse(std::string cause, std::string fix) const {
    return refuse(table_, std::move(cause), std::move(fix));
  }

  /// The text of `key`, or nothing if it is not there.
  Result<std::optional<std::string>> text(std::string_view key) {
    const toml::node* node = take(key);
    if (node == nullptr) return std::optional<std::string>();
    if (const auto* found = node->as_string()) return std::optional(found->get());
    return refuse(*node, fmt::format("{} is no text", key), "put it in quotes");
  }

  /// Sets `to`, if `key` is there, to a number from `least` to `most`.
  template <typename T>
  Status number(std::string_view key, std::int64_t least, std::int64_t most, T& to) {
    const toml::node* node = take(key);
    if (node == nullptr) return {};
    const auto* found = node->as_integer();
    if (found == nullptr || found->get() < least || found->get() > most)
      return refuse(*node, fmt::format("{} is not what it can be", key),
                    fmt::format("give a whole number from {} to {}", least, most));
    to = static_cast<T>(found->get());
    return {};
  }

  /// Sets `to`, if `key` is there, to what `parse` makes of its text. Numbers without a unit may
  /// stand without quotes.
  template <typename T, typename Parsed>
  Status parsed(std::string_view key, Result<Parsed> (*parse)(std::string_view), T& to) {
    const toml::node* node = take(key);
    if (node == nullptr) return {};
    std::string text;
    if (const auto* integer = node->as_integer()) {
      text = fmt::format("{}", integer->get());
    } else if (const auto* real = node->as_floating_point()) {
      text = fmt::format("{:.12f}", real->get());
    } else {
      const auto* found = node->as_string();
      if (found == nullptr)
        return refuse(*node, fmt::format("{} is no text", key), "put it in quotes");
      text = found->get();
    }
    auto value = parse(text);
    if (!value) {
      Error error = std::move(value).error();
      return refuse(*node, fmt::format("{}: {}: {}", key, error.object, error.cause), error.fix);
    }
    to = static_cast<T>(*value);
    return {};
  }

  const toml::node* take(std::string_view key) {
    known_.push_back(key);
    return table_.get(key);
  }

  /// After all keys were asked for: there must be no others.
  [[nodiscard]] Status done() const {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end())
        return refuse(node, fmt::format("'{}' is no key of this table", key.str()),
                      fmt::format("use {}", fmt::join(known_, ", ")));
    }
    return {};
  }

 private:
  std::string_view file_;
  const toml::table& table_;
  std::vector<std::string_view> known_;
};

Result<NicLayout> read_nic(Keys keys, std::size_t place) {
  NicLayout nic;
  nic.options.mac = {0x02, 'n', 'b', 0x02, 0x00, static_cast<std::uint8_t>(place)};
  NB_ASSIGN(const auto name, keys.text("name"));
  if (!name) return keys.refuse("a NIC without a name", "add name = \"…\"");
  nic.name = *name;
  NB_TRY(keys.parsed("mac", emulator::parse_mac, nic.options.mac));
  NB_TRY(keys.number("queues", 1, emulator::gvnic::kMaxQueues, nic.options.queues));
  NB_TRY(keys.number("mtu", emulator::gvnic::kMinMtu, emulator::gvnic::kMaxMtu, nic.options.mtu));
  std::uint64_t bits_per_s = nic.options.link_speed_mbps * 1'000'000;
  NB_TRY(keys.parsed("link-speed", parse_bit_rate, bits_per_s));
  if (bits_per_s < 1'000'000)
    return keys.refuse("link-speed is below 1 Mbit/s", "give the speed of a NIC, as in \"100G\"");
  nic.options.link_speed_mbps = bits_per_s / 1'000'000;
  NB_TRY(keys.number("guest", 0, kMaxGuest, nic.guest));
  NB_TRY(keys.done());
  return nic;
}

Result<AcceleratorLayout> read_accelerator(Keys keys) {
  AcceleratorLayout accelerator;
  NB_ASSIGN(const auto name, keys.text("name"));
  if (!name) return keys.refuse("an accelerator without a name", "add name = \"…\"");
  accelerator.name = *name;
  NB_TRY(keys.parsed("memory", parse_size, accelerator.options.memory_bytes));
  NB_TRY(keys.number("guest", 0, kMaxGuest, accelerator.guest));
  NB_TRY(keys.number("log", 0, emulator::accelerator::CpuAccesses::kMostNoted,
                     accelerator.options.accesses_noted));
  NB_TRY(keys.done());
  return accelerator;
}

Result<Station> read_station(const Keys& keys, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return keys.refuse(node, "a station is no text", "put it in quotes");
  const std::string_view name = text->get();
  if (name.starts_with(kTap))
    return Station{.kind = Station::Kind::kTap, .name = std::string(name.substr(kTap.size()))};
  if (!name.starts_with(kDatagram)) return Station{.name = std::string(name)};
  const std::string_view both = name.substr(kDatagram.size());
  const std::size_t colon = both.find(':');
  if (colon == std::string_view::npos || both.find(':', colon + 1) != std::string_view::npos)
    return keys.refuse(node, "a datagram station names two sockets",
                       "write it as dgram:LOCAL:PEER, paths without colons");
  return Station{.kind = Station::Kind::kDatagram,
                 .local = both.substr(0, colon),
                 .peer = both.substr(colon + 1)};
}

Result<WireLayout> read_wire(Keys keys) {
  WireLayout wire;
  NB_ASSIGN(const auto name, keys.text("name"));
  if (!name) return keys.refuse("a wire without a name", "add name = \"…\"");
  wire.name = *name;
  const toml::node* stations = keys.take("stations");
  if (stations == nullptr || !stations->is_array())
    return keys.refuse("a wire without stations", "add stations = [\"…\", \"…\"]");
  for (const toml::node& node : *stations->as_array()) {
    NB_ASSIGN(Station station, read_station(keys, node));
    wire.stations.push_back(std::move(station));
  }
  auto& impairments = wire.impairments;
  NB_TRY(keys.parsed("rate", parse_bit_rate, impairments.rate_bits_per_s));
  NB_TRY(keys.parsed("delay", parse_duration_ns, impairments.delay_ns));
  NB_TRY(keys.parsed("jitter", parse_duration_ns, impairments.jitter_ns));
  NB_TRY(keys.parsed("loss", parse_probability, impairments.loss));
  NB_TRY(keys.parsed("reorder", parse_probability, impairments.reorder));
  NB_TRY(keys.parsed("duplicate", parse_probability, impairments.duplicate));
  NB_TRY(keys.parsed("corrupt", parse_probability, impairments.corrupt));
  NB_TRY(keys.number("seed", 0, std::numeric_limits<std::int64_t>::max(), wire.seed));
  NB_TRY(keys.parsed("queue", parse_size, wire.queue_bytes));
  NB_TRY(keys.done());
  return wire;
}

// The tables of [[name]], none if there are none.
Result<std::vector<const toml::table*>> tables_of(Keys& keys, std::string_view name) {
  std::vector<const toml::table*> tables;
  const toml::node* node = keys.take(name);
  if (node == nullptr) return tables;
  if (!node->is_array_of_tables())
    return keys.refuse(*node, fmt::format("{} is no list of tables", name),
                       fmt::format("write [[{}]]", name));
  for (const toml::node& one : *node->as_array())
    tables.push_back(one.as_table());
  return tables;
}

// What a check of the layout says, with the line of the table that it is about.
Status located(const Keys& keys, Status checked) {
  if (checked) return {};
  const Error& error = checked.error();
  return keys.refuse(fmt::format("{}: {}", error.object, error.cause), error.fix);
}

Result<Layout> read_layout(std::string_view file, const toml::table& root) {
  Keys keys(file, root);
  Layout layout;
  NB_ASSIGN(const auto nics, tables_of(keys, "nic"));
  NB_ASSIGN(const auto accelerators, tables_of(keys, "accelerator"));
  NB_ASSIGN(const auto wires, tables_of(keys, "wire"));
  NB_TRY(keys.done());
  for (const toml::table* table : nics) {
    const Keys nic_keys(file, *table);
    if (layout.nics.size() == emulator::kMaxNics)
      return nic_keys.refuse("there is no place for this NIC",
                             fmt::format("have {} at most", emulator::kMaxNics));
    NB_ASSIGN(NicLayout nic, read_nic(nic_keys, layout.nics.size()));
    layout.nics.push_back(std::move(nic));
    NB_TRY(located(nic_keys, check_nic(layout, layout.nics.size() - 1)));
  }
  for (const toml::table* table : accelerators) {
    const Keys accelerator_keys(file, *table);
    NB_ASSIGN(AcceleratorLayout accelerator, read_accelerator(accelerator_keys));
    layout.accelerators.push_back(std::move(accelerator));
    NB_TRY(located(accelerator_keys, check_accelerator(layout, layout.accelerators.size() - 1)));
  }
  for (const toml::table* table : wires) {
    const Keys wire_keys(file, *table);
    NB_ASSIGN(WireLayout wire, read_wire(wire_keys));
    layout.wires.push_back(std::move(wire));
    NB_TRY(located(wire_keys, check_wire(layout, layout.wires.size() - 1)));
  }
  NB_TRY(located(keys, check(layout)));
  return layout;
}

}  // namespace

Result<Layout> parse_topology(std::string_view text, std::string_view name) {
  const toml::parse_result parsed = toml::parse(text, name);
  if (parsed) return read_layout(name, parsed.table());
  const toml::parse_error& error = parsed.error();
  return fail({.code = Code::kInvalidArgument,
               .operation = "read",
               .object = fmt::format("topology {}, line {}", name, error.source().begin.line),
               .cause = std::string(error.description()),
               .fix = "see nobounce-nic(1) for how the file is written"});
}

Result<Layout> read_topology(const std::filesystem::path& file) {
  NB_ASSIGN(const std::string text, sys::read_text_file(file.string(), kMaxFileBytes));
  return parse_topology(text, file.string());
}

}  // namespace nobounce::serve
