// SPDX-License-Identifier: Apache-2.0
// `nobounce nic`: serve, stat and set. What they do is in the room serve; here are the flags.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/quantity.h"
#include "base/size.h"
#include "cli/accelerator_flags.h"
#include "cli/command.h"
#include "cli/doorbells_flag.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/wire_flags.h"
#include "emulator/chassis/mac_address.h"
#include "serve/client.h"
#include "serve/directory.h"
#include "serve/nics_table.h"
#include "serve/qemu_arguments.h"
#include "serve/service.h"
#include "serve/topology_file.h"
#include "sys/byte_stream.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"
#include "sys/stop_signal.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kWatchPeriod{1000};

constexpr const char* kServeFooter =
    R"(Prints, for each NIC and accelerator, what to add to a QEMU's command line. QEMU must be 10.1
or newer. The service ends with Ctrl-C or SIGTERM; a QEMU may leave and another take its place at
any time.

Examples:
  nobounce nic serve
  nobounce nic serve --switch 4 --wire-rate 10G --wire-delay 50us --wire-loss 0.1%
  nobounce nic serve --accelerators 2 --accelerator-memory 256M
  nobounce nic serve --topology lab.toml --capture lab.pcapng)";

constexpr const char* kSetFooter =
    R"(Examples:
  nobounce nic set --wire pair0 --rate 1G --delay 10ms
  nobounce nic set --wire switch:2 --loss 5%
  nobounce nic set --wire pair0 --rate none --loss 0
  nobounce nic set --link pair0-a down
  nobounce nic set --capture off)";

struct ServeFlags {
  std::uint32_t pairs = 1;
  std::uint32_t switch_ports = 0;
  std::string topology;
  std::string directory;
  std::uint32_t queues = 4;
  std::uint16_t mtu = 4148;
  std::string mac;
  WireFlags wire;
  WireMaking making;
  AcceleratorFlags accelerators;
  std::string capture;
  emulator::gvnic::Doorbells doorbells = emulator::gvnic::Doorbells::kSocket;
  bool json = false;
  bool watch = false;
};

std::filesystem::path directory_of(const std::string& given) {
  return given.empty() ? serve::default_directory() : std::filesystem::absolute(given);
}

// The next address, counted as one number of 48 bits.
emulator::gvnic::MacAddress successor(emulator::gvnic::MacAddress mac) {
  for (std::size_t i = mac.size(); i-- > 0;) {
    if (++mac[i] != 0) break;
  }
  return mac;
}

Result<emulator::Layout> uniform_layout(const ServeFlags& flags) {
  emulator::UniformOptions options{
      .count = flags.pairs, .queues = flags.queues, .mtu = flags.mtu, .seed = flags.making.seed};
  NB_ASSIGN(options.impairments, impairments_of(flags.wire));
  NB_ASSIGN(const std::size_t queue_bytes, queue_bytes_of(flags.making));
  emulator::Layout layout;
  if (flags.switch_ports > 0) {
    options.count = flags.switch_ports;
    layout = layout_of_switch(options);
  } else {
    layout = layout_of_pairs(options);
  }
  for (emulator::WireLayout& wire : layout.wires)
    wire.queue_bytes = queue_bytes;
  if (flags.mac.empty()) return layout;
  NB_ASSIGN(auto mac, emulator::parse_mac(flags.mac));
  for (emulator::NicLayout& nic : layout.nics) {
    nic.options.mac = mac;
    mac = successor(mac);
  }
  return layout;
}

Result<emulator::Layout> layout_of(const ServeFlags& flags) {
  NB_ASSIGN(emulator::Layout layout,
            flags.topology.empty() ? uniform_layout(flags) : serve::read_topology(flags.topology));
  layout.socket_directory = directory_of(flags.directory);
  if (!flags.capture.empty()) layout.capture = std::filesystem::absolute(flags.capture);
  for (emulator::NicLayout& nic : layout.nics)
    nic.options.doorbells = flags.doorbells;
  NB_ASSIGN(const auto accelerator, accelerator_options_of(flags.accelerators));
  add_accelerators(layout, flags.accelerators.count, 0, accelerator);
  return layout;
}

