// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_hosts.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/agent.h"
#include "bench/between_hosts.h"
#include "bench/shape.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "peer/key.h"
#include "sys/stop_signal.h"

namespace nobounce::cli {
namespace {

constexpr const char* kAgentPort = "5000";

/// "10.0.0.2", "10.0.0.2:7000", "fd00::2", "[fd00::2]:7000".
Result<sys::Endpoint> parse_peer(const std::string& text) {
  for (const std::string& form :
       {text, fmt::format("{}:{}", text, kAgentPort), fmt::format("[{}]:{}", text, kAgentPort)}) {
    if (const auto endpoint = sys::parse_endpoint(form)) return *endpoint;
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "parse",
               .object = "--peer " + text,
               .cause = "it is no address, and no address with a port",
               .fix = "names are not looked up: give 10.0.0.2, 10.0.0.2:5000 or [fd00::2]:5000"});
}

Status serve_agent(const BenchHostFlags& flags) {
  bench::AgentOptions options;
  NB_ASSIGN(options.listen, sys::parse_endpoint(flags.listen));
  NB_ASSIGN(options.key, peer::read_key_file(flags.key_file));
  NB_ASSIGN(const auto stop, sys::StopSignal::install());
  options.place = {.nics = flags.nics,
                   .payload_port = flags.payload_port,
                   .force = flags.force,
                   .stop_fd = stop.fd()};
  options.say = [](const std::string& line) {
    fmt::print(stderr, "{}\n", line);
    std::fflush(stderr);
  };
  return bench::run_agent(std::move(options));
}

Status write_key(const std::string& path) {
  NB_TRY(peer::make_key_file(path));
  fmt::print(stderr, "a new key is in {}; bring it to the peer by a way that you trust\n", path);
  return {};
}

}  // namespace

void add_bench_host_options(CLI::App& command, BenchHostFlags& flags) {
  constexpr const char* kGroup = "Two machines";
  auto* const key = command
                        .add_option("--key-file", flags.key_file,
                                    "The key that both hosts share, of --new-key; mode 0600")
                        ->type_name("FILE");
  auto* const peer =
      command
          .add_option("--peer", flags.peer,
                      "Bench between this host, which sends, and the one whose agent is at "
                      "HOST[:PORT]")
          ->type_name("HOST[:PORT]")
          ->needs(key);
  auto* const agent =
      command
          .add_flag("--agent", flags.agent,
                    "Receive for benches that hosts with the same key steer; nothing else is done "
                    "for them")
          ->needs(key)
          ->excludes(peer);
  auto* const listen =
      command.add_option("--listen", flags.listen, "ADDR:PORT where the agent is to be reached")
          ->needs(agent)
          ->capture_default_str();
  auto* const payload =
      command
          .add_option("--payload-port", flags.payload_port,
                      "Where the agent's receivers listen; those of several flows at "
                      "the ports that follow")
          ->needs(agent)
          ->capture_default_str()
          ->check(CLI::Range(1, 65535 - static_cast<int>(bench::kMostFlows) + 1));
  auto* const nic =
      command
          .add_option(
              "--nic", flags.nics,
              "This host's NICs, for as many pairs as the matrix has, each facing the peer's "
              "in the same place (default: the one towards the peer, or that has the address "
              "which a bench comes to)")
          ->type_name("NIC,…")
          ->delimiter(',')
          ->expected(1, static_cast<int>(bench::kMostNicPairs));
  auto* const force =
      command.add_flag("--force", flags.force, "Change also NICs that carry the default route");
  auto* const new_key =
      command.add_option("--new-key", flags.new_key, "Write a new key to FILE and end")
          ->type_name("FILE")
          ->excludes(agent)
          ->excludes(peer)
          ->excludes(key);
  for (auto* const option :
       {key, peer, static_cast<CLI::Option*>(agent), listen, payload, nic, force, new_key})
    option->group(kGroup);
}

bool is_host_work(const BenchHostFlags& flags) {
  return flags.agent || !flags.new_key.empty();
}

int serve_bench_hosts(const BenchHostFlags& flags) {
  const Status done = flags.agent ? serve_agent(flags) : write_key(flags.new_key);
  return done ? static_cast<int>(kSuccess) : report(done.error());
}

Status run_with_peer(const BenchHostFlags& flags, const std::filesystem::path& directory,
                     const bench::Plan& plan) {
  bench::PeerOptions options;
  NB_ASSIGN(options.agent, parse_peer(flags.peer));
  NB_ASSIGN(options.key, peer::read_key_file(flags.key_file));
  NB_ASSIGN(const auto stop, sys::StopSignal::install());
  options.nics = flags.nics;
  options.force = flags.force;
  options.stop_fd = stop.fd();
  return bench::run_bench_with_peer(directory, plan, options);
}

}  // namespace nobounce::cli
