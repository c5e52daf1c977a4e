// SPDX-License-Identifier: Apache-2.0
#include "bench/remote_end.h"

#include <fmt/format.h>

#include <array>

#include "base/version.h"
#include "bench/patience.h"
#include "bench/peer_checks.h"
#include "bench/streams.h"
#include "report/figure_json.h"
#include "sys/wall_clock.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using Seconds = std::chrono::seconds;

constexpr Seconds kAnswerPatience{30};
// Scripts, and drivers that make all queues anew for another MTU.
constexpr Seconds kSettingPatience{120};
// On top of what the agent itself gives a program, to end it and say so.
constexpr Seconds kGrace{30};
constexpr std::size_t kRoundTrips = 8;

Result<std::uint64_t> time_in(const json& reply, const char* name) {
  const json time = reply.is_object() ? reply.value(name, json()) : json();
  if (time.is_number_unsigned()) return time.get<std::uint64_t>();
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "the peer's clock",
               .cause = fmt::format("no {} among what it said", name)});
}

}  // namespace

json to_json(const peer::ClockOffset& offset) {
  return {{"ahead_ns", offset.ahead_ns},
          {"error_ns", offset.error_ns},
          {"round_trip_ns", offset.round_trip_ns}};
}

Result<RemoteEnd> RemoteEnd::begin(peer::Conversation conversation, const Plan& plan) {
  if (plan.matrix_text.size() > kMostMatrixBytes)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "bench on",
                 .object = "the peer",
                 .cause = fmt::format("the matrix has more than the {} bytes that an agent reads",
                                      kMostMatrixBytes),
                 .fix = "leave out what is not needed"});
  RemoteEnd end(std::move(conversation), most_patience_for(plan.matrix) + kGrace);
  NB_ASSIGN(const json reply, end.ask(AskBegin{.version = std::string(version()),
                                               .git_revision = std::string(git_revision()),
                                               .matrix_text = plan.matrix_text,
                                               .matrix_name = plan.matrix_name},
                                      kSettingPatience));
  const json facts = reply.is_object() ? reply.value("host", json()) : json();
  const json payload = reply.is_object() ? reply.value("payload", json()) : json();
  NB_TRY(check_facts(facts));
  if (!payload.is_string())
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "what the agent says of itself",
                 .cause = "where it receives is missing"});
  end.facts_ = facts;
  NB_ASSIGN(end.payload_, sys::parse_endpoint(payload.get<std::string>()));
  if (!has_room_for_flows(end.payload_.port))
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "what the agent says of itself",
                 .cause = "after the port where it receives there are too few for its flows"});
  return end;
}

Result<json> RemoteEnd::ask(const AgentRequest& request, std::chrono::seconds patience) {
  const auto spoken = [&]() -> Result<std::string> {
    NB_TRY(conversation_.send(to_text(request)));
    return conversation_.receive(patience);
  };
  const auto text = is_gone_ ? Result<std::string>(fail({.code = Code::kPeerClosed,
                                                         .operation = "ask",
                                                         .object = "the agent",
                                                         .cause = "it is gone"}))
                             : spoken();
  if (!text) {
    // An answer that was not waited for would pass for that to the next question.
    is_gone_ = true;
    return fail(text.error());
  }
  return parse_agent_reply(*text);
}

Figure<peer::ClockOffset> RemoteEnd::measure_clock() {
  std::array<peer::RoundTrip, kRoundTrips> trips;
  for (peer::RoundTrip& trip : trips) {
    const auto measured = [&]() -> Status {
      trip.sent_here_ns = sys::wall_clock_ns();
      NB_ASSIGN(const json reply, ask(AskClock{}, kAnswerPatience));
      trip.received_here_ns = sys::wall_clock_ns();
      NB_ASSIGN(trip.received_there_ns, time_in(reply, "received_ns"));
      NB_ASSIGN(trip.sent_there_ns, time_in(reply, "sent_ns"));
      return {};
    }();
    if (!measured) return NotAvailable{to_string(measured.error())};
  }
  return peer::offset_of(trips);
}

Result<json> RemoteEnd::set_up(std::size_t cell) {
  NB_ASSIGN(json settings, ask(AskSetUp{cell}, kSettingPatience));
  NB_TRY(check_settings(settings));
  return settings;
}

Status RemoteEnd::start(std::size_t cell) {
  NB_TRY(ask(AskStart{cell}, run_patience_));
  // Now, as the clocks drift; and as a receiver that had the control connection steered into its
  // own memory would show here.
  clock_ = measure_clock().map([](const peer::ClockOffset& offset) { return to_json(offset); });
  if (!is_gone_) return {};
  return fail({.code = Code::kPeerClosed,
               .operation = "ask",
               .object = "the agent",
               .cause = "it is gone, or can't be heard, since its receiver was started"});
}

Result<std::vector<json>> RemoteEnd::finish() {
  NB_ASSIGN(const json results, ask(AskFinish{}, run_patience_));
  if (!results.is_array())
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "the peer's figures",
                 .cause = "they are no list"});
  for (const json& result : results)
    NB_TRY(check_engine_result(result));
  return std::vector<json>(results.begin(), results.end());
}

std::string RemoteEnd::stop() {
  const auto reply = ask(AskStop{}, kAnswerPatience);
  if (!reply) return to_string(reply.error());
  return reply->is_string() ? reply->get<std::string>() : std::string();
}

}  // namespace nobounce::bench
