// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_run_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "base/size.h"
#include "cli/accelerator_flags.h"
#include "cli/doorbells_flag.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/lab_messages.h"
#include "cli/wire_flags.h"
#include "cli/word_flag.h"
#include "lab/lab.h"
#include "sys/virtual_machine.h"

namespace nobounce::cli {
namespace {

constexpr unsigned kMostDefaultCpus = 4;
constexpr int kMostProfiledFunctions = 1000;
constexpr std::uint64_t kLeastRamBytes = std::uint64_t{256} << 20;

const std::map<std::string, lab::Topology> kTopologies = {{"pair", lab::Topology::kPair},
                                                          {"switch", lab::Topology::kSwitch}};

constexpr const char* kRunFooter =
    R"(In the guest pair i of NICs is eth<i> in the network namespaces a and b, with the addresses
10.0.i.1/24 and fd00:i::1/64 in a, 10.0.i.2/24 and fd00:i::2/64 in b. On a switch host a, b, c, ...
has one NIC, eth0, with 10.0.0.1/24 and fd00:0::1/64, .2 and ::2, and so on. Accelerators are
/dev/dri/renderD128 and the following; both hosts of a guest see them. DIR is /share, and the
command's working directory. The guest forgets everything else when it ends.

With --guests 2 host a lives in one guest, where the command runs, and host b in another, where
PEER runs from before the command's start to its end; its output comes on standard error, each line
with [b] before it. Both have /share.

Examples:
  nobounce lab run -- ip netns exec a ping -c 3 10.0.0.2
  nobounce lab run -- bash -c 'ip netns exec b iperf3 -s -1 -D; sleep 1
                               ip netns exec a iperf3 -c 10.0.0.2'
  nobounce lab run --topology switch --hosts 4 -- ip netns exec a ping -c 3 10.0.0.4
  nobounce lab run --guests 2 --peer 'ip netns exec b iperf3 -s' -- \
    sh -c 'sleep 1; ip netns exec a iperf3 -c 10.0.0.2'
  nobounce lab run --wire-delay 50us --wire-loss 0.1% --capture wire.pcapng -- \
    ip netns exec a ping -c 100 -i 0.01 10.0.0.2
  nobounce lab run --accelerators 2 -- ls /dev/dri
  nobounce lab run --pairs 0 --kernel 6.12 -- uname -a

The exit status is the command's (128 + n if signal n killed it), but: 7 if the command succeeded
and a guest's kernel warned, 5 after --timeout, 130 after Ctrl-C, 1 if the lab itself failed.)";

constexpr const char* kShellFooter =
    R"(The shell is bash, as root, with job control, at this terminal's type and size. Ctrl-D or
exit ends it and the guest; Ctrl-] struck three times ends a guest that no longer answers. What the
guest looks like, and what the other flags do, `nobounce lab run --help` says.

Examples:
  nobounce lab shell --share .
  nobounce lab shell --topology switch --wire-delay 10ms)";

/// What describes the guests.
struct GuestFlags {
  lab::NetworkOptions network;
  WireFlags wire;
  WireMaking making;
  AcceleratorFlags accelerators;
  std::string peer;
  std::string share;
  std::string kernel = "newest";
  unsigned cpus = 2;
  std::string ram = "4G";
  std::vector<std::string> qemu;
  bool meter = false;
  std::uint32_t profile = 0;
  unsigned timeout_s = 0;
};

struct RunFlags : GuestFlags {
  std::vector<std::string> command;
};

Result<std::uint64_t> ram_of(const std::string& flag) {
  NB_ASSIGN(const std::uint64_t bytes, parse_size(flag));
  if (bytes >= kLeastRamBytes) return bytes;
  return fail({.code = Code::kInvalidArgument,
               .operation = "--ram",
               .object = flag,
               .cause = "the guest does not boot with so little memory",
               .fix = "give 256M or more"});
}

Result<lab::LabOptions> options_of(const GuestFlags& flags) {
  lab::LabOptions options{.command = {},
                          .network = flags.network,
                          .peer = flags.peer,
                          .share = {},
                          .kernel = flags.kernel,
                          .cpus = flags.cpus,
                          .timeout = {},
                          .cache = {}};
  NB_ASSIGN(options.ram_bytes, ram_of(flags.ram));
  NB_ASSIGN(options.network.impairments, impairments_of(flags.wire));
  NB_ASSIGN(options.network.queue_bytes, queue_bytes_of(flags.making));
  options.copy_meter = flags.meter || flags.profile > 0;
  options.profile = flags.profile;
  NB_ASSIGN(options.network.accelerator, accelerator_options_of(flags.accelerators));
  options.network.accelerators = flags.accelerators.count;
  options.qemu_arguments = flags.qemu;
  options.network.seed = flags.making.seed;
  if (flags.timeout_s > 0) options.timeout = std::chrono::seconds(flags.timeout_s);
  if (!flags.share.empty()) options.share = std::filesystem::absolute(flags.share);
  NB_ASSIGN(options.cache, lab::Cache::default_directory());
  return options;
}

