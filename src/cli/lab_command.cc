// SPDX-License-Identifier: Apache-2.0
// `nobounce lab`: root, run, transfers, clean, and the agent that the guest runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/size.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/lab_messages.h"
#include "cli/transfers_command.h"
#include "lab/agent.h"
#include "lab/lab.h"
#include "sys/byte_stream.h"
#include "sys/virtual_machine.h"

namespace nobounce::cli {
namespace {

constexpr unsigned kMostDefaultCpus = 4;
constexpr std::uint32_t kMostPairs = 8;
constexpr std::uint64_t kLeastRamBytes = std::uint64_t{256} << 20;

constexpr const char* kRunFooter =
    R"(In the guest pair i of NICs is eth<i> in the network namespaces a and b, with the addresses
10.0.i.1/24 and fd00:i::1/64 in a, 10.0.i.2/24 and fd00:i::2/64 in b, and MTU 4148. DIR is /share,
and the command's working directory. The guest forgets everything else when it ends.

Examples:
  nobounce lab run -- ip netns exec a ping -c 3 10.0.0.2
  nobounce lab run -- bash -c 'ip netns exec b iperf3 -s -1 -D; sleep 1
                               ip netns exec a iperf3 -c 10.0.0.2'
  nobounce lab run --share . -- ip netns exec a tcpdump -w eth0.pcap -c 10 -i eth0
  nobounce lab run --pairs 0 --kernel 6.12 -- uname -a

The exit status is the command's (128 + n if signal n killed it), but: 7 if the command succeeded
and the guest's kernel warned, 5 after --timeout, 130 after Ctrl-C, 1 if the lab itself failed.)";

constexpr const char* kLabFooter =
    R"(The first start fetches root and kernel, about 500 MB on disk; later ones need no network.
`nobounce lab run --help` shows what the guest looks like.)";

struct RootFlags {
  std::string kernel = "newest";
  bool json = false;
};

int run_root(const RootFlags& flags) {
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  const auto prepared = lab::prepare_lab(*cache, flags.kernel, show_progress);
  if (!prepared) return report(prepared.error());
  if (flags.json) {
    fmt::print("{}\n", nlohmann::json{{"schema", 1},
                                      {"root", prepared->root.directory().string()},
                                      {"kernel", prepared->kernel.image.string()},
                                      {"kernel_release", prepared->kernel.release}}
                           .dump(2));
  } else {
    fmt::print("root    {}\nkernel  {} ({})\n", prepared->root.directory().string(),
               prepared->kernel.release, prepared->kernel.image.string());
  }
  return kSuccess;
}

int run_clean() {
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  if (const auto cleaned = lab::Cache::clean(*cache); !cleaned) return report(cleaned.error());
  return kSuccess;
}

struct RunFlags {
  std::uint32_t pairs = 1;
  std::string share;
  std::string kernel = "newest";
  unsigned cpus = 2;
  std::string ram = "4G";
  unsigned timeout_s = 0;
  std::vector<std::string> command;
};

int run_run(const RunFlags& flags) {
  lab::LabOptions options{.command = flags.command,
                          .pairs = flags.pairs,
                          .share = {},
                          .kernel = flags.kernel,
                          .cpus = flags.cpus,
                          .timeout = {},
                          .cache = {}};
  const auto ram = parse_size(flags.ram);
  if (!ram) return report(ram.error());
  if (*ram < kLeastRamBytes)
    return report({.code = Code::kInvalidArgument,
                   .operation = "--ram",
                   .object = flags.ram,
                   .cause = "the guest does not boot with so little memory",
                   .fix = "give 256M or more"});
  options.ram_bytes = *ram;
  if (flags.timeout_s > 0) options.timeout = std::chrono::seconds(flags.timeout_s);
  if (!flags.share.empty()) options.share = std::filesystem::absolute(flags.share);
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  options.cache = *cache;

  const auto outcome = lab::run_lab(options, show_progress);
  if (!outcome) return report(outcome.error());
  show_complaints(*outcome);
  if (outcome->status == 0 && outcome->kernel_warned()) return kKernelWarned;
  return outcome->status;
}

// Process 1 of the guest must not end: if it does, the kernel panics, and the host shows why.
int run_agent() {
  return report(lab::run_agent().error());
}

void add_root(CLI::App& lab, Chosen& chosen) {
  auto flags = std::make_shared<RootFlags>();
  CLI::App* root = lab.add_subcommand("root", "Prepare the guest root, and say where it is");
  root->add_option("--kernel", flags->kernel, "The kernel to prepare; as for run")
      ->capture_default_str();
  root->add_flag("--json", flags->json, "Print JSON");
  root->callback([flags, &chosen] { chosen = [flags] { return run_root(*flags); }; });
}

void add_run(CLI::App& lab, Chosen& chosen) {
  auto flags = std::make_shared<RunFlags>();
  flags->cpus = std::clamp(sys::usable_cpus(), 2U, kMostDefaultCpus);
  CLI::App* run = lab.add_subcommand("run", "Boot a guest and run a command in it as root");
  run->add_option("--pairs", flags->pairs, "Pairs of emulated NICs")
      ->capture_default_str()
      ->check(CLI::Range(0U, kMostPairs));
  run->add_option("--share", flags->share, "A directory to be /share in the guest, read-write")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  run->add_option("--kernel", flags->kernel,
                  "newest, a version as in 7.1.13+deb13, or the beginning of one as in 6.12")
      ->capture_default_str();
  run->add_option("--cpus", flags->cpus, "Processors of the guest")
      ->capture_default_str()
      ->check(CLI::Range(1U, 64U));
  run->add_option("--ram", flags->ram, "Memory of the guest; taken from the host as it is used")
      ->type_name("SIZE")
      ->capture_default_str();
  run->add_option("--timeout", flags->timeout_s, "Give up after so many seconds (0: never)")
      ->type_name("SECONDS")
      ->capture_default_str();
  run->add_option("command", flags->command, "The command and its arguments, after --")->required();
  run->footer(kRunFooter);
  run->callback([flags, &chosen] { chosen = [flags] { return run_run(*flags); }; });
}

}  // namespace

void add_lab_command(CLI::App& app, Chosen& chosen) {
  CLI::App* lab =
      app.add_subcommand("lab", "A virtual machine with two hosts and emulated NICs between them");
  lab->footer(kLabFooter);
  lab->require_subcommand(1);
  add_root(*lab, chosen);
  add_run(*lab, chosen);
  add_transfers_commands(*lab, chosen);
  lab->add_subcommand("clean", "Remove the cached guest roots and kernels")->callback([&chosen] {
    chosen = run_clean;
  });
  // No group: hidden from --help.
  lab->add_subcommand("agent", "Process 1 of the guest")->group("")->callback([&chosen] {
    chosen = run_agent;
  });
}

}  // namespace nobounce::cli
