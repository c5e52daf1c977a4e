// SPDX-License-Identifier: Apache-2.0
#include "bench/remote_end.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <limits>
#include <span>

#include "base/version.h"
#include "bench/patience.h"
#include "bench/peer_checks.h"
#include "bench/shape.h"
#include "report/figure_json.h"
#include "sys/readiness.h"
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
// Programs that have to be killed are waited for one by one.
constexpr Seconds kStopPatience{600};
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
                                               .matrix_name = plan.matrix_name,
                                               .versus = plan.versus},
                                      kSettingPatience));
  const auto said = [&reply](const char* name) {
    return reply.is_object() ? reply.value(name, json()) : json();
  };
  end.facts_ = said("host");
  NB_TRY(check_facts(end.facts_));
  NB_ASSIGN(end.nics_, parse_host_nics(said("nics")));
  if (end.facts_.at("nics").size() != end.nics_.size())
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "what the agent says of itself",
                 .cause = "it has other NICs than it can be reached by"});
  // What cells are judged by is where it can be reached, not what it says that it could be.
  for (std::size_t i = 0; i < end.nics_.size(); ++i)
    end.facts_["nics"][i]["families"] = families_of(std::span(end.nics_).subspan(i, 1));
  const json port = said("port");
  constexpr std::uint64_t kMostPort = std::numeric_limits<std::uint16_t>::max();
  if (port.is_number_unsigned() && port.get<std::uint64_t>() <= kMostPort)
    end.first_port_ = port.get<std::uint16_t>();
  if (end.first_port_ != 0 && has_room_for_flows(end.first_port_)) return end;
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "what the agent says of itself",
               .cause = "the ports where it receives are missing"});
}

Status RemoteEnd::meet(const std::vector<HostNic>& here, std::uint64_t huge_page_bytes) {
  NB_TRY(ask(AskMeet{here, huge_page_bytes}, kAnswerPatience));
  return {};
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
  auto reply = parse_agent_reply(*text);
  // It was told to stop there, and goes.
  if (!reply && reply.error().code == Code::kPeerClosed) is_gone_ = true;
  return reply;
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

Result<std::vector<json>> RemoteEnd::set_up(std::size_t cell) {
  NB_ASSIGN(const json settings, ask(AskSetUp{cell}, kSettingPatience));
  if (!settings.is_array())
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "the peer's settings",
                 .cause = "they are no list"});
  for (const json& of_nic : settings)
    NB_TRY(check_settings(of_nic));
  return std::vector<json>(settings.begin(), settings.end());
}

Status RemoteEnd::start_receivers(std::size_t cell, bool is_traced) {
  NB_TRY(ask(AskReceive{cell, is_traced}, run_patience_));
  // Now, as the clocks drift; and as a receiver that had the control connection steered into its
  // own memory would show here.
  clock_ = measure_clock().map([](const peer::ClockOffset& offset) { return to_json(offset); });
  if (!is_gone_) return {};
  return fail({.code = Code::kPeerClosed,
               .operation = "ask",
               .object = "the agent",
               .cause = "it is gone, or can't be heard, since its receiver was started"});
}

Status RemoteEnd::start_senders(std::size_t cell, bool is_traced) {
  NB_TRY(ask(AskSend{cell, is_traced}, run_patience_));
  return {};
}

Status RemoteEnd::give_order() {
  NB_TRY(ask(AskOrder{}, kAnswerPatience));
  return {};
}

Result<EndFigures> RemoteEnd::finish() {
  NB_ASSIGN(const json counts, ask(AskFinish{}, run_patience_));
  EndFigures figures;
  NB_ASSIGN(figures.sent, results(counts, /*is_sent=*/true));
  NB_ASSIGN(figures.received, results(counts, /*is_sent=*/false));
  return figures;
}

Result<std::vector<json>> RemoteEnd::results(const json& counts, bool is_sent) {
  constexpr std::uint64_t kMost = kMostNicPairs * kMostFlows;
  const json count =
      counts.is_object() ? counts.value(is_sent ? "sent" : "received", json()) : json();
  if (!count.is_number_unsigned() || count.get<std::uint64_t>() > kMost)
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "the peer's figures",
                 .cause = "it does not say how many there are"});
  std::vector<json> all;
  for (std::size_t index = 0; index < count.get<std::uint64_t>(); ++index) {
    NB_ASSIGN(json one, ask(AskResult{is_sent, index}, kAnswerPatience));
    NB_TRY(check_engine_result(one));
    all.push_back(std::move(one));
  }
  return all;
}

void RemoteEnd::look_after() {
  // It speaks when it is asked, and not otherwise.
  std::array<pollfd, 1> entry = {
      {{.fd = conversation_.connection().fd(), .events = POLLIN, .revents = 0}}};
  const auto ready = sys::wait_ready(entry, std::chrono::milliseconds(0));
  if (ready && *ready) is_gone_ = true;
}

std::string RemoteEnd::stop() {
  const auto reply = ask(AskStop{}, kStopPatience);
  if (!reply) return to_string(reply.error());
  return reply->is_string() ? fit_to_be_shown(reply->get<std::string>()) : std::string();
}

}  // namespace nobounce::bench
