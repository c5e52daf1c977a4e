// SPDX-License-Identifier: Apache-2.0
// nobounce recv: takes one connection and puts what comes into a region of device memory.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <memory>

#include "base/quantity.h"
#include "base/size.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/transfer_command.h"
#include "transfer/transfer.h"

namespace nobounce::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  Receive by the best path there is until the peer ends the stream, and print its SHA-256:\n"
    "    nobounce recv --listen 10.0.0.2:5000\n"
    "  Into device memory, or not at all:\n"
    "    nobounce recv --listen 10.0.0.2:5000 --path devmem --memory udmabuf\n"
    "  Keep what came as a file; any netcat will do as the peer:\n"
    "    nobounce recv --listen 10.0.0.2:5000 --nic eth0 --path devmem --into weights.bin\n"
    "    nc -N 10.0.0.2 5000 < weights.bin\n"
    "  Check 1 GiB of a pattern, figures as JSON:\n"
    "    nobounce recv --listen '[fd00::2]:5000' --nic eth0 --path devmem --bytes 1G \\\n"
    "        --verify pattern:7 --json=result.json\n"
    "  Answer requests of 64 KiB, once each has landed, with 64 bytes:\n"
    "    nobounce recv --listen 10.0.0.2:5000 --request 64K --answer 64 --verify none\n"
    "Paths devmem and zcrx change the NIC while they run (header split on, a flow rule, RSS off "
    "one\n"
    "queue), path mmap its header split, and put it back; they need root. A line \"listening on\n"
    "ADDR:PORT\" on standard error says when a peer may connect.";

struct Arguments {
  TransferArguments common;
  std::string listen;
  std::optional<std::uint32_t> queue;
  std::string into;
  std::string verify = "sha256";
  std::string niov_size;
  std::string request;
  std::string answer;
  std::string hold;
  std::string receive_size;
  transfer::ReceiveTuning tuning;
  bool force = false;
};

Result<std::uint32_t> niov_bytes_of(const std::string& text) {
  if (text.empty()) return 0u;
  NB_ASSIGN(const std::uint64_t bytes, parse_size(text));
  if (bytes > 0 && bytes <= std::numeric_limits<std::uint32_t>::max()) {
    return static_cast<std::uint32_t>(bytes);
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "parse",
               .object = "--niov-size " + text,
               .cause = "a niov has a page at least, and less than 4 GiB",
               .fix = {}});
}

Result<transfer::ReceiveOptions> options_of(const Arguments& arguments) {
  transfer::ReceiveOptions options;
  NB_TRY(fill_common_options(arguments.common, options));
  NB_ASSIGN(options.listen, sys::parse_endpoint(arguments.listen));
  NB_ASSIGN(options.bytes, bytes_of(arguments.common));
  NB_TRY(parse_verify(arguments.verify, options));
  if (arguments.queue == 0u) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "parse",
                 .object = "--queue 0",
                 .cause = "queue 0 stays the host's",
                 .fix = "take a queue from 1 on"});
  }
  options.queue = arguments.queue;
  options.force = arguments.force;
  NB_ASSIGN(options.niov_bytes, niov_bytes_of(arguments.niov_size));
  if (!arguments.request.empty()) {
    NB_ASSIGN(options.request_bytes, parse_size(arguments.request));
  }
  if (!arguments.hold.empty()) {
    NB_ASSIGN(options.hold_ns, parse_duration_ns(arguments.hold));
  }
  if (!arguments.answer.empty()) {
    NB_ASSIGN(options.answer_bytes, parse_size(arguments.answer));
  }
  options.tuning = arguments.tuning;
  if (!arguments.receive_size.empty()) {
    NB_ASSIGN(options.tuning.receive_bytes, parse_size(arguments.receive_size));
  }
  options.into = arguments.into;
  options.on_listening = [](const sys::Endpoint& local) {
    fmt::print(stderr, "listening on {}\n", sys::to_string(local));
    std::fflush(stderr);
  };
  if (options.into == "-" && wants_json_on_standard_output(arguments.common)) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "write",
                 .object = "standard output",
                 .cause = "--into - and --json both want it",
                 .fix = "--json=FILE"});
  }
  return options;
}

int run(const Arguments& arguments) {
  auto options = options_of(arguments);
  if (!options) return report(options.error());
  return run_transfer(arguments.common, *options, [&] { return transfer::receive(*options); });
}

}  // namespace

void add_recv_command(CLI::App& app, Chosen& chosen) {
  auto* const command = app.add_subcommand("recv", "Receive one stream into device memory");
  command->footer(kExamples);
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--listen", arguments->listen, "ADDR:PORT or [ADDR]:PORT to listen on")
      ->required();
  command->add_option("--queue", arguments->queue,
                      "Receive queue for paths devmem and zcrx, never 0 (default: the last one)");
  command->add_option(
      "--niov-size", arguments->niov_size,
      "Size of a slot that the NIC fills, e.g. 32K, for paths devmem and zcrx, where NIC "
      "and kernel have more than one");
  command->add_option("--receive-size", arguments->receive_size,
                      "Bytes that one receive asks for, 4K to 64M, on paths copy, mmap and devmem");
  command
      ->add_option("--token-batch", arguments->tuning.token_batch,
                   "Tokens that one call gives back at the most, on path devmem")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--cq-entries", arguments->tuning.cq_entries,
                   "Completions of the ring of path zcrx: a power of two")
      ->check(CLI::Range(64, 65536));
  command->add_option("--bytes", arguments->common.bytes,
                      "End after so many bytes (default: when the peer ends the stream)");
  command->add_option("--request", arguments->request,
                      "The stream is requests of so many bytes, each to be answered");
  command->add_option("--answer", arguments->answer,
                      "Size of an answer, which goes back by plain sockets");
  command
      ->add_option("--hold", arguments->hold,
                   "Sit on what landed for so long before it is given back, as in 10ms; with "
                   "--verify none")
      ->type_name("TIME");
  command->add_option("--into", arguments->into, "File for what landed, - for standard output");
  command->add_option("--verify", arguments->verify, "sha256, pattern:SEED or none")
      ->capture_default_str();
  command->add_flag("--force", arguments->force,
                    "Change also a NIC that carries the default route or an XDP program");
  add_transfer_options(*command, arguments->common, path::kReceivePaths);
  command->final_callback(
      [arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace nobounce::cli
