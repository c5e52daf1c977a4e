// SPDX-License-Identifier: Apache-2.0
// nobounce setup: makes a NIC ready to receive without copies, and puts it back.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "nic/setup.h"
#include "sys/payload_file.h"

namespace nobounce::cli {
namespace {

constexpr const char* kSetupSchema = "nobounce.setup/1";

constexpr const char* kExamples =
    "What is done: header split on (and its threshold 0 where there is one), receive and transmit\n"
    "checksum offload on, ntuple rules on, and RSS off the queues that are set aside. Every "
    "change\n"
    "is written to /run/nobounce first; it stays after this command ends, until --undo or a boot.\n"
    "`nobounce recv` does all this for itself while it runs: setup is for other receivers, and "
    "for\n"
    "settings that restart the NIC's queues and so are better made once.\n"
    "Examples:\n"
    "  Say what would be done, as commands of ethtool and sysctl:\n"
    "    nobounce setup eth1 --dry-run\n"
    "  Set two queues aside and steer a listener's packets to one of them:\n"
    "    nobounce setup eth1 --queues 2 --flows tcp4:10.0.0.2:5000=3\n"
    "  Buffers of a page for path mmap, larger rings, larger socket buffers, no queue:\n"
    "    nobounce setup eth1 --queues 0 --rings rx=2048,rx-buf-len=4096 --sysctls\n"
    "  Take everything back, also what a process that was killed has left:\n"
    "    nobounce setup eth1 --undo\n"
    "A NIC that the default route leads out of, or that has an XDP program, is left alone unless\n"
    "--force is given: a restart of its queues may cost the connection that you type this on.\n"
    "Setting up needs root; --dry-run does not. See nobounce-leases(7).";

struct Arguments {
  nic::SetupRequest request;
  std::vector<std::string> flows;
  std::string channels;
  std::string rings;
  bool undo = false;
  bool dry_run = false;
  std::optional<std::string> json;  ///< A file; empty: standard output, in place of the lines.

  [[nodiscard]] bool wants_json_on_standard_output() const {
    return json && (json->empty() || *json == "-");
  }
};

/// What was done, or would be, for people and as JSON alike.
struct Told {
  nlohmann::json object;
  std::string text;
};

Status fill_request(Arguments& arguments) {
  nic::SetupRequest& request = arguments.request;
  for (const std::string& flow : arguments.flows) {
    NB_ASSIGN(nic::SetupRule rule, nic::parse_setup_rule(flow));
    request.flows.push_back(rule);
  }
  if (!arguments.channels.empty()) {
    NB_ASSIGN(request.channels, nic::parse_channels_wanted(arguments.channels));
  }
  if (!arguments.rings.empty()) {
    NB_ASSIGN(request.rings, nic::parse_rings_wanted(arguments.rings));
  }
  return {};
}

std::string lines(const std::vector<std::string>& texts, const std::string& prefix = {}) {
  std::string all;
  for (const std::string& text : texts)
    all += prefix + text + "\n";
  return all;
}

Result<Told> dry_run(const Arguments& arguments) {
  NB_ASSIGN(const auto commands, nic::setup_commands(arguments.request));
  return Told{.object = {{"commands", commands}},
              .text = commands.empty()
                          ? fmt::format("# {} is so already\n", arguments.request.interface)
                          : lines(commands)};
}

Result<Told> undo(const Arguments& arguments) {
  const std::string& name = arguments.request.interface;
  NB_ASSIGN(const auto result, nic::undo_setup(name, arguments.request.journal_directory));
  std::string text = lines(result.undone, name + ": ");
  if (result.undone.empty()) text = name + ": nothing to undo\n";
  return Told{.object = {{"undone", result.undone}, {"in_use", result.in_use}},
              .text = text + lines(result.in_use, name + ": stays: ")};
}

Result<Told> set_up(const Arguments& arguments) {
  const std::string& name = arguments.request.interface;
  NB_ASSIGN(const auto result, nic::set_up(arguments.request));
  std::string text = lines(result.changes, name + ": ");
  if (result.changes.empty()) text = name + ": all was so already\n";
  text += fmt::format("undo: nobounce setup {} --undo\n", name);
  return Told{.object = {{"changes", result.changes}, {"queues", result.queues}}, .text = text};
}

Result<Told> work(Arguments& arguments) {
  NB_TRY(fill_request(arguments));
  if (arguments.undo) return undo(arguments);
  return arguments.dry_run ? dry_run(arguments) : set_up(arguments);
}

int run(Arguments& arguments) {
  auto told = work(arguments);
  if (arguments.json) {
    nlohmann::json object{{"schema", kSetupSchema}, {"nic", arguments.request.interface}};
    if (told) {
      object.update(told->object);
    } else {
      object["error"] = {{"code", name_of(told.error().code)},
                         {"message", to_string(told.error())}};
    }
    const std::string text =
        object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    auto sink = sys::PayloadSink::open(arguments.json->empty() ? "-" : *arguments.json, -1);
    const Status written =
        sink ? sink->write(std::as_bytes(std::span(text))) : Status(fail(sink.error()));
    if (!written && told) return report(written.error());
  }
  if (!told) return report(told.error());
  if (!arguments.wants_json_on_standard_output()) fmt::print("{}", told->text);
  return kSuccess;
}

}  // namespace

void add_setup_command(CLI::App& app, Chosen& chosen) {
  auto* const command =
      app.add_subcommand("setup", "Make a NIC ready to receive without copies, and put it back");
  command->footer(kExamples);
  const auto arguments = std::make_shared<Arguments>();
  nic::SetupRequest& request = arguments->request;
  command->add_option("NIC", request.interface, "Network interface")->required();
  auto* const queues =
      command
          ->add_option("--queues", request.queues,
                       "Receive queues to set aside, from the last one down; never queue 0")
          ->check(CLI::Range(0, 64))
          ->capture_default_str();
  auto* const flows =
      command
          ->add_option(
              "--flows", arguments->flows,
              "Flow rules tcp4:ADDR:PORT=QUEUE or tcp6:[ADDR]:PORT=QUEUE; * is any address; "
              "without =QUEUE a queue that is set aside")
          ->type_name("RULE");
  auto* const channels = command->add_option("--channels", arguments->channels,
                                             "Numbers of queues: rx=N,tx=N or combined=N");
  auto* const rings = command->add_option("--rings", arguments->rings,
                                          "Ring sizes, any of: rx=N,tx=N,rx-buf-len=BYTES");
  auto* const sysctls =
      command->add_flag("--sysctls", request.sysctls,
                        "Raise net.ipv4.tcp_rmem, net.ipv4.tcp_wmem and net.core.optmem_max");
  auto* const undo_flag = command->add_flag(
      "--undo", arguments->undo, "Take back every setup, and what killed processes left");
  command
      ->add_flag("--dry-run", arguments->dry_run,
                 "Print the ethtool and sysctl commands that would do the same")
      ->excludes(undo_flag);
  // One undo takes back everything: with any of these it would look as if it took back a part.
  for (CLI::Option* const asked : {queues, flows, channels, rings, sysctls})
    undo_flag->excludes(asked);
  command->add_flag("--force", request.force,
                    "Take also a NIC with the default route or an XDP program");
  command
      ->add_option("--json", arguments->json,
                   "What was done as JSON, to a file, or alone to standard output")
      ->expected(0, 1)
      ->default_str("");
  command->final_callback(
      [arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace nobounce::cli
