// SPDX-License-Identifier: Apache-2.0
#include "bench/agent_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "bench/matrix_file.h"
#include "bench/peers.h"
#include "bench/shape.h"
#include "netlink/ip_address.h"
#include "peer/sealing.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

// Of either side's objects; what a transfer reports has five.
constexpr int kMostDepth = 16;
constexpr std::size_t kMostTextBytes = 256;
constexpr std::size_t kMostMessageBytes = 4096;
constexpr std::uint64_t kMostResults = 2 * kMostNicPairs * kMostFlows;

bool moves_a_cursor(unsigned char letter) {
  return letter < 0x20 || letter == 0x7f;
}

tl::unexpected<Error> refuse(std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "a message of the peer",
               .cause = fit_to_be_shown(std::move(cause))});
}

Result<json> parse_object(std::string_view text) {
  bool is_too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    is_too_deep = is_too_deep || depth > kMostDepth;
    return !is_too_deep;
  };
  json object = json::parse(text, watch, /*allow_exceptions=*/false);
  if (is_too_deep) return refuse("it is nested too deep");
  if (!object.is_object()) return refuse("it is no JSON object");
  return object;
}

std::optional<Code> code_named(std::string_view name) {
  for (const Code code : {Code::kInvalidArgument, Code::kUnsupported, Code::kNotFound, Code::kBusy,
                          Code::kPermission, Code::kExhausted, Code::kPeerClosed, Code::kTimeout,
                          Code::kProtocol, Code::kMismatch, Code::kIo}) {
    if (name_of(code) == name) return code;
  }
  // Whoever was asked to stop there, not here.
  if (name_of(Code::kInterrupted) == name) return Code::kPeerClosed;
  return std::nullopt;
}

/// Takes the keys of an object one by one; what is left over in the end is refused.
class Fields {
 public:
  explicit Fields(json object) : object_(std::move(object)) {}

  Result<std::string> text(const char* name, std::size_t most_bytes) {
    NB_ASSIGN(const json value, take(name));
    if (!value.is_string() || value.get_ref<const std::string&>().size() > most_bytes)
      return refuse(fmt::format("its {} is no text of at most {} bytes", name, most_bytes));
    return value.get<std::string>();
  }
  /// Fit to be shown on a terminal.
  Result<std::string> plain_text(const char* name, std::size_t most_bytes) {
    NB_ASSIGN(std::string value, text(name, most_bytes));
    if (std::ranges::any_of(value, moves_a_cursor))
      return refuse(fmt::format("its {} has control characters", name));
    return value;
  }
  Result<std::size_t> cell() { return number("cell", kMostCells - 1); }
  Result<std::uint64_t> number(const char* name, std::uint64_t most) {
    NB_ASSIGN(const json value, take(name));
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
      return refuse(fmt::format("its {} is no number up to {}", name, most));
    return value.get<std::uint64_t>();
  }
  Result<bool> yes_or_no(const char* name) {
    NB_ASSIGN(const json value, take(name));
    if (!value.is_boolean()) return refuse(fmt::format("its {} is neither true nor false", name));
    return value.get<bool>();
  }
  Result<json> list(const char* name, std::size_t most) {
    NB_ASSIGN(json value, take(name));
    if (!value.is_array() || value.size() > most)
      return refuse(fmt::format("its {} is no list of at most {}", name, most));
    return value;
  }
  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  [[nodiscard]] Status done() const {
    if (!object_.empty()) return refuse(fmt::format("'{}' is not expected", object_.begin().key()));
    return {};
  }

 private:
  Result<json> take(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return refuse(fmt::format("it has no {}", name));
    json value = std::move(*found);
    object_.erase(found);
    return value;
  }

  json object_;
};

