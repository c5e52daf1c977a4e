// SPDX-License-Identifier: Apache-2.0
#include "bench/between_hosts.h"

#include "bench/host_facts.h"
#include "bench/in_lab.h"
#include "bench/local_end.h"
#include "bench/nic_choice.h"
#include "bench/nic_keeper.h"
#include "bench/remote_end.h"
#include "bench/scratch.h"
#include "bench/turns.h"
#include "bench/two_ends.h"
#include "report/figure_json.h"

namespace nobounce::bench {

Status run_bench_with_peer(const std::filesystem::path& directory, const Plan& plan,
                           const PeerOptions& options) {
  NB_ASSIGN(RunLog log, RunLog::open(directory));
  if (is_finished(plan, log.lines())) return {};
  NB_ASSIGN(auto conversation,
            peer::Conversation::connect(options.agent, options.key, options.stop_fd));
  NB_ASSIGN(RemoteEnd receiver, RemoteEnd::begin(std::move(conversation), plan));
  std::string nic = options.nic;
  if (nic.empty()) {
    NB_ASSIGN(nic, nic_towards(receiver.payload().address));
  }
  nlohmann::json session = host_facts();
  NB_ASSIGN(const auto nic_known, nic_facts(nic, options.force));
  session.update(nic_known);
  session["kind"] = "session";
  session["peer"] = receiver.facts();
  session["clock"] =
      receiver.measure_clock().map([](const peer::ClockOffset& offset) { return to_json(offset); });
  const Field field = field_of(session);
  NB_ASSIGN(const Scratch scratch, Scratch::make());
  // From here on the NIC is changed; leaving this function in any way puts it back.
  NB_ASSIGN(NicKeeper keeper, NicKeeper::take(nic));
  LocalEnd sender({.role = Role::kSender,
                   .venue = {.nic = nic, .receiver = receiver.payload(), .force = options.force},
                   .directory = scratch.path(),
                   .interrupts = {options.stop_fd}},
                  plan.matrix, field);
  TwoEnds hosts(expand(plan.matrix), sender, receiver);
  const Status taken = take_turns(plan, log, std::move(session), field, hosts);
  const Status put_back = keeper.put_back();
  NB_TRY(taken);
  return put_back;
}

}  // namespace nobounce::bench
