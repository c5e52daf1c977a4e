// SPDX-License-Identifier: Apache-2.0
#include "bench/in_guest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "bench/cell.h"
#include "bench/cell_commands.h"
#include "bench/engine_result.h"
#include "bench/host_facts.h"
#include "bench/host_script.h"
#include "bench/hosts.h"
#include "bench/lines.h"
#include "bench/patience.h"
#include "bench/peers.h"
#include "bench/region_pages.h"
#include "bench/run_log.h"
#include "bench/stream_figures.h"
#include "bench/streams.h"
#include "bench/turns.h"
#include "lab/huge_page_pool.h"
#include "lab/paired_programs.h"
#include "report/figure_json.h"
#include "sys/host_identity.h"
#include "sys/kernel_parameter.h"
#include "sys/state_file.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

ResultFiles files_of(std::size_t stream, bool is_traced) {
  return {
      .sender = fmt::format("/tmp/nobounce-bench-send{}.json", stream),
      .receiver = fmt::format("/tmp/nobounce-bench-recv{}.json", stream),
      .sender_calls = is_traced ? fmt::format("/tmp/nobounce-bench-send{}-calls.json", stream) : "",
      .receiver_calls =
          is_traced ? fmt::format("/tmp/nobounce-bench-recv{}-calls.json", stream) : ""};
}

/// In huge pages, of all streams of a run.
std::uint64_t region_bytes(const Cell& cell) {
  if (cell.tuning.region_pages == "small") return 0;
  return huge_page_bytes_of(cell, 'a') + huge_page_bytes_of(cell, 'b');
}

std::uint64_t most_region_bytes(const std::vector<Cell>& cells) {
  std::uint64_t most = 0;
  for (const Cell& cell : cells)
    most = std::max(most, region_bytes(cell));
  return most;
}

/// What the kernel says of how many pages a packet may hang on to and of a NIC's queues; as usual
/// where it doesn't. Sets huge pages for the regions of `cells` aside, where there are as many.
Field look_at_field(const std::vector<Cell>& cells) {
  Field field{.cpus = sys::identify_host().cpus, .accelerators = count_accelerators()};
  const std::uint64_t wanted = most_region_bytes(cells);
  field.has_huge_pages = wanted > 0 && lab::reserve_huge_pages(wanted);
  if (const auto counted = run_on_host("a", "ls /sys/class/net/eth0/queues | grep -c ^rx-"))
    std::from_chars(counted->data(), counted->data() + counted->size(), field.nic_queues);
  if (const auto text = sys::read_kernel_parameter("net.core.max_skb_frags"))
    std::from_chars(text->data(), text->data() + text->size(), field.skb_frags);
  field.missing = missing_peers(host_facts());
  return field;
}

Figure<std::string> nic_driver() {
  auto link = run_on_host("a", "readlink /sys/class/net/eth0/device/driver");
  if (!link) return NotAvailable{to_string(link.error())};
  while (!link->empty() && link->back() == '\n')
    link->pop_back();
  return link->substr(link->rfind('/') + 1);
}

json session_line(const Field& field) {
  json line = host_facts();
  line.update({{"kind", "session"},
               {"cpus", field.cpus},
               {"nic_queues", field.nic_queues},
               {"accelerators", field.accelerators},
               {"max_skb_frags", field.skb_frags},
               {"has_huge_pages", field.has_huge_pages}});
  line["nic_driver"] = nic_driver();
  return line;
}

/// Hosts a and b, two network namespaces.
class HostsOfGuest final : public Hosts {
 public:
  HostsOfGuest(const Plan& plan, const Field& field, std::vector<Cell> cells)
      : plan_(plan), field_(field), cells_(std::move(cells)) {}

  Result<BothSettings> set_up(std::size_t index) override {
    const Cell& cell = cells_[index];
    const auto placement = placement_of(cell.cpus, field_.cpus);
    const std::string wanted_of_a = host_settings('a', cell, plan_.matrix, *placement, lines_);
    const std::string wanted_of_b = host_settings('b', cell, plan_.matrix, *placement, lines_);
    if (wanted_of_a + wanted_of_b != in_force_) {
      in_force_.clear();
      NB_TRY(run_on_host("a", wanted_of_a));
      NB_TRY(run_on_host("b", wanted_of_b));
      for (const Stream& stream : streams_of(cell))
        NB_TRY(look_at_settings(cell, stream));
      in_force_ = wanted_of_a + wanted_of_b;
    }
    return BothSettings{.sender = placed(sender_, cell, placement->sender),
                        .receiver = placed(receiver_, cell, placement->receiver)};
  }

  Result<json> run(std::size_t index, bool is_traced) override {
    return run(cells_[index], is_traced);
  }

