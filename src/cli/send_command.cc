// SPDX-License-Identifier: Apache-2.0
// nobounce send: loads a region of device memory and sends it over one connection.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>

#include "base/quantity.h"
#include "base/size.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/transfer_command.h"
#include "sys/byte_stream.h"
#include "sys/readiness.h"
#include "transfer/transfer.h"

namespace nobounce::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  Send a file from device memory; the peer may be any netcat:\n"
    "    nobounce send 10.0.0.2:5000 --from weights.bin\n"
    "  The same, straight from device memory or not at all:\n"
    "    nobounce send 10.0.0.2:5000 --path devmem --memory udmabuf --from weights.bin\n"
    "  Send standard input:\n"
    "    tar c models | nobounce send 10.0.0.2:5000 --nic eth0 --path devmem --from -\n"
    "  Send 1 GiB of a pattern that the receiver can check:\n"
    "    nobounce send '[fd00::2]:5000' --nic eth0 --path devmem --pattern 7 --bytes 1G\n"
    "  Send a small file 100 times from the same region, figures as JSON on standard output:\n"
    "    nobounce send 10.0.0.2:5000 --nic eth0 --from small.bin --repeat 100 --json\n"
    "  Time 1000 requests of 64 KiB, each from its first byte to the last of its answer:\n"
    "    nobounce send 10.0.0.2:5000 --pattern 1 --bytes 64K --repeat 1000 --answer 64\n"
    "Loading the region comes first and is not part of the time that is reported.";

constexpr double kMaxDurationS = 86400;

struct Arguments {
  TransferArguments common;
  std::string peer;
  std::string from;
  std::optional<std::uint64_t> pattern_seed;
  std::uint64_t repeat = 1;
  double duration_s = 0;  ///< 0: by `repeat`.
  bool await_order = false;
  std::string answer;
  std::string pause;
};

/// Says that all is ready, and waits for a line on standard input, or its end.
Status await_order(int stop_fd) {
  fmt::print(stderr, "ready\n");
  std::fflush(stderr);
  std::array<pollfd, 2> waiting = {{{.fd = sys::kStandardInput, .events = POLLIN, .revents = 0},
                                    {.fd = stop_fd, .events = POLLIN, .revents = 0}}};
  NB_TRY(sys::wait_ready(waiting, std::nullopt));
  if (waiting[1].revents == 0) return {};
  return fail({.code = Code::kInterrupted,
               .operation = "wait for",
               .object = "the order to send",
               .cause = "stopped before it came",
               .fix = {}});
}

Result<transfer::SendOptions> options_of(const Arguments& arguments) {
  transfer::SendOptions options;
  NB_TRY(fill_common_options(arguments.common, options));
  NB_ASSIGN(options.peer, sys::parse_endpoint(arguments.peer));
  NB_ASSIGN(options.bytes, bytes_of(arguments.common));
  options.from = arguments.from;
  if (arguments.await_order && options.from == "-") {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "read",
                 .object = "standard input",
                 .cause = "--from - and --await-order both want it",
                 .fix = "--from FILE"});
  }
  options.pattern_seed = arguments.pattern_seed;
  options.repeat = arguments.repeat;
  options.duration_ns = static_cast<std::uint64_t>(arguments.duration_s * 1e9);
  if (!arguments.pause.empty()) {
    NB_ASSIGN(options.pause_ns, parse_duration_ns(arguments.pause));
  }
  if (!arguments.answer.empty()) {
    NB_ASSIGN(options.answer_bytes, parse_size(arguments.answer));
  }
  return options;
}

int run(const Arguments& arguments) {
  auto options = options_of(arguments);
  if (!options) return report(options.error());
  // The descriptor that says stop is known once the transfer is about to run.
  if (arguments.await_order) {
    options->on_ready = [&options] { return await_order(options->stop_fd); };
  }
  return run_transfer(arguments.common, *options, [&] { return transfer::send(*options); });
}

}  // namespace

void add_send_command(CLI::App& app, Chosen& chosen) {
  auto* const command = app.add_subcommand("send", "Send one stream out of device memory");
  command->footer(kExamples);
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("peer", arguments->peer, "ADDR:PORT or [ADDR]:PORT to connect to")
      ->required();
  auto* const from =
      command->add_option("--from", arguments->from, "File to send, - for standard input");
  command->add_option("--pattern", arguments->pattern_seed, "Send the pattern of this seed")
      ->excludes(from);
  command->add_option("--bytes", arguments->common.bytes,
                      "So many bytes of the pattern; at most so many of a file");
  auto* const repeat =
      command->add_option("--repeat", arguments->repeat, "Send the same bytes so many times")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
          ->capture_default_str();
  command
      ->add_option("--duration", arguments->duration_s,
                   "Send the same bytes again and again until so many seconds have passed")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, kMaxDurationS))
      ->excludes(repeat);
  command->add_option("--pause", arguments->pause, "Pause after each repeat, as in 50ms")
      ->type_name("TIME");
  command->add_option("--answer", arguments->answer,
                      "After each repeat await an answer of so many bytes, and time it");
  command->add_flag(
      "--await-order", arguments->await_order,
      "Connect, load, say \"ready\", and send at a line on standard input or its end");
  add_transfer_options(*command, arguments->common, path::kSendPaths);
  command->final_callback(
      [arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace nobounce::cli
