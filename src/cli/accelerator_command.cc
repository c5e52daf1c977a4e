// SPDX-License-Identifier: Apache-2.0
// nobounce accelerator: which accelerators this host has, and whether they do what they are asked.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/size.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/failure.h"
#include "memory/accelerator.h"
#include "report/figure_json.h"
#include "report/table.h"
#include "sys/payload_file.h"
#include "sys/steady_clock.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

constexpr const char* kAcceleratorSchema = "nobounce.accelerator/1";
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;

constexpr const char* kExamples =
    "An accelerator is a device with memory that NICs reach peer to peer, by a dma-buf, and that\n"
    "the CPU should not touch: what the CPU reads or writes of it is counted by the device. "
    "`send`\n"
    "and `recv --memory accelerator:N` move bytes from and to it. Where there is none, the lab "
    "has\n"
    "emulated ones: nobounce lab run --accelerators 2.\n"
    "Examples:\n"
    "  Which there are, and what the CPU has touched of each since it was powered on:\n"
    "    nobounce accelerator list\n"
    "  Does its memory hold what is written to it? Both by the device itself:\n"
    "    nobounce accelerator fill accelerator:1 --bytes 64M --pattern 7\n"
    "  The SHA-256 of a file, computed on the device (sha256sum says the same), or its CRC-32C:\n"
    "    nobounce accelerator checksum accelerator:0 weights.bin\n"
    "    nobounce accelerator checksum --crc32c accelerator:0 weights.bin\n"
    "  How often did the CPU touch it meanwhile?\n"
    "    nobounce accelerator counters accelerator:0; work; nobounce accelerator counters "
    "accelerator:0";

struct Arguments {
  std::string name = "accelerator:0";
  std::string bytes = "16M";
  std::uint64_t seed = 1;
  std::string file;
  bool shows_crc32c = false;
  std::optional<std::string> json;  ///< A file; empty: standard output, in place of the text.
};

/// What was seen, for people and as JSON alike.
struct Seen {
  json object;
  std::string text;
};

Result<std::uint32_t> index_of(const std::string& name) {
  if (const auto index = memory::accelerator_index(name)) return *index;
  return fail({.code = Code::kInvalidArgument,
               .operation = "open",
               .object = fmt::format("'{}'", name),
               .cause = "an accelerator is named accelerator:0, accelerator:1, …",
               .fix = "nobounce accelerator list"});
}

json to_json(const memory::CpuAccesses& seen) {
  return {{"reads", seen.reads},
          {"read_bytes", seen.read_bytes},
          {"writes", seen.writes},
          {"written_bytes", seen.written_bytes}};
}

std::string text_of(const memory::CpuAccesses& seen) {
  return fmt::format("CPU reads {} ({} bytes), writes {} ({} bytes)", seen.reads, seen.read_bytes,
                     seen.writes, seen.written_bytes);
}

std::string shown(const Figure<std::string>& figure) {
  return figure.is_available() ? figure.value()
                               : fmt::format("not available: {}", figure.missing_probe());
}

Result<Seen> list(const Arguments&) {
  NB_ASSIGN(const auto accelerators, memory::find_accelerators());
  Seen seen{.object = {{"accelerators", json::array()}}, .text = {}};
  report::Table table({{"name"},
                       {"memory", report::Align::kRight},
                       {"PCI address"},
                       {"node"},
                       {"CPU touches", report::Align::kRight}});
  for (std::uint32_t i = 0; i < accelerators.size(); ++i) {
    const memory::AcceleratorFacts& facts = accelerators[i];
    NB_ASSIGN(const auto device, memory::open_accelerator_device(i));
    NB_ASSIGN(const auto accesses, device->cpu_accesses());
    seen.object["accelerators"].push_back({{"name", facts.name},
                                           {"memory_bytes", facts.memory_bytes},
                                           {"pci_address", facts.pci_address},
                                           {"node", facts.node},
                                           {"cpu_accesses", to_json(accesses)}});
    table.add_row(
        {facts.name,
         facts.memory_bytes.is_available() ? format_size(facts.memory_bytes.value()) : "–",
         facts.pci_address, facts.node, std::to_string(accesses.reads + accesses.writes)});
  }
  seen.text = accelerators.empty() ? "no accelerator\n" : table.to_string();
  return seen;
}

Result<Seen> counters(const Arguments& arguments) {
  NB_ASSIGN(const std::uint32_t index, index_of(arguments.name));
  NB_ASSIGN(const auto device, memory::open_accelerator_device(index));
  NB_ASSIGN(const auto accesses, device->cpu_accesses());
  return Seen{.object = {{"name", device->name()}, {"cpu_accesses", to_json(accesses)}},
              .text = fmt::format("{}: {}\n", device->name(), text_of(accesses))};
}

