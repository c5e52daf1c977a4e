// SPDX-License-Identifier: Apache-2.0
// nobounce trace-calls, hidden: runs a program and writes down what its system calls cost, as the
// kernel's tracepoints tell. A bench runs warm-ups by it.
#include <poll.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bench_files.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/measured_json.h"
#include "measure/traced_calls.h"
#include "report/figure_json.h"
#include "sys/call_trace.h"
#include "sys/child_process.h"
#include "sys/readiness.h"
#include "sys/steady_clock.h"
#include "sys/stop_signal.h"
#include "sys/usable_cpu_list.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

constexpr int kStandardInput = 0;
// A ring holds some 7,000 calls.
constexpr std::chrono::milliseconds kBetweenReadings{10};
// From when a tracepoint takes its time to when its record lies in the ring.
constexpr std::uint64_t kOnItsWayNs = 1'000'000;

struct Flags {
  std::string json_file;
  std::vector<std::string> program;
};

/// The calls so far, and how many moments were lost.
class Traced {
 public:
  static Result<Traced> begin() {
    const std::vector<unsigned> cpus = sys::usable_cpu_list();
    if (cpus.empty())
      return fail({.code = Code::kUnsupported,
                   .operation = "trace of",
                   .object = "system calls",
                   .cause = "the kernel does not say which CPUs may be used"});
    NB_ASSIGN(sys::CallTrace trace, sys::CallTrace::open(cpus));
    return Traced(std::move(trace));
  }

  void read() {
    const std::uint64_t now = sys::SteadyClock().now_ns();
    drain();
    calls_.settle_before(now - kOnItsWayNs);
  }
  [[nodiscard]] Figure<json> end() {
    drain();
    calls_.settle_before(std::numeric_limits<std::uint64_t>::max());
    if (lost_ > 0)
      return NotAvailable{
          fmt::format("the kernel's ring was full, and {} records at least were lost", lost_)};
    json by_name = json::object();
    for (const auto& [name, calls] : calls_.by_name())
      by_name[name] = to_json(calls);
    return by_name;
  }

 private:
  explicit Traced(sys::CallTrace trace) : trace_(std::move(trace)) {}

  void drain() {
    lost_ += trace_.drain([this](const sys::CallMoment& moment) { calls_.add(moment); });
  }

  sys::CallTrace trace_;
  measure::TracedCalls calls_;
  std::uint64_t lost_ = 0;
};

/// Until the program ends; a stop goes on to it, once.
Result<sys::ExitStatus> wait_for(sys::ChildProcess& program, const sys::StopSignal& stop,
                                 Result<Traced>& traced) {
  std::array<pollfd, 2> entries = {{{.fd = program.pidfd(), .events = POLLIN, .revents = 0},
                                    {.fd = stop.fd(), .events = POLLIN, .revents = 0}}};
  while (true) {
    NB_TRY(sys::wait_ready(entries, kBetweenReadings));
    if (traced) traced->read();
    if (entries[1].revents != 0) {
      program.signal_group(SIGINT);
      entries[1].fd = -1;
    }
    if (entries[0].revents != 0) return program.wait();
  }
}

Result<int> run(const Flags& flags) {
  NB_ASSIGN(const auto stop, sys::StopSignal::install());
  // A program that can't be traced runs all the same, and the file says why there is nothing.
  Result<Traced> traced = Traced::begin();
  NB_ASSIGN(auto program,
            sys::ChildProcess::spawn({.argv = flags.program, .stdin_fd = kStandardInput}));
  NB_ASSIGN(const sys::ExitStatus status, wait_for(program, stop, traced));
  json calls =
      Figure<json>(traced ? traced->end() : Figure<json>(NotAvailable{to_string(traced.error())}));
  NB_TRY(write_json_file(flags.json_file, calls));
  return status.as_shell();
}

}  // namespace

void add_trace_calls_command(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("trace-calls", "Run a program and tell its system calls")->group("");
  command->add_option("--json", flags->json_file)->required();
  // As they are: an option's values would be split where one begins and ends with a bracket.
  command->prefix_command();
  command->callback([flags, command, &chosen] {
    flags->program = command->remaining();
    if (flags->program.empty()) throw CLI::RequiredError("a program");
    chosen = [flags]() -> int {
      const Result<int> done = run(*flags);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace nobounce::cli