void print_arguments(const serve::Service& service) {
  fmt::print("For every QEMU, once:\n  {}\n\n", serve::qemu_memory_arguments());
  std::uint32_t number = 0;
  for (const emulator::NicPort& nic : service.chassis().nics()) {
    fmt::print("{}, {}:\n  {}\n", nic.name, nic.mac,
               serve::qemu_device_arguments(nic.socket, number++));
  }
  for (const emulator::AcceleratorPort& accelerator : service.chassis().accelerators()) {
    fmt::print("{}, {} of memory:\n  {}\n", accelerator.name, format_size(accelerator.memory_bytes),
               serve::qemu_device_arguments(accelerator.socket, number++));
  }
  const std::size_t nics = service.chassis().nics().size();
  const std::size_t accelerators = service.chassis().accelerators().size();
  std::string served = fmt::format("{} NIC{}", nics, nics == 1 ? "" : "s");
  if (accelerators > 0)
    served += fmt::format(" and {} accelerator{}", accelerators, accelerators == 1 ? "" : "s");
  fmt::print("\nserving {} in {}; Ctrl-C ends\n", served,
             service.layout().socket_directory.string());
}

// Draws the state again and again; on a terminal always in the same place.
class Watch {
 public:
  void show(json state) {
    const double seconds = since_shown_ ? since_shown_->elapsed_s() : 0;
    if (sys::is_terminal(sys::kStandardOutput)) fmt::print("\x1b[H\x1b[2J");
    fmt::print("{}\n", serve::table_of(state, before_, seconds));
    std::fflush(stdout);
    since_shown_.emplace(clock_);
    before_ = std::move(state);
  }

 private:
  sys::SteadyClock clock_;
  std::optional<Stopwatch> since_shown_;
  json before_;
};

int run_serve(const ServeFlags& flags) {
  const auto layout = layout_of(flags);
  if (!layout) return report(layout.error());
  // From here on Ctrl-C takes the sockets away.
  const auto stop = sys::StopSignal::install();
  if (!stop) return report(stop.error());
  auto service = serve::Service::start(*layout);
  if (!service) return report(service.error());
  if (flags.json) {
    fmt::print("{}\n", service->state().dump(2));
  } else {
    print_arguments(*service);
  }
  std::fflush(stdout);
  Watch watch;
  const Status served =
      service->run(stop->fd(), flags.watch ? std::optional(kWatchPeriod) : std::nullopt,
                   [&] { watch.show(service->state()); });
  return served ? kSuccess : report(served.error());
}

struct StatFlags {
  std::string directory;
  bool json = false;
  bool watch = false;
};

int watch_service(const StatFlags& flags) {
  const auto stop = sys::StopSignal::install();
  if (!stop) return report(stop.error());
  Watch watch;
  for (;;) {
    const auto state = serve::ask(directory_of(flags.directory), serve::AskStatistics{});
    if (!state) return report(state.error());
    if (flags.json) {
      fmt::print("{}\n", state->dump());
      std::fflush(stdout);
    } else {
      watch.show(*state);
    }
    std::array<pollfd, 1> entry = {{{.fd = stop->fd(), .events = POLLIN, .revents = 0}}};
    const auto stopped = sys::wait_ready(entry, kWatchPeriod);
    if (!stopped) return report(stopped.error());
    if (*stopped) return kSuccess;
  }
}

int run_stat(const StatFlags& flags) {
  if (flags.watch) return watch_service(flags);
  const auto state = serve::ask(directory_of(flags.directory), serve::AskStatistics{});
  if (!state) return report(state.error());
  fmt::print("{}", flags.json ? state->dump(2) + "\n" : serve::table_of(*state));
  return kSuccess;
}

struct SetFlags {
  std::string directory;
  std::string wire;
  WireFlags what;
  std::string partition;
  std::vector<std::string> link;
  std::string capture;
};