Result<Seen> fill(const Arguments& arguments) {
  NB_ASSIGN(const std::uint32_t index, index_of(arguments.name));
  NB_ASSIGN(const std::uint64_t bytes, parse_size(arguments.bytes));
  NB_ASSIGN(const auto region, memory::open_accelerator(index, bytes));
  const memory::Extent all{.offset = 0, .length = bytes};
  const sys::SteadyClock clock;
  const Stopwatch filling(clock);
  NB_TRY(region->fill(all, arguments.seed, 0));
  const double fill_s = static_cast<double>(filling.elapsed_ns()) / 1e9;
  const Stopwatch comparing(clock);
  NB_ASSIGN(const auto mismatch, region->find_mismatch(std::span(&all, 1), arguments.seed, 0));
  const double compare_s = static_cast<double>(comparing.elapsed_ns()) / 1e9;
  if (mismatch) {
    return fail({.code = Code::kMismatch,
                 .operation = "fill",
                 .object = std::string(region->provider()),
                 .cause = fmt::format("byte {} is not what was written there", *mismatch),
                 .fix = {}});
  }
  return Seen{.object = {{"name", region->provider()},
                         {"bytes", bytes},
                         {"seed", arguments.seed},
                         {"fill_seconds", fill_s},
                         {"compare_seconds", compare_s}},
              .text = fmt::format("{}: {} bytes filled in {:.3f} s and found right in {:.3f} s\n",
                                  region->provider(), bytes, fill_s, compare_s)};
}

Result<Seen> checksum(const Arguments& arguments) {
  NB_ASSIGN(const std::uint32_t index, index_of(arguments.name));
  NB_ASSIGN(auto source, sys::PayloadSource::open(arguments.file, -1));
  NB_ASSIGN(const auto region, memory::open_accelerator(index, kPieceBytes));
  NB_ASSIGN(const auto hash, region->start_hash());
  std::vector<std::byte> piece(kPieceBytes);
  std::uint64_t bytes = 0;
  for (std::size_t got = piece.size(); got == piece.size(); bytes += got) {
    NB_ASSIGN(got, source.read(piece));
    NB_TRY(region->load(0, std::span(piece).first(got)));
    NB_TRY(hash->add({.offset = 0, .length = got}));
  }
  NB_ASSIGN(const std::string digest, hash->finish());
  const auto crc32c =
      hash->crc32c().map([](std::uint32_t sum) { return fmt::format("{:08x}", sum); });
  return Seen{.object = {{"name", region->provider()},
                         {"file", arguments.file},
                         {"bytes", bytes},
                         {"sha256", digest},
                         {"crc32c", crc32c}},
              .text = fmt::format("{}  {}\n", arguments.shows_crc32c ? shown(crc32c) : digest,
                                  arguments.file)};
}

int run(const Arguments& arguments, Result<Seen> (*work)(const Arguments&)) {
  const auto seen = work(arguments);
  const bool to_file = arguments.json && !arguments.json->empty() && *arguments.json != "-";
  if (arguments.json) {
    json object{{"schema", kAcceleratorSchema}};
    if (seen) {
      object.update(seen->object);
    } else {
      object["error"] = {{"code", name_of(seen.error().code)},
                         {"message", to_string(seen.error())}};
    }
    const std::string text = object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    auto sink = sys::PayloadSink::open(to_file ? *arguments.json : "-", -1);
    const Status written =
        sink ? sink->write(std::as_bytes(std::span(text))) : Status(fail(sink.error()));
    if (!written && seen) return report(written.error());
  }
  if (!seen) return report(seen.error());
  if (!arguments.json || to_file) fmt::print("{}", seen->text);
  return kSuccess;
}

using Work = Result<Seen> (*)(const Arguments&);

CLI::App* add(CLI::App& group, const char* name, const char* description,
              const std::shared_ptr<Arguments>& arguments, Chosen& chosen, Work work) {
  CLI::App* const command = group.add_subcommand(name, description);
  command
      ->add_option("--json", arguments->json,
                   "The same as JSON, to a file, or alone to standard output")
      ->expected(0, 1)
      ->default_str("");
  command->final_callback(
      [arguments, work, &chosen] { chosen = [arguments, work] { return run(*arguments, work); }; });
  return command;
}

}  // namespace

void add_accelerator_command(CLI::App& app, Chosen& chosen) {
  auto* const group = app.add_subcommand("accelerator", "See and try this host's accelerators");
  group->require_subcommand(1);
  group->footer(kExamples);
  const auto arguments = std::make_shared<Arguments>();
  add(*group, "list", "Those of this host, and what the CPU touched of them", arguments, chosen,
      list);
  auto* const filling = add(*group, "fill", "Write a pattern on the device, and compare it there",
                            arguments, chosen, fill);
  auto* const hashing =
      add(*group, "checksum", "SHA-256 or CRC-32C of a file, computed on the device", arguments,
          chosen, checksum);
  auto* const counting = add(*group, "counters", "The CPU's accesses to it since it was powered on",
                             arguments, chosen, counters);
  for (CLI::App* const command : {filling, hashing, counting}) {
    command->add_option("ACCELERATOR", arguments->name, "accelerator:0, accelerator:1, …")
        ->capture_default_str()
        ->required(command == hashing);
  }
  filling->add_option("--bytes", arguments->bytes, "How many, e.g. 64M")->capture_default_str();
  filling->add_option("--pattern", arguments->seed, "Seed of the pattern")->capture_default_str();
  hashing->add_flag("--crc32c", arguments->shows_crc32c,
                    "The CRC-32C (Castagnoli) in place of the SHA-256; JSON has both");
  hashing->add_option("FILE", arguments->file, "File to load, - for standard input")->required();
}

}  // namespace nobounce::cli
