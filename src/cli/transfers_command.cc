// SPDX-License-Identifier: Apache-2.0
#include "cli/transfers_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/lab_messages.h"
#include "lab/transfers.h"
#include "lab/transfers_in_guest.h"
#include "sys/byte_stream.h"
#include "sys/fd.h"

namespace nobounce::cli {
namespace {

constexpr const char* kFooter =
    R"(Each file (the guest's kernel image where none is named) goes from a device memory of host a
to one of host b by every pair of paths, again and again until 256 MB have gone. Seconds are those
of the transfer alone, seen from the receiver; the SHA-256 is that of the region, read back after
it.

Examples:
  nobounce lab transfers
  nobounce lab transfers model.safetensors --json=transfers.json)";

struct Flags {
  std::vector<std::string> files;
  std::string json;
};

int run_transfers(const Flags& flags) {
  const auto cache = lab::Cache::default_directory();
  if (!cache) return report(cache.error());
  // Opened before the work, so that a name that cannot be written is no surprise after it.
  sys::Fd file;
  if (!flags.json.empty()) {
    auto created = sys::create_file(flags.json);
    if (!created) return report(created.error());
    file = std::move(*created);
  }
  const auto outcome = lab::run_transfers({.files = flags.files, .cache = *cache}, show_progress);
  if (!outcome) return report(outcome.error());

  fmt::print("\n{}", lab::table_of_transfers(outcome->model));
  std::fflush(stdout);
  show_complaints(outcome->guest);
  for (const std::string& complaint : outcome->complaints) {
    fmt::print(stderr, "nobounce: {}\n", complaint);
  }
  if (file.is_open()) {
    const Status written = sys::write_all(file.get(), outcome->model.dump(2) + "\n", flags.json);
    if (!written) return report(written.error());
  }
  if (!outcome->complaints.empty()) return kMismatch;
  return outcome->guest.kernel_warned() ? kKernelWarned : kSuccess;
}

struct GuestFlags {
  std::string plan;
  std::string results;
};

int run_in_guest(const GuestFlags& flags) {
  const Status done = lab::run_transfers_in_guest(flags.plan, flags.results);
  return done ? kSuccess : report(done.error());
}

}  // namespace

void add_transfers_commands(CLI::App& lab, Chosen& chosen) {
  auto flags = std::make_shared<Flags>();
  CLI::App* transfers = lab.add_subcommand(
      "transfers", "Send real files between device memories by every pair of paths");
  transfers->add_option("files", flags->files, "Files to send")->check(CLI::ExistingFile);
  transfers->add_option("--json", flags->json, "Write the result to a file")->type_name("OUT");
  transfers->footer(kFooter);
  transfers->callback([flags, &chosen] { chosen = [flags] { return run_transfers(*flags); }; });

  // The half that the guest runs; no group: hidden from --help.
  auto guest = std::make_shared<GuestFlags>();
  CLI::App* in_guest = lab.add_subcommand("transfers-in-guest", "Run a plan")->group("");
  in_guest->add_option("plan", guest->plan)->required();
  in_guest->add_option("results", guest->results)->required();
  in_guest->callback([guest, &chosen] { chosen = [guest] { return run_in_guest(*guest); }; });
}

}  // namespace nobounce::cli