Error usage(std::string object, std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "nic set",
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

// Only what was given is to change. Whether the whole can be is for the service to say, which knows
// the rest.
Result<serve::ImpairmentChange> change_of(const SetFlags& flags) {
  serve::ImpairmentChange change;
  const auto take = [](const std::string& text, auto parse, auto& to) -> Status {
    if (text.empty()) return {};
    NB_ASSIGN(to, parse(text));
    return {};
  };
  if (flags.what.rate == "none") {
    change.rate_bits_per_s = 0;
  } else {
    NB_TRY(take(flags.what.rate, parse_bit_rate, change.rate_bits_per_s));
  }
  NB_TRY(take(flags.what.delay, parse_duration_ns, change.delay_ns));
  NB_TRY(take(flags.what.jitter, parse_duration_ns, change.jitter_ns));
  NB_TRY(take(flags.what.loss, parse_probability, change.loss));
  NB_TRY(take(flags.what.reorder, parse_probability, change.reorder));
  NB_TRY(take(flags.what.duplicate, parse_probability, change.duplicate));
  NB_TRY(take(flags.what.corrupt, parse_probability, change.corrupt));
  if (!flags.partition.empty()) change.partitioned = flags.partition == "on";
  return change;
}

Result<serve::SetWire> set_wire_of(const SetFlags& flags) {
  serve::SetWire set{.wire = flags.wire};
  if (const auto colon = flags.wire.rfind(':'); colon != std::string::npos) {
    const std::string_view port = std::string_view(flags.wire).substr(colon + 1);
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (problem != std::errc() || end != port.data() + port.size())
      return fail(usage("--wire " + flags.wire, "what follows the colon is no number",
                        "count ports from 0, as nobounce nic stat shows them"));
    set.wire.resize(colon);
    set.port = number;
  }
  NB_ASSIGN(set.change, change_of(flags));
  if (set.change.is_empty())
    return fail(usage("--wire " + flags.wire, "nothing is to change",
                      "say what, as in --rate 1G or --loss 0"));
  return set;
}

Result<std::vector<serve::Request>> requests_of(const SetFlags& flags) {
  std::vector<serve::Request> requests;
  NB_ASSIGN(const auto change, change_of(flags));
  if (!flags.wire.empty()) {
    NB_ASSIGN(auto set, set_wire_of(flags));
    requests.emplace_back(std::move(set));
  } else if (!change.is_empty()) {
    return fail(usage("a wire", "it is not said which", "add --wire NAME or --wire NAME:PORT"));
  }
  if (!flags.link.empty()) {
    if (flags.link[1] != "up" && flags.link[1] != "down")
      return fail(usage("--link " + flags.link[0], fmt::format("a link is not {}", flags.link[1]),
                        "say up or down"));
    requests.emplace_back(serve::SetLink{.nic = flags.link[0], .up = flags.link[1] == "up"});
  }
  if (flags.capture == "off") {
    requests.emplace_back(serve::SetCapture{});
  } else if (!flags.capture.empty()) {
    requests.emplace_back(
        serve::SetCapture{.file = std::filesystem::absolute(flags.capture).string()});
  }
  if (requests.empty())
    return fail(usage("a service", "nothing is to change", "give --wire, --link or --capture"));
  return requests;
}

int run_set(const SetFlags& flags) {
  const auto requests = requests_of(flags);
  if (!requests) return report(requests.error());
  for (const serve::Request& request : *requests) {
    const auto done = serve::ask(directory_of(flags.directory), request);
    if (!done) return report(done.error());
  }
  return kSuccess;
}

void add_directory(CLI::App& command, std::string& directory) {
  command
      .add_option(
          "--directory", directory,
          fmt::format("Where the sockets are (default: {})", serve::default_directory().string()))
      ->type_name("DIR");
}

void add_serve(CLI::App& nic, Chosen& chosen) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* serve = nic.add_subcommand("serve", "Offer NICs to QEMUs until Ctrl-C");
  CLI::Option* pairs = serve->add_option("--pairs", flags->pairs, "Cables, with a NIC at each end")
                           ->capture_default_str()
                           ->check(CLI::Range(1U, static_cast<unsigned>(emulator::kMaxNics / 2)));
  CLI::Option* switch_ports =
      serve->add_option("--switch", flags->switch_ports, "NICs on one switch instead")
          ->type_name("N")
          ->check(CLI::Range(2U, static_cast<unsigned>(emulator::kMaxNics)))
          ->excludes(pairs);
  CLI::Option* topology =
      serve->add_option("--topology", flags->topology, "NICs and wires of a TOML file instead")
          ->type_name("FILE")
          ->check(CLI::ExistingFile)
          ->excludes(pairs)
          ->excludes(switch_ports);
  add_directory(*serve, flags->directory);
  serve->add_option("--queues", flags->queues, "Queues of a NIC, in each direction")
      ->capture_default_str()
      ->check(CLI::Range(1U, emulator::gvnic::kMaxQueues))
      ->excludes(topology);
  serve->add_option("--mtu", flags->mtu, "The largest MTU, which drivers start with")
      ->capture_default_str()
      ->check(CLI::Range(emulator::gvnic::kMinMtu, emulator::gvnic::kMaxMtu))
      ->excludes(topology);
  serve->add_option("--mac", flags->mac, "MAC address of the first NIC; the others count up")
      ->type_name("MAC")
      ->excludes(topology);
  add_wire_flags(*serve, flags->wire);
  add_wire_making_flags(*serve, flags->making);
  add_accelerator_flags(*serve, flags->accelerators, emulator::kMaxAccelerators,
                        "in the guest of the NICs, beside those of a topology file");
  for (CLI::Option* option :
       serve->get_options([](const CLI::Option* one) { return one->get_group() == "Wire"; }))
    option->excludes(topology);
  serve->add_option("--capture", flags->capture, "Write what crosses the wires to a pcapng file")
      ->type_name("FILE");
  add_doorbells_flag(*serve, flags->doorbells);
  serve->add_flag("--json", flags->json, "Print the NICs as JSON, nobounce.nics/1");
  serve->add_flag("--watch", flags->watch, "Show the counters every second");
  serve->footer(kServeFooter);
  serve->callback([flags, &chosen] { chosen = [flags] { return run_serve(*flags); }; });
}

