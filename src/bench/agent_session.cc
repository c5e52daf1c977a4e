// SPDX-License-Identifier: Apache-2.0
#include "bench/agent_session.h"

#include <fmt/format.h>

#include "base/version.h"
#include "bench/host_facts.h"
#include "bench/matrix_file.h"
#include "bench/nic_choice.h"
#include "bench/patience.h"
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
  if (receiver_) receiver_->stop();
  receiver_.reset();
  if (!keeper_) return {};
  Status put_back = keeper_->put_back();
  keeper_.reset();
  return put_back;
}

std::chrono::seconds AgentSession::patience() const {
  return receiver_ ? most_patience_for(matrix_) + kIdlePatience : kBeginPatience;
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
  return std::visit(Overloaded{[this](const AskBegin& ask) { return begin(ask); },
                               [](const AskClock&) { return Result<json>(json()); },
                               [this](const AskSetUp& ask) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * receiver, begun());
                                 return receiver->set_up(ask.cell);
                               },
                               [this](const AskStart& ask) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * receiver, begun());
                                 NB_TRY(receiver->start(ask.cell));
                                 return json::object();
                               },
                               [this](const AskFinish&) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * receiver, begun());
                                 NB_ASSIGN(auto results, receiver->finish());
                                 return json(std::move(results));
                               },
                               [this](const AskStop&) -> Result<json> {
                                 NB_ASSIGN(LocalEnd * receiver, begun());
                                 return json(receiver->stop());
                               }},
                    request);
}

Result<LocalEnd*> AgentSession::begun() {
  if (receiver_) return &*receiver_;
  return fail({.code = Code::kProtocol,
               .operation = "serve",
               .object = "a bench",
               .cause = "it was not begun"});
}

Result<json> AgentSession::begin(const AskBegin& ask) {
  if (receiver_)
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
  NB_ASSIGN(Matrix matrix, parse_matrix(ask.matrix_text, ask.matrix_name));
  // A shell's words; what comes over the network never becomes one.
  matrix.measuring.power_command.clear();
  NB_ASSIGN(const sys::Endpoint control, conversation_.connection().local());
  std::string nic = place_.nic;
  if (nic.empty()) {
    NB_ASSIGN(nic, nic_with(control.address));
  }
  NB_ASSIGN(const json nic_known, nic_facts(nic, place_.force));
  Venue venue{
      .nic = nic, .receiver = {.address = {}, .port = place_.payload_port}, .force = place_.force};
  NB_ASSIGN(venue.receiver.address, address_of(nic, control.address));
  json facts = host_facts();
  facts.update(nic_known);
  // What a sender's host lacks is known there, and no cell is refused for it here.
  json session = facts;
  session["peer"] = facts;
  Field field = field_of(session);
  field.skb_frags = std::uint64_t{1} << 20;
  NB_ASSIGN(NicKeeper keeper, NicKeeper::take(nic));
  keeper_.emplace(std::move(keeper));
  matrix_ = std::move(matrix);
  matrix_name_ = ask.matrix_name;
  receiver_.emplace(LocalPlace{.role = Role::kReceiver,
                               .venue = venue,
                               .directory = place_.directory,
                               .interrupts = {place_.stop_fd, conversation_.connection().fd()}},
                    matrix_, field);
  return json{{"host", facts}, {"payload", to_string(venue.receiver)}};
}

}  // namespace nobounce::bench