 private:
  /// Sees that the NICs at both ends of a stream are as the cell wants them; what the first has is
  /// what is recorded. Flows share their NICs, so one is looked at.
  Status look_at_settings(const Cell& cell, const Stream& stream) {
    if (stream.flow != 0) return {};
    const std::string& nic = lines_.a.at(stream.pair).name;
    NB_ASSIGN(json sender, ask(stream.sender_host(), nic));
    NB_ASSIGN(json receiver, ask(stream.receiver_host(), nic));
    if (const auto difference = what_differs(cell, sender, receiver))
      return fail({.code = Code::kUnsupported,
                   .operation = "set-up of",
                   .object = fmt::format("{} of the hosts of a cell", nic),
                   .cause = "after it was set, " + *difference});
    if (stream.pair != 0 || stream.backward) return {};
    sender_ = std::move(sender);
    receiver_ = std::move(receiver);
    return {};
  }

  static Result<json> ask(const std::string& host, const std::string& nic) {
    NB_ASSIGN(const std::string printed, run_on_host(host, settings_query(nic)));
    return settings_in_force(printed);
  }

  [[nodiscard]] json placed(json settings, const Cell& cell, const HostCpus& cpus) const {
    settings["application_on_cpus"] = list_of(cpus.application);
    if (cell.engine == Engine::kNobounce)
      settings["region_pages"] = as_run_on(field_, cell).tuning.region_pages;
    return settings;
  }

  Result<json> run(const Cell& cell, bool is_traced) {
    const auto placement = placement_of(cell.cpus, field_.cpus);
    const std::vector<Stream> streams = streams_of(cell);
    std::vector<lab::PairedPrograms> programs;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const ResultFiles files = files_of(i, is_traced);
      for (const std::string* file :
           {&files.sender, &files.receiver, &files.sender_calls, &files.receiver_calls}) {
        if (!file->empty()) NB_TRY(sys::remove_file(*file));
      }
      CellCommands commands =
          commands_of(streams[i], as_run_on(field_, cell), plan_.matrix, *placement, files, lines_);
      programs.push_back({.receiver = std::move(commands.receiver),
                          .receiver_ready = std::move(commands.receiver_ready),
                          .sender = std::move(commands.sender),
                          .patience = patience_for(cell, plan_.matrix),
                          .receiver_host = streams[i].receiver_host(),
                          .sender_host = streams[i].sender_host(),
                          .sender_ready = ready_word(cell),
                          .unsupported_status = unsupported_status_of(cell.engine)});
    }
    // Where there are too few the programs say so.
    if (field_.has_huge_pages) static_cast<void>(lab::provide_huge_pages(region_bytes(cell)));
    NB_TRY(lab::run_pairs(programs));
    std::vector<StreamRun> runs;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      NB_ASSIGN(json figures, figures_of_stream(cell, files_of(i, is_traced)));
      runs.push_back({.stream = streams[i], .figures = std::move(figures)});
    }
    return figures_of_streams(runs);
  }

  static Result<json> figures_of_stream(const Cell& cell, const ResultFiles& files) {
    NB_ASSIGN(json figures, figures_without_calls(cell, files));
    for (const auto& [side, file] :
         {std::pair{"sender", &files.sender_calls}, std::pair{"receiver", &files.receiver_calls}}) {
      NB_ASSIGN(json calls, read_traced_calls(*file));
      if (!calls.is_null()) figures[side]["traced_syscalls"] = std::move(calls);
    }
    return figures;
  }

  static Result<json> figures_without_calls(const Cell& cell, const ResultFiles& files) {
    if (cell.engine != Engine::kNobounce) {
      NB_ASSIGN(const std::string written, sys::read_text_file(files.sender, kMostPeerBytes));
      return figures_of_peer(cell.engine, written);
    }
    NB_ASSIGN(const json sender, read_engine_json(files.sender));
    NB_ASSIGN(const json receiver, read_engine_json(files.receiver));
    return figures_of(sender, receiver);
  }

  const Plan& plan_;
  const Field field_;
  const std::vector<Cell> cells_;
  const Lines lines_ = lines_of_lab(kMostNicPairs);
  std::string in_force_;  // What the scripts set last; empty: nobody knows.
  json sender_;           // Read back after that.
  json receiver_;
};

}  // namespace

Status run_bench_in_guest(const std::filesystem::path& directory) {
  NB_ASSIGN(const Plan plan, read_plan(directory));
  NB_ASSIGN(RunLog log, RunLog::open(directory));
  std::vector<Cell> cells = expand(plan.matrix);
  const Field field = look_at_field(cells);
  HostsOfGuest hosts(plan, field, std::move(cells));
  return take_turns(plan, log, session_line(field), field, hosts);
}

}  // namespace nobounce::bench
