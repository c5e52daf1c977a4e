// SPDX-License-Identifier: Apache-2.0
#include "bench/between_hosts.h"

#include <utility>
#include <vector>

#include "bench/host_facts.h"
#include "bench/in_lab.h"
#include "bench/lines.h"
#include "bench/local_end.h"
#include "bench/nic_choice.h"
#include "bench/nic_keeper.h"
#include "bench/remote_end.h"
#include "bench/scratch.h"
#include "bench/turns.h"
#include "bench/two_ends.h"
#include "report/figure_json.h"

namespace nobounce::bench {
namespace {

/// Those that were named, or the one that leads to the peer's first.
Result<std::vector<HostNic>> nics_facing(const std::vector<HostNic>& there,
                                         std::vector<std::string> names) {
  std::vector<std::string> addresses;
  for (const HostNic& nic : there) {
    for (const std::string* address : {&nic.v4, &nic.v6}) {
      if (!address->empty()) addresses.push_back(*address);
    }
  }
  if (names.empty()) {
    NB_ASSIGN(names.emplace_back(), nic_towards(addresses.front()));
  }
  return host_nics(names, addresses);
}

}  // namespace

Status run_bench_with_peer(const std::filesystem::path& directory, const Plan& plan,
                           const PeerOptions& options) {
  NB_ASSIGN(RunLog log, RunLog::open(directory));
  if (is_finished(plan, log.lines())) return {};
  NB_ASSIGN(auto conversation,
            peer::Conversation::connect(options.agent, options.key, options.stop_fd));
  NB_ASSIGN(RemoteEnd b, RemoteEnd::begin(std::move(conversation), plan));
  NB_ASSIGN(const std::vector<HostNic> nics, nics_facing(b.nics(), options.nics));
  nlohmann::json session = host_facts();
  NB_ASSIGN(const auto nics_known, nic_facts(nics, options.force));
  session.update(nics_known);
  NB_TRY(check_ways(nics, b.nics()));
  NB_TRY(b.meet(nics, nics_known.value("huge_page_bytes", std::uint64_t{0})));
  session["kind"] = "session";
  session["peer"] = b.facts();
  session["clock"] =
      b.measure_clock().map([](const peer::ClockOffset& offset) { return to_json(offset); });
  const Field field = field_of(session);
  NB_ASSIGN(const Scratch scratch, Scratch::make());
  // From here on NICs are changed; leaving this function in any way puts them back.
  NB_ASSIGN(std::vector<NicKeeper> keepers, keep_nics(nics));
  LocalEnd a({.host = 'a',
              .lines = {.a = nics,
                        .b = b.nics(),
                        .first_port = b.first_port(),
                        .is_one_machine = false,
                        .force = options.force},
              .directory = scratch.path(),
              .interrupts = {options.stop_fd, b.conversation_fd()}},
             plan.matrix, field);
  TwoEnds hosts(expand(plan.matrix), a, b);
  const Status taken = take_turns(plan, log, std::move(session), field, hosts);
  const Status put_back = put_back_all(keepers);
  NB_TRY(taken);
  return put_back;
}

}  // namespace nobounce::bench
