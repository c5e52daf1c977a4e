// SPDX-License-Identifier: Apache-2.0
// nobounce doctor: which paths this host has, why not the others, and what would mend it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/quantity.h"
#include "base/size.h"
#include "cli/command.h"
#include "cli/doctor_report.h"
#include "cli/doctor_verify.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "cli/memory_flag.h"
#include "doctor/remedy.h"
#include "host/look.h"
#include "host/profile_store.h"
#include "host/snapshot_json.h"
#include "memory/region.h"
#include "sys/host_id.h"
#include "sys/payload_file.h"

namespace nobounce::cli {
namespace {

constexpr const char* kFooter =
    R"(Each path is "yes" (the payload is not copied), "copies" (it works, and the kernel copies) or
"no", with the probe that failed. The running kernel is asked, never its version. Nothing is changed
unless --fix is given, and then only what takes no memory, interrupts no traffic and weakens no
defence; header split, flow rules and the like are left to the lease of a connection.

A queue needs 2 × bandwidth × round trip + ring × buffer + what the application holds; --rtt and
--hold say what only you know.

Examples:
  nobounce doctor
  nobounce doctor eth0 --memory udmabuf --rtt 50us --hold 2ms --region-size 128M
  nobounce doctor eth0 --fix
  nobounce doctor eth0 --verify --peer 10.0.0.2:5001   # there: nobounce recv --verify pattern:1
  nobounce doctor eth0 --json=host.json     # to send to whoever helps you
  nobounce doctor --snapshot host.json      # what they do with it)";

struct Arguments {
  std::string nic;
  std::string memory = "auto";
  std::string region_size = "64M";
  std::string round_trip = "100us";
  std::string hold = "1ms";
  bool huge_pages = false;
  bool fix = false;
  std::optional<std::string> json;
  std::string snapshot;
  bool verify = false;
  std::string peer;
  std::uint64_t pattern_seed = 1;
};

std::vector<std::string> names_of(const std::vector<host::ProviderFacts>& providers) {
  std::vector<std::string> names;
  for (const host::ProviderFacts& provider : providers)
    names.push_back(provider.name);
  return names;
}

Result<doctor::Workload> workload_of(const Arguments& arguments) {
  doctor::Workload workload;
  if (arguments.memory != "auto") workload.provider = memory::full_provider_name(arguments.memory);
  NB_ASSIGN(workload.region_bytes, parse_size(arguments.region_size));
  NB_ASSIGN(workload.round_trip_ns, parse_duration_ns(arguments.round_trip));
  NB_ASSIGN(workload.hold_ns, parse_duration_ns(arguments.hold));
  if (workload.region_bytes > 0) return workload;
  return fail({.code = Code::kInvalidArgument,
               .operation = "parse",
               .object = "--region-size",
               .cause = "a region holds a byte at least"});
}

Result<host::Snapshot> look_at_host(const Arguments& arguments) {
  if (!arguments.nic.empty()) return host::look_thoroughly(std::span(&arguments.nic, 1));
  NB_ASSIGN(const auto interfaces, host::interfaces_of_devices());
  return host::look_thoroughly(interfaces);
}

/// A recorded host, of which only the NIC that was named is kept.
Result<host::Snapshot> read_host(const Arguments& arguments) {
  NB_ASSIGN(host::Snapshot snapshot, host::read_snapshot(arguments.snapshot));
  if (arguments.nic.empty()) return snapshot;
  if (snapshot.nic(arguments.nic) == nullptr) {
    return fail({.code = Code::kNotFound,
                 .operation = "read",
                 .object = arguments.snapshot,
                 .cause = fmt::format("it has no NIC {}", arguments.nic)});
  }
  std::erase_if(snapshot.nics, [&](const auto& nic) { return nic.interface != arguments.nic; });
  return snapshot;
}

std::vector<Fixed> fix(const doctor::Findings& findings) {
  std::vector<Fixed> fixed;
  for (const doctor::Finding& finding : findings) {
    if (!finding.remedy) continue;
    const Status applied = doctor::apply(*finding.remedy);
    fixed.push_back({.what = doctor::text_of(*finding.remedy),
                     .error = applied ? std::string() : to_string(applied.error())});
  }
  return fixed;
}

/// A second round sees what the first one brought: a module's settings come with the module.
Result<std::vector<Fixed>> fix_host(const Arguments& arguments, const doctor::Workload& workload) {
  std::vector<Fixed> fixed;
  for (int round = 0; round < 2; ++round) {
    NB_ASSIGN(const host::Snapshot snapshot, look_at_host(arguments));
    for (Fixed& one : fix(doctor::examine(snapshot, workload))) {
      const bool known = std::ranges::find(fixed, one.what, &Fixed::what) != fixed.end();
      if (!known) fixed.push_back(std::move(one));
    }
  }
  return fixed;
}

Result<Diagnosis> diagnosis_of(const Arguments& arguments) {
  NB_ASSIGN(const doctor::Workload workload, workload_of(arguments));
  std::vector<Fixed> fixed;
  if (arguments.fix) {
    NB_ASSIGN(fixed, fix_host(arguments, workload));
  }
  NB_ASSIGN(host::Snapshot snapshot,
            arguments.snapshot.empty() ? look_at_host(arguments) : read_host(arguments));
  std::vector<std::string> providers{workload.provider};
  if (arguments.memory == "auto") providers = names_of(snapshot.memory.providers);
  Diagnosis diagnosis = diagnose(std::move(snapshot), workload, arguments.huge_pages, providers);
  diagnosis.fixed = std::move(fixed);
  // A recorded host's profile is on that host.
  if (!arguments.snapshot.empty()) return diagnosis;
  diagnosis.host_id = sys::host_id();
  for (PathsOfInterface& paths : diagnosis.paths)
    paths.profile = host::find_profile(diagnosis.host, paths.interface);
  return diagnosis;
}

Status write_json(const nlohmann::json& object, const std::string& file) {
  const std::string text =
      object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  NB_ASSIGN(auto sink, sys::PayloadSink::open(file.empty() ? "-" : file, -1));
  return sink.write(std::as_bytes(std::span(text)));
}

int run_doctor(const Arguments& arguments) {
  const auto diagnosis = diagnosis_of(arguments);
  if (!diagnosis) return report(diagnosis.error());
  if (arguments.json) {
    if (const Status written = write_json(to_json(*diagnosis), *arguments.json); !written) {
      return report(written.error());
    }
  }
  // With --json alone the object takes the place of the text.
  if (!arguments.json || (!arguments.json->empty() && *arguments.json != "-")) {
    fmt::print("{}", text_of(*diagnosis));
  }
  const auto& nics = diagnosis->host.nics;
  const bool sees_any =
      nics.empty() || std::ranges::any_of(nics, [](const auto& nic) { return nic.looked.works(); });
  return sees_any ? kSuccess : kFailure;
}

}  // namespace

void add_doctor_command(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* doctor =
      app.add_subcommand("doctor", "Say which paths this host has, and what would mend it");
  doctor->add_option("nic", arguments->nic,
                     "The interface to look at (default: all that sit on a device)");
  doctor->add_option("--memory", arguments->memory, "Provider; auto judges each path with its best")
      ->check(memory_name_validator())
      ->capture_default_str();
  doctor->add_flag("--huge-pages", arguments->huge_pages, "A region of 2 MiB pages");
  doctor->add_option("--region-size", arguments->region_size, "Size of a queue's region")
      ->capture_default_str();
  doctor->add_option("--rtt", arguments->round_trip, "Round trip of the network")
      ->capture_default_str();
  doctor->add_option("--hold", arguments->hold, "How long the application keeps what it received")
      ->capture_default_str();
  CLI::Option* json = doctor
                          ->add_option("--json", arguments->json,
                                       "Result as JSON, to a file, or alone to standard output")
                          ->expected(0, 1)
                          ->default_str("");
  CLI::Option* fix =
      doctor->add_flag("--fix", arguments->fix, "Mend what can be mended safely, and say what");
  CLI::Option* snapshot = doctor
                              ->add_option("--snapshot", arguments->snapshot,
                                           "Judge a recorded host instead of this one")
                              ->type_name("FILE")
                              ->check(CLI::ExistingFile)
                              ->excludes(fix);
  CLI::Option* verify = doctor->add_flag("--verify", arguments->verify,
                                         "Prove with a peer that this memory arrives as it is");
  CLI::Option* peer = doctor->add_option(
      "--peer", arguments->peer, "ADDR:PORT where `nobounce recv --verify pattern:1` waits");
  doctor->add_option("--pattern", arguments->pattern_seed, "The seed, if it is not 1")
      ->needs(verify);
  verify->needs(peer)->excludes(fix)->excludes(json)->excludes(snapshot);
  peer->needs(verify);
  doctor->footer(kFooter);
  doctor->callback([arguments, &chosen] {
    chosen = [arguments] {
      if (!arguments->verify) return run_doctor(*arguments);
      return run_doctor_verify({.nic = arguments->nic,
                                .peer = arguments->peer,
                                .memory = arguments->memory,
                                .pattern_seed = arguments->pattern_seed});
    };
  });
}

}  // namespace nobounce::cli