/// An address as it is written by itself, so that it can't be taken for anything else.
Result<std::string> address_in(Fields& fields, const char* family,
                               netlink::IpAddress::Family kind) {
  NB_ASSIGN(const std::string text, fields.plain_text(family, kMostTextBytes));
  const auto address = netlink::IpAddress::parse(text);
  if (!address || address->family != kind || address->text() != text)
    return refuse(fmt::format("its {} is no such address", family));
  return text;
}

Result<std::vector<std::string>> programs_in(const json& words) {
  std::vector<std::string> programs;
  for (const json& word : words) {
    const bool is_known =
        word.is_string() && (word == kNoPeers || peer_named(word.get_ref<const std::string&>()));
    if (!is_known) return refuse("its versus has what is no program to compare with");
    programs.push_back(word.get<std::string>());
  }
  return programs;
}

Result<AgentRequest> request_of_kind(const std::string& ask, Fields& fields) {
  if (ask == "begin") {
    AskBegin begin;
    NB_ASSIGN(begin.version, fields.plain_text("version", kMostTextBytes));
    NB_ASSIGN(begin.git_revision, fields.plain_text("git_revision", kMostTextBytes));
    NB_ASSIGN(begin.matrix_text, fields.text("matrix", kMostMatrixBytes));
    NB_ASSIGN(begin.matrix_name, fields.plain_text("matrix_name", kMostMessageBytes));
    NB_ASSIGN(const json versus, fields.list("versus", kPeers.size()));
    NB_ASSIGN(begin.versus, programs_in(versus));
    return begin;
  }
  if (ask == "meet") {
    NB_ASSIGN(const json nics, fields.list("nics", kMostNicPairs));
    AskMeet meet;
    NB_ASSIGN(meet.nics, parse_host_nics(nics));
    NB_ASSIGN(meet.huge_page_bytes,
              fields.number("huge_page_bytes", std::numeric_limits<std::uint64_t>::max()));
    return meet;
  }
  if (ask == "set_up") {
    NB_ASSIGN(const std::size_t cell, fields.cell());
    return AskSetUp{cell};
  }
  if (ask == "receive") {
    NB_ASSIGN(const std::size_t cell, fields.cell());
    NB_ASSIGN(const bool is_traced, fields.yes_or_no("traced"));
    return AskReceive{cell, is_traced};
  }
  if (ask == "send") {
    NB_ASSIGN(const std::size_t cell, fields.cell());
    NB_ASSIGN(const bool is_traced, fields.yes_or_no("traced"));
    return AskSend{cell, is_traced};
  }
  if (ask == "order") return AskOrder{};
  if (ask == "clock") return AskClock{};
  if (ask == "finish") return AskFinish{};
  if (ask == "result") {
    AskResult result;
    NB_ASSIGN(result.is_sent, fields.yes_or_no("sent"));
    NB_ASSIGN(result.index, fields.number("index", kMostResults));
    return result;
  }
  if (ask == "stop") return AskStop{};
  return refuse("it asks for nothing that an agent does");
}

struct ToJson {
  json operator()(const AskBegin& begin) const {
    return {{"ask", "begin"},
            {"version", begin.version},
            {"git_revision", begin.git_revision},
            {"matrix", begin.matrix_text},
            {"matrix_name", begin.matrix_name},
            {"versus", begin.versus}};
  }
  json operator()(const AskMeet& meet) const {
    return {
        {"ask", "meet"}, {"nics", to_json(meet.nics)}, {"huge_page_bytes", meet.huge_page_bytes}};
  }
  json operator()(const AskSetUp& set) const { return {{"ask", "set_up"}, {"cell", set.cell}}; }
  json operator()(const AskReceive& ask) const {
    return {{"ask", "receive"}, {"cell", ask.cell}, {"traced", ask.is_traced}};
  }
  json operator()(const AskSend& ask) const {
    return {{"ask", "send"}, {"cell", ask.cell}, {"traced", ask.is_traced}};
  }
  json operator()(const AskOrder& /*unused*/) const { return {{"ask", "order"}}; }
  json operator()(const AskClock& /*unused*/) const { return {{"ask", "clock"}}; }
  json operator()(const AskFinish& /*unused*/) const { return {{"ask", "finish"}}; }
  json operator()(const AskResult& ask) const {
    return {{"ask", "result"}, {"sent", ask.is_sent}, {"index", ask.index}};
  }
  json operator()(const AskStop& /*unused*/) const { return {{"ask", "stop"}}; }
};