int run_in_lab(const lab::LabOptions& options) {
  const auto outcome = lab::run_lab(options, show_progress);
  if (!outcome) return report(outcome.error());
  show_complaints(*outcome);
  show_peer(*outcome);
  show_profiles(*outcome);
  if (outcome->status == 0 && outcome->kernel_warned()) return kKernelWarned;
  return outcome->status;
}

int run_run(const RunFlags& flags) {
  auto options = options_of(flags);
  if (!options) return report(options.error());
  options->command = flags.command;
  return run_in_lab(*options);
}

int run_shell(const GuestFlags& flags) {
  auto options = options_of(flags);
  if (!options) return report(options.error());
  options->command = {"bash"};
  options->terminal = true;
  return run_in_lab(*options);
}

void add_network_flags(CLI::App& command, GuestFlags& flags) {
  lab::NetworkOptions& network = flags.network;
  add_word_flag(command, "--topology", network.topology, kTopologies, "How the hosts are joined")
      ->type_name("pair|switch")
      ->default_str("pair");
  command.add_option("--pairs", network.pairs, "Pairs of emulated NICs")
      ->default_str("1")
      ->check(CLI::Range(0U, lab::kMostPairs));
  command.add_option("--hosts", network.hosts, "Hosts on the switch")
      ->default_str("3")
      ->check(CLI::Range(lab::kFewestHosts, lab::kMostHosts));
  command
      .add_option("--guests", network.guests,
                  "Guests: 1, or 2 for hosts a and b in a virtual machine each")
      ->capture_default_str()
      ->check(CLI::Range(1U, 2U));
  command
      .add_option("--peer", flags.peer,
                  "With --guests 2, what sh runs in the second guest meanwhile")
      ->type_name("COMMAND-LINE");
  command.add_option("--queues", network.queues, "Queues of a NIC, in each direction")
      ->capture_default_str()
      ->check(CLI::Range(1U, lab::kMostQueues));
  command.add_option("--mtu", network.mtu, "The NICs' largest MTU, and the one they start with")
      ->capture_default_str()
      ->check(CLI::Range(lab::kLeastMtu, lab::kMostMtu));
  add_doorbells_flag(command, network.doorbells);
  add_wire_flags(command, flags.wire);
  add_wire_making_flags(command, flags.making);
  command
      .add_option("--capture", network.capture,
                  "Write all that crosses the wires, payload included")
      ->type_name("FILE.pcapng");
}

void add_guest_flags(CLI::App& command, GuestFlags& flags) {
  add_network_flags(command, flags);
  add_accelerator_flags(command, flags.accelerators, lab::kMostAccelerators, "of a guest");
  command.add_option("--share", flags.share, "A directory to be /share in the guest, read-write")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  command
      .add_option("--kernel", flags.kernel,
                  "newest, a version as in 7.1.13+deb13, or the beginning of one as in 6.12")
      ->capture_default_str();
  flags.cpus = std::clamp(sys::usable_cpus(), 2U, kMostDefaultCpus);
  command.add_option("--cpus", flags.cpus, "Processors of a guest")
      ->capture_default_str()
      ->check(CLI::Range(1U, 64U));
  command.add_option("--ram", flags.ram, "Memory of a guest; taken from the host as it is used")
      ->type_name("SIZE")
      ->capture_default_str();
  command.add_flag("--meter", flags.meter,
                   "Count the bytes that the guests' CPUs copy; the CPUs are then emulated");
  command
      .add_flag("--meter-profile{20}", flags.profile,
                "With the meter, the functions of the guests' kernels that took most instructions "
                "while the command ran: 20, or --meter-profile=N")
      ->check(CLI::Range(1, kMostProfiledFunctions));
  command
      .add_option("--qemu", flags.qemu,
                  "One more argument for QEMU, such as a device of your own; may be repeated")
      ->type_name("ARGUMENT")
      ->allow_extra_args(false);
  command.add_option("--timeout", flags.timeout_s, "Give up after so many seconds (0: never)")
      ->type_name("SECONDS")
      ->capture_default_str();
}

}  // namespace

void add_lab_run_commands(CLI::App& lab, Chosen& chosen) {
  auto run_flags = std::make_shared<RunFlags>();
  CLI::App* run = lab.add_subcommand("run", "Boot a guest and run a command in it as root");
  add_guest_flags(*run, *run_flags);
  run->add_option("command", run_flags->command, "The command and its arguments, after --")
      ->required();
  run->footer(kRunFooter);
  run->callback([run_flags, &chosen] { chosen = [run_flags] { return run_run(*run_flags); }; });

  auto shell_flags = std::make_shared<GuestFlags>();
  CLI::App* shell = lab.add_subcommand("shell", "Boot a guest and work in it at this terminal");
  add_guest_flags(*shell, *shell_flags);
  shell->footer(kShellFooter);
  shell->callback(
      [shell_flags, &chosen] { chosen = [shell_flags] { return run_shell(*shell_flags); }; });
}

}  // namespace nobounce::cli
