// SPDX-License-Identifier: Apache-2.0
#include "cli/transfer_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/size.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/memory_flag.h"
#include "cli/progress.h"
#include "cli/transfer_report.h"
#include "sys/payload_file.h"
#include "sys/stop_signal.h"

namespace nobounce::cli {
namespace {

constexpr double kMaxTimeoutS = 86400 * 7;
constexpr double kMaxIdleBaselineS = 3600;

Status write_json(const nlohmann::json& object, sys::PayloadSink& sink) {
  // The name of a file may be any bytes, and so may a message that holds one.
  const std::string text =
      object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return sink.write(std::as_bytes(std::span(text)));
}

int tell(const Result<transfer::TransferResult>& result, const TransferArguments& arguments,
         std::optional<sys::PayloadSink>& json) {
  if (json) {
    const auto object = result ? to_json(*result) : to_json(result.error());
    if (const Status written = write_json(object, *json); !written) {
      const int exit_code = report(written.error());
      return result ? exit_code : report(result.error());
    }
  }
  if (!result) return report(result.error());
  // With --json alone the object takes the place of the summary.
  if (!wants_json_on_standard_output(arguments)) fmt::print(stderr, "{}", summary_of(*result));
  for (const auto& change : result->nic_changes)
    spdlog::info("{}: {} (put back)", result->nic, change);
  return kSuccess;
}

}  // namespace

bool wants_json_on_standard_output(const TransferArguments& arguments) {
  return arguments.json && (arguments.json->empty() || *arguments.json == "-");
}

void add_transfer_options(CLI::App& command, TransferArguments& arguments,
                          std::span<const path::Path> paths) {
  std::vector<std::string> path_names = {"auto"};
  for (const path::Path path : paths)
    path_names.emplace_back(path::name_of(path));
  command.add_option("--nic", arguments.nic,
                     "Network interface to stay on (default: the one that the address tells)");
  command
      .add_option("--path", arguments.path,
                  "Way through the kernel; auto takes the best that opens, and says why not better")
      ->check(CLI::IsMember(path_names))
      ->capture_default_str();
  command
      .add_option("--memory", arguments.memory,
                  "Provider of the region; accelerator:N for the N-th; auto takes no accelerator")
      ->check(memory_name_validator())
      ->capture_default_str();
  command.add_flag("--huge-pages", arguments.huge_pages,
                   "A region of 2 MiB pages, from the host's reserved pool");
  command.add_option("--region-size", arguments.region_size,
                     "Size of the region, e.g. 64M; at most 1G (default: what is needed)");
  command
      .add_option("--timeout", arguments.timeout_s,
                  "Give up when nothing moves for so many seconds")
      ->check(CLI::Range(0.001, kMaxTimeoutS));
  auto* const json = command
                         .add_option("--json", arguments.json,
                                     "Result as JSON, to a file, or alone to standard output")
                         ->expected(0, 1)
                         ->default_str("");
  auto* const measure =
      command
          .add_flag("--measure", arguments.measure,
                    "Read the host around the transfer, and time its system calls: \"measured\" in "
                    "the JSON")
          ->needs(json);
  command
      .add_option("--power-command", arguments.power_command,
                  "Command that prints watts, run again and again while it measures")
      ->needs(measure);
  command
      .add_option("--idle-baseline", arguments.idle_baseline_s,
                  "Measure the power of the idle host first, for so many seconds")
      ->needs(measure)
      ->check(CLI::Range(0.1, kMaxIdleBaselineS));
  command
      .add_flag("--cpu-profile", arguments.cpu_profile,
                "Sample which functions the CPUs execute, by perf events; needs root")
      ->needs(measure);
  command.add_flag("--probe-copies", arguments.probe_copies,
                   "Count what TCP copies on this host by kernel probes; needs root");
}

Status fill_common_options(const TransferArguments& arguments, transfer::CommonOptions& options) {
  options.nic = arguments.nic;
  options.path = path::path_named(arguments.path);
  options.memory = arguments.memory == "auto" ? std::string() : arguments.memory;
  options.huge_pages = arguments.huge_pages;
  options.timeout_ms =
      arguments.timeout_s > 0 ? static_cast<int>(std::ceil(arguments.timeout_s * 1000)) : -1;
  options.measure = {.on = arguments.measure,
                     .power_command = arguments.power_command,
                     .idle_ms = static_cast<int>(arguments.idle_baseline_s * 1000),
                     .cpu_profile = arguments.cpu_profile,
                     .probe_copies = arguments.probe_copies};
  if (!arguments.region_size.empty()) {
    NB_ASSIGN(options.region_size, parse_size(arguments.region_size));
  }
  return {};
}

Result<std::optional<std::uint64_t>> bytes_of(const TransferArguments& arguments) {
  if (arguments.bytes.empty()) return std::nullopt;
  NB_ASSIGN(const std::uint64_t bytes, parse_size(arguments.bytes));
  return bytes;
}

Status parse_verify(const std::string& text, transfer::ReceiveOptions& options) {
  constexpr std::string_view kPattern = "pattern:";
  if (text == "none" || text == "sha256") {
    options.verify = text == "none" ? transfer::Verify::kNone : transfer::Verify::kSha256;
    return {};
  }
  if (text.starts_with(kPattern)) {
    const char* const begin = text.data() + kPattern.size();
    const char* const end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(begin, end, options.pattern_seed);
    if (problem == std::errc{} && rest == end) {
      options.verify = transfer::Verify::kPattern;
      return {};
    }
  }
  return fail({.code = Code::kInvalidArgument,
               .operation = "parse",
               .object = fmt::format("--verify {}", text),
               .cause = "it is none of sha256, pattern:SEED and none",
               .fix = {}});
}

int run_transfer(const TransferArguments& arguments, transfer::CommonOptions& options,
                 const std::function<Result<transfer::TransferResult>()>& work) {
  auto stop = sys::StopSignal::install();
  if (!stop) return report(stop.error());
  options.stop_fd = stop->fd();
  // Before the transfer: a result that can't be written is better known while it can be mended.
  std::optional<sys::PayloadSink> json;
  if (arguments.json) {
    auto sink = sys::PayloadSink::open(arguments.json->empty() ? "-" : *arguments.json, -1);
    if (!sink) return report(sink.error());
    json = std::move(*sink);
  }
  const bool was_told = options.path && !options.memory.empty();
  options.on_choice = [was_told](const transfer::Choice& choice, std::string_view memory) {
    if (!was_told || !choice.unverified.empty()) {
      fmt::print(stderr, "{}", text_of(choice, memory));
    }
  };
  Progress progress;
  if (progress.is_shown()) {
    options.on_progress = [&progress](std::uint64_t bytes) { progress.show(bytes); };
  }
  const auto result = work();
  progress.end();
  return tell(result, arguments, json);
}

}  // namespace nobounce::cli
