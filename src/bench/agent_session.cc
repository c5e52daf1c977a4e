// SPDX-License-Identifier: Apache-2.0
#include "bench/agent_session.h"

#include <fmt/format.h>

#include <limits>

#include "base/version.h"
#include "bench/host_facts.h"
#include "bench/nic_choice.h"
#include "bench/patience.h"
#include "bench/run_log.h"
#include "sys/message_log.h"
#include "sys/wall_clock.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using Seconds = std::chrono::seconds;

// From the handshake to the first word.
constexpr Seconds kBeginPatience{30};
// Between two words, beyond the run of a sender and the setting of its NIC.
constexpr Seconds kIdlePatience{180};

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

AgentSession::~AgentSession() {
  const Status ended = end();
  if (!ended) sys::message_log()->error("{}", to_string(ended.error()));
}

Status AgentSession::end() {
  if (end_) end_->stop();
  end_.reset();
  Status put_back = put_back_all(keepers_);
  keepers_.clear();
  return put_back;
}

std::chrono::seconds AgentSession::patience() const {
  return end_ ? most_patience_for(matrix_) + kIdlePatience : kBeginPatience;
}

Error AgentSession::serve() {
  while (true) {
    const auto text = conversation_.receive(patience());
    if (!text) return text.error();
    const auto received_ns = sys::wall_clock_ns();
    const auto request = parse_agent_request(*text);
    Result<json> reply = request ? handle(*request) : Result<json>(fail(request.error()));
    if (request && std::holds_alternative<AskClock>(*request))
      reply = json{{"received_ns", received_ns}, {"sent_ns", sys::wall_clock_ns()}};
    const Status sent = conversation_.send(reply_text(reply));
    if (!sent) return sent.error();
    // Whoever speaks another language can't be served.
    if (!request) return request.error();
  }
}

Result<json> AgentSession::handle(const AgentRequest& request) {
  const auto done = [](const Status& status) -> Result<json> {
    NB_TRY(status);
    return json::object();
  };
  return std::visit(Overloaded{[this](const AskBegin& ask) { return begin(ask); },
                               [this](const AskMeet& ask) { return meet(ask); },
                               [](const AskClock&) { return Result<json>(json()); },
                               [this](const AskSetUp& ask) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * end, met());
                                 NB_ASSIGN(auto settings, end->set_up(ask.cell));
                                 return json(std::move(settings));
                               },
                               [&](const AskReceive& ask) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * end, met());
                                 return done(end->start_receivers(ask.cell, ask.is_traced));
                               },
                               [&](const AskSend& ask) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * end, met());
                                 return done(end->start_senders(ask.cell, ask.is_traced));
                               },
                               [&](const AskOrder&) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * end, met());
                                 return done(end->give_order());
                               },
                               [this](const AskFinish&) { return finish(); },
                               [this](const AskResult& ask) { return result(ask); },
                               [this](const AskStop&) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * end, met());
                                 return json(end->stop());
                               }},
                    request);
}

Result<json> AgentSession::finish() {
  NB_ASSIGN(LocalEnd * end, met());
  finished_ = {};
  NB_ASSIGN(finished_, end->finish());
  return json{{"sent", finished_.sent.size()}, {"received", finished_.received.size()}};
}

Result<json> AgentSession::result(const AskResult& ask) const {
  const std::vector<json>& results = ask.is_sent ? finished_.sent : finished_.received;
  if (ask.index < results.size()) return results[ask.index];
  return fail({.code = Code::kProtocol,
               .operation = "tell",
               .object = "a result",
               .cause = fmt::format("there are {}", results.size())});
}

Result<LocalEnd*> AgentSession::met() {
  if (end_) return &*end_;
  return fail({.code = Code::kProtocol,
               .operation = "serve",
               .object = "a bench",
               .cause = "it was not begun"});
}

Result<json> AgentSession::begin(const AskBegin& ask) {
  if (!nics_.empty())
    return fail({.code = Code::kProtocol,
                 .operation = "begin",
                 .object = "a bench",
                 .cause = "one was begun already"});
  if (ask.version != version() || ask.git_revision != git_revision())
    return fail({.code = Code::kMismatch,
                 .operation = "begin",
                 .object = "a bench",
                 .cause = fmt::format("the agent is nobounce {} at {}, and who asks {} at {}",
                                      version(), git_revision(), ask.version, ask.git_revision),
                 .fix = "install the same on both hosts"});
  NB_ASSIGN(Matrix matrix, matrix_of({.matrix_text = ask.matrix_text,
                                      .matrix_name = ask.matrix_name,
                                      .versus = ask.versus}));
  // A shell's words; what comes over the network never becomes one.
  matrix.measuring.power_command.clear();
  NB_ASSIGN(const sys::Endpoint control, conversation_.connection().local());
  std::vector<std::string> names = place_.nics;
  if (names.empty()) {
    NB_ASSIGN(names.emplace_back(), nic_with(control.address));
  }
  NB_ASSIGN(std::vector<HostNic> nics, host_nics(names, {control.address}));
  json facts = host_facts();
  NB_ASSIGN(const json of_nics, nic_facts(nics, place_.force));
  facts.update(of_nics);
  // What the other host lacks is known there, and no cell is refused for it here.
  json session = facts;
  session["peer"] = facts;
  field_ = field_of(session);
  field_.skb_frags = std::uint64_t{1} << 20;
  NB_ASSIGN(keepers_, keep_nics(nics));
  matrix_ = std::move(matrix);
  matrix_name_ = ask.matrix_name;
  nics_ = std::move(nics);
  return json{{"host", facts}, {"nics", to_json(nics_)}, {"port", place_.payload_port}};
}

Result<json> AgentSession::meet(const AskMeet& ask) {
  if (nics_.empty() || end_)
    return fail({.code = Code::kProtocol,
                 .operation = "meet",
                 .object = "the steering host",
                 .cause = end_ ? "that was done already" : "no bench was begun"});
  // Also that nobody is sent payload but whom these NICs lead to.
  NB_TRY(check_ways(nics_, ask.nics));
  constexpr std::uint64_t kKnownThere = std::numeric_limits<std::uint64_t>::max();
  field_.a->accelerators = kKnownThere;
  field_.a->receive_queues = kKnownThere;
  field_.a->nics = ask.nics.size();
  field_.a->families = families_of(ask.nics);
  field_.a->huge_page_bytes = ask.huge_page_bytes;
  end_.emplace(LocalPlace{.host = 'b',
                          .lines = {.a = ask.nics,
                                    .b = nics_,
                                    .first_port = place_.payload_port,
                                    .is_one_machine = false,
                                    .force = place_.force},
                          .directory = place_.directory,
                          .interrupts = {place_.stop_fd, conversation_.connection().fd()}},
               matrix_, field_);
  return json::object();
}

}  // namespace nobounce::bench