std::string dump(const json& object) {
  // What programs say need not be UTF-8.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<AgentRequest> parse_agent_request(std::string_view text) {
  NB_ASSIGN(json object, parse_object(text));
  Fields fields(std::move(object));
  NB_ASSIGN(const std::string ask, fields.text("ask", kMostTextBytes));
  NB_ASSIGN(AgentRequest request, request_of_kind(ask, fields));
  NB_TRY(fields.done());
  return request;
}

std::string to_text(const AgentRequest& request) {
  return dump(std::visit(ToJson(), request));
}

std::string fit_to_be_shown(std::string text) {
  std::ranges::replace_if(text, moves_a_cursor, ' ');
  return text;
}

json to_json(const std::vector<HostNic>& nics) {
  json list = json::array();
  for (const HostNic& nic : nics) {
    json object = json::object();
    for (const char* family : {"v4", "v6"}) {
      if (!nic.address(family).empty()) object[family] = nic.address(family);
    }
    list.push_back(std::move(object));
  }
  return list;
}

Result<std::vector<HostNic>> parse_host_nics(const json& list) {
  using Family = netlink::IpAddress::Family;
  const auto most = static_cast<std::size_t>(kMostNicPairs);
  if (!list.is_array() || list.empty() || list.size() > most)
    return refuse(fmt::format("there are not 1 to {} NICs in it", most));
  std::vector<HostNic> nics;
  for (const json& object : list) {
    if (!object.is_object()) return refuse("a NIC in it is no object");
    Fields fields(object);
    HostNic nic;
    if (fields.has("v4")) {
      NB_ASSIGN(nic.v4, address_in(fields, "v4", Family::kV4));
    }
    if (fields.has("v6")) {
      NB_ASSIGN(nic.v6, address_in(fields, "v6", Family::kV6));
    }
    NB_TRY(fields.done());
    if (nic.v4.empty() && nic.v6.empty()) return refuse("a NIC in it has no address");
    nics.push_back(std::move(nic));
  }
  return nics;
}

std::string reply_text(const Result<json>& reply) {
  if (reply) {
    std::string text = dump({{"done", *reply}});
    if (text.size() <= peer::kMaxBodyBytes) return text;
    return reply_text(
        fail({.code = Code::kExhausted,
              .operation = "answer",
              .object = {},
              .cause = fmt::format("{} bytes are more than a message has room for", text.size())}));
  }
  std::string message = to_string(reply.error());
  if (message.size() > kMostMessageBytes) message.resize(kMostMessageBytes);
  return dump({{"error", {{"code", name_of(reply.error().code)}, {"message", message}}}});
}

Result<json> parse_agent_reply(std::string_view text) {
  NB_ASSIGN(json object, parse_object(text));
  if (object.size() == 1 && object.contains("done")) return std::move(object.at("done"));
  if (object.size() != 1 || !object.contains("error"))
    return refuse("it is neither done nor an error");
  Fields fields(std::move(object.at("error")));
  NB_ASSIGN(const std::string code, fields.text("code", kMostTextBytes));
  // Replaced bytes are longer than those that they stand for.
  NB_ASSIGN(std::string message, fields.text("message", 3 * kMostMessageBytes));
  NB_TRY(fields.done());
  return fail({.code = code_named(code).value_or(Code::kProtocol),
               .operation = "bench on",
               .object = "the peer",
               .cause = fit_to_be_shown(std::move(message))});
}

}  // namespace nobounce::bench
