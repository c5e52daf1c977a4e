// SPDX-License-Identifier: Apache-2.0
// nobounce bench: which zero copy pays. Runs a matrix in the lab or between two machines, and
// reports.
#include "cli/bench_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "bench/bench_directory.h"
#include "bench/engine_result.h"
#include "bench/in_guest.h"
#include "bench/in_lab.h"
#include "bench/matrix_file.h"
#include "bench/model.h"
#include "bench/peers.h"
#include "bench/shipped_matrices.h"
#include "cli/bench_files.h"
#include "cli/bench_hosts.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/lab_messages.h"
#include "cli/profile_files.h"
#include "report/bench_table.h"
#include "report/table.h"
#include "sys/byte_stream.h"
#include "sys/wall_clock.h"

namespace nobounce::cli {
namespace {

static_assert(bench::unsupported_status_of(bench::Engine::kNobounce) == kUnsupported);

constexpr const char* kFooter =
    R"(Cells run one after the other between hosts a and b of one guest of the lab, or with --peer
between this host and another, in rounds, each round in an order of its own that the seed decides.
What was run is written down at once: the same command with the same --out goes on where a bench was
cut off.

Examples:
  A first look, within five minutes:
    nobounce bench --quick
  The talk's own matrix (hours); go on with it after an interruption:
    nobounce bench --out talk
  The RFC's headline: 4 accelerator/NIC pairs, both ways at once, payload over line rate:
    nobounce bench rfc
  What a receive's size is worth, and other single questions (--list):
    nobounce bench receive-size
  The same cells on an older kernel, and what differs:
    nobounce bench kernel --out new; nobounce bench kernel --kernel 6.12 --out old
    nobounce report --compare new old
  A matrix of your own, begun from another; its keys are in nobounce-bench(1):
    nobounce bench quick --print >mine.toml
    nobounce bench mine.toml --out mine --seed 7
  Between two machines: a key for both, the agent on the one that receives, the bench on the other:
    nobounce bench --new-key bench.key
    nobounce bench --agent --key-file bench.key
    nobounce bench mine.toml --out mine --peer 10.0.0.2 --key-file bench.key)";

struct Flags {
  std::string matrix = "talk";
  bool quick = false;
  bool list = false;
  bool print = false;
  std::string kernel = "newest";
  std::string out;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> json;
  std::vector<std::string> versus;
  BenchHostFlags hosts;
};

/// The shipped matrices go by name; a file of such a name is ./talk.
Result<std::string> matrix_text(const std::string& name) {
  if (const auto* shipped = bench::shipped_matrix(name)) return std::string(shipped->text);
  return bench::read_matrix_text(name);
}

int list_matrices() {
  report::Table table({{"matrix"}, {"what it asks"}});
  for (const bench::ShippedMatrix& shipped : bench::shipped_matrices())
    table.add_row({std::string(shipped.name), std::string(shipped.about)});
  fmt::print("{}", table.to_string());
  return kSuccess;
}

int print_matrix(const Flags& flags) {
  const auto text = matrix_text(flags.quick ? "quick" : flags.matrix);
  if (!text) return report(text.error());
  fmt::print("{}", *text);
  return kSuccess;
}

std::string utc(const char* format) {
  const auto seconds = static_cast<std::time_t>(sys::wall_clock_ns() / 1'000'000'000);
  return fmt::format(fmt::runtime(std::string("{:") + format + "}"), fmt::gmtime(seconds));
}

Result<bench::Plan> plan_of(const Flags& flags, const std::filesystem::path& directory) {
  const std::string name = flags.quick ? "quick" : flags.matrix;
  NB_ASSIGN(std::string text, matrix_text(name));
  constexpr std::uint64_t kSeeds = 1'000'000;  // As many as a person copies without a mistake.
  return bench::begin_or_resume({.directory = directory,
                                 .matrix_text = std::move(text),
                                 .matrix_name = name,
                                 .kernel = flags.kernel,
                                 .seed = flags.seed,
                                 .new_seed = sys::wall_clock_ns() / 1000 % kSeeds,
                                 .now = utc("%Y-%m-%dT%H:%M:%SZ"),
                                 .versus = flags.versus});
}

/// How the guest fared, where there was one.
Result<std::optional<lab::LabOutcome>> take_turns(const Flags& flags,
                                                  const std::filesystem::path& directory,
                                                  const bench::Plan& plan) {
  if (!flags.hosts.peer.empty()) {
    NB_TRY(run_with_peer(flags.hosts, directory, plan));
    return std::optional<lab::LabOutcome>();
  }
  NB_ASSIGN(const auto cache, lab::Cache::default_directory());
  return bench::run_bench_in_lab(directory, plan, cache, show_progress);
}

Result<int> run_and_report(const Flags& flags, const std::filesystem::path& directory) {
  NB_ASSIGN(const bench::Plan plan, plan_of(flags, directory));
  fmt::print(stderr, "bench {} in {}, seed {}\n", plan.matrix_name, directory.string(), plan.seed);
  NB_ASSIGN(const auto guest, take_turns(flags, directory, plan));
  NB_ASSIGN(const nlohmann::json model, bench::read_model(directory));
  NB_TRY(write_reports(directory, model));
  NB_ASSIGN(const std::string profile, write_profile(directory, model));
  const bool json_alone = flags.json && (flags.json->empty() || *flags.json == "-");
  if (flags.json && !json_alone) NB_TRY(write_json_file(*flags.json, model));
  if (json_alone) {
    fmt::print("{}\n", text_of_json(model));
  } else {
    fmt::print("\n{}\n{}\nreport: {}\n", report::text_of_bench(model), profile,
               (directory / kHtmlFile).string());
  }
  std::fflush(stdout);
  if (!guest) return static_cast<int>(kSuccess);
  show_complaints(*guest);
  return static_cast<int>(guest->kernel_warned() ? kKernelWarned : kSuccess);
}

int run(const Flags& flags) {
  if (flags.list) return list_matrices();
  if (flags.print) return print_matrix(flags);
  if (is_host_work(flags.hosts)) return serve_bench_hosts(flags.hosts);
  const std::filesystem::path directory =
      flags.out.empty() ? "nobounce-bench-" + utc("%Y%m%d-%H%M%S") : flags.out;
  const Result<int> done = run_and_report(flags, directory);
  return done ? *done : report(done.error());
}

}  // namespace

void add_bench_command(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("bench", "Measure which zero copy pays, cell by cell of a matrix");
  command->footer(kFooter);
  auto* const matrix = command
                           ->add_option("matrix", flags->matrix,
                                        "A file in TOML, or the name of one that --list tells")
                           ->capture_default_str();
  command->add_flag("--quick", flags->quick, "The small matrix, for a first look")
      ->excludes(matrix);
  command->add_flag("--list", flags->list, "Tell the matrices that come with nobounce, and end");
  command->add_flag("--print", flags->print, "Print the matrix, to begin one of your own, and end");
  command
      ->add_option("--kernel", flags->kernel,
                   "The guest's kernel, e.g. 6.12, as `lab run` takes it")
      ->capture_default_str();
  command
      ->add_option("--out", flags->out,
                   "Directory of the results, new or to go on with (default: a new one here)")
      ->type_name("DIR");
  command->add_option("--seed", flags->seed, "Of the order of the runs (default: a new one)");
  command
      ->add_option("--versus", flags->versus,
                   "Programs to run beside, in place of the matrix' own: " + bench::peer_words() +
                       ", or none")
      ->type_name("PROGRAM,…")
      ->delimiter(',');
  command
      ->add_option("--json", flags->json,
                   "The result as JSON, to a file, or alone to standard output")
      ->expected(0, 1)
      ->default_str("");
  add_bench_host_options(*command, flags->hosts);
  command->final_callback([flags, &chosen] { chosen = [flags] { return run(*flags); }; });
}

void add_bench_in_guest_command(CLI::App& lab, Chosen& chosen) {
  // The half that the guest runs; no group: hidden from --help.
  auto directory = std::make_shared<std::string>();
  CLI::App* command = lab.add_subcommand("bench-in-guest", "Take a bench's turns")->group("");
  command->add_option("directory", *directory)->required();
  command->callback([directory, &chosen] {
    chosen = [directory]() -> int {
      const Status done = bench::run_bench_in_guest(*directory);
      return done ? static_cast<int>(kSuccess) : report(done.error());
    };
  });
}

}  // namespace nobounce::cli