void add_stat(CLI::App& nic, Chosen& chosen) {
  auto flags = std::make_shared<StatFlags>();
  CLI::App* stat = nic.add_subcommand("stat", "Show the counters of a running service");
  add_directory(*stat, flags->directory);
  stat->add_flag("--json", flags->json, "Print JSON, nobounce.nics/1");
  stat->add_flag("--watch", flags->watch, "Again every second, until Ctrl-C");
  stat->callback([flags, &chosen] { chosen = [flags] { return run_stat(*flags); }; });
}

void add_set(CLI::App& nic, Chosen& chosen) {
  auto flags = std::make_shared<SetFlags>();
  CLI::App* set = nic.add_subcommand("set", "Change wires and links of a running service");
  add_directory(*set, flags->directory);
  set->add_option("--wire", flags->wire, "The wire to change, or one port of it")
      ->type_name("NAME[:PORT]");
  add_wire_flags(*set, flags->what, "--");
  set->add_option("--partition", flags->partition, "Whether nothing passes")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}).description(""))
      ->group("Wire");
  set->add_option("--link", flags->link, "Unplug a NIC, or plug it in")
      ->type_name("NIC up|down")
      ->expected(2);
  set->add_option("--capture", flags->capture, "Write what crosses the wires to a pcapng file")
      ->type_name("FILE|off");
  set->footer(kSetFooter);
  set->callback([flags, &chosen] { chosen = [flags] { return run_set(*flags); }; });
}

}  // namespace

void add_nic_command(CLI::App& app, Chosen& chosen) {
  CLI::App* nic = app.add_subcommand("nic", "Emulated NICs and accelerators for anybody's QEMU");
  nic->require_subcommand(1);
  add_serve(*nic, chosen);
  add_stat(*nic, chosen);
  add_set(*nic, chosen);
}

}  // namespace nobounce::cli
