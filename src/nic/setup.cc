// SPDX-License-Identifier: Apache-2.0
#include "nic/setup.h"

#include <fmt/format.h>

#include <charconv>
#include <initializer_list>
#include <utility>

#include "nic/lease.h"
#include "nic/plan.h"

namespace nobounce::nic {
namespace {

Error bad_text(const char* what, const std::string& text, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .sys_errno = 0,
          .operation = "parse",
          .object = fmt::format("{} \"{}\"", what, text),
          .cause = "it is not of the form that is expected",
          .fix = std::move(fix)};
}

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end) return std::nullopt;
  return value;
}

/// "WORD=NUMBER,…", each word at most once.
bool parse_counts(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::optional<std::uint32_t>*>> words) {
  while (true) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return false;
    std::optional<std::uint32_t>* into = nullptr;
    for (const auto& [word, slot] : words) {
      if (part.substr(0, equals) == word) into = slot;
    }
    if (into == nullptr || into->has_value()) return false;
    *into = number<std::uint32_t>(part.substr(equals + 1));
    if (!into->has_value()) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

/// "ADDR" or "[ADDR]" or "*" in front of ":PORT".
bool parse_destination(std::string_view text, netlink::FlowMatch& match) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto port = number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0) return false;
  match.destination_port = *port;
  std::string_view address = text.substr(0, colon);
  if (address == "*") return true;
  const bool is_bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (is_bracketed) address = address.substr(1, address.size() - 2);
  const auto parsed = netlink::IpAddress::parse(std::string(address));
  if (!parsed || parsed->family != match.family) return false;
  if (is_bracketed != (match.family == netlink::IpAddress::Family::kV6)) return false;
  if (!parsed->is_any()) match.destination = *parsed;
  return true;
}

std::vector<Planner> stages_of(const SetupRequest& request) {
  std::vector<Planner> stages;
  // Both see the NIC as it is then: with other channels there are other queues.
  stages.emplace_back([&request](const NicState& nic) { return plan_channels(nic, request); });
  stages.emplace_back([&request](const NicState& nic) { return plan_setup(nic, request); });
  return stages;
}

}  // namespace

Result<SetupRule> parse_setup_rule(const std::string& text) {
  const auto malformed = [&text] {
    return fail(bad_text("flow rule", text,
                         "tcp4:ADDR:PORT=QUEUE or tcp6:[ADDR]:PORT=QUEUE, * for any address, "
                         "without =QUEUE for a queue that is set aside"));
  };
  std::string_view rest = text;
  SetupRule rule;
  if (rest.starts_with("tcp6:")) {
    rule.match.family = netlink::IpAddress::Family::kV6;
  } else if (!rest.starts_with("tcp4:")) {
    return malformed();
  }
  rest.remove_prefix(std::string_view("tcp4:").size());
  if (const auto equals = rest.rfind('='); equals != std::string_view::npos) {
    rule.queue = number<std::uint32_t>(rest.substr(equals + 1));
    if (!rule.queue) return malformed();
    rest = rest.substr(0, equals);
  }
  if (!parse_destination(rest, rule.match)) return malformed();
  return rule;
}

Result<ChannelsWanted> parse_channels_wanted(const std::string& text) {
  ChannelsWanted wanted;
  if (parse_counts(text, {{"rx", &wanted.rx}, {"tx", &wanted.tx}, {"combined", &wanted.combined}}))
    return wanted;
  return fail(bad_text("channels", text, "rx=N,tx=N or combined=N"));
}

Result<RingsWanted> parse_rings_wanted(const std::string& text) {
  RingsWanted wanted;
  if (parse_counts(text,
                   {{"rx", &wanted.rx}, {"tx", &wanted.tx}, {"rx-buf-len", &wanted.rx_buf_len}}))
    return wanted;
  return fail(bad_text("rings", text, "rx=N,tx=N,rx-buf-len=BYTES, any of them"));
}

Result<SetupResult> set_up(const SetupRequest& request) {
  NB_ASSIGN(netlink::RouteSocket routes, netlink::RouteSocket::open());
  NB_ASSIGN(const netlink::Link link, routes.link(request.interface));
  NB_ASSIGN(const auto control, open_control(link));
  NB_ASSIGN(const LeasePlace place, place_of(link, request.journal_directory));
  return set_up(*control, place, stages_of(request));
}

Result<std::vector<std::string>> setup_commands(const SetupRequest& request) {
  NB_ASSIGN(const NicState nic, look_at(request.interface));
  NB_ASSIGN(const Plan channels, plan_channels(nic, request));
  std::vector<std::string> commands = commands_for(nic, {.wishes = channels.wishes});
  const NicState then = after_channels(nic, channels);
  NB_ASSIGN(const Plan rest, plan_setup(then, request));
  for (std::string& command : commands_for(then, rest))
    commands.push_back(std::move(command));
  return commands;
}

Result<UndoResult> undo_setup(const std::string& interface, const std::string& journal_directory) {
  NB_ASSIGN(netlink::RouteSocket routes, netlink::RouteSocket::open());
  NB_ASSIGN(const netlink::Link link, routes.link(interface));
  NB_ASSIGN(const auto control, open_control(link));
  NB_ASSIGN(const LeasePlace place, place_of(link, journal_directory));
  return undo_setup(*control, place);
}

}  // namespace nobounce::nic
