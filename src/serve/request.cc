// SPDX-License-Identifier: Apache-2.0
#include "serve/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

namespace nobounce::serve {
namespace {

using nlohmann::json;

tl::unexpected<Error> refuse(std::string cause) {
  return fail({.code = Code::kProtocol,
               .operation = "read",
               .object = "a request",
               .cause = std::move(cause),
               .fix = "see docs/json.md for what can be asked"});
}

// Reads the keys of an object by name and type, and refuses what is left over.
class Keys {
 public:
  explicit Keys(const json& object) : object_(object) {}

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

  template <typename T>
  Result<T> get(const char* key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return refuse(fmt::format("'{}' is missing", key));
    if (!is<T>(*found)) return refuse(fmt::format("'{}' is not of its type", key));
    return found->template get<T>();
  }

  template <typename T>
  Status get_if_there(const char* key, std::optional<T>& to) {
    if (!has(key)) return {};
    NB_ASSIGN(to, get<T>(key));
    return {};
  }

  [[nodiscard]] Status done() const {
    for (const auto& item : object_.items()) {
      if (std::ranges::find(known_, item.key()) == known_.end())
        return refuse(fmt::format("'{}' is not expected here", item.key()));
    }
    return {};
  }

 private:
  template <typename T>
  static bool is(const json& value) {
    if constexpr (std::is_same_v<T, bool>) return value.is_boolean();
    if constexpr (std::is_same_v<T, std::string>) return value.is_string();
    if constexpr (std::is_same_v<T, json>) return value.is_object();
    if constexpr (std::is_same_v<T, double>) return value.is_number();
    if constexpr (std::is_same_v<T, std::uint64_t>) return value.is_number_unsigned();
    return false;
  }

  const json& object_;
  std::vector<std::string> known_;
};

Result<ImpairmentChange> parse_change(const json& object) {
  Keys keys(object);
  ImpairmentChange change;
  NB_TRY(keys.get_if_there("rate_bits_per_s", change.rate_bits_per_s));
  NB_TRY(keys.get_if_there("delay_ns", change.delay_ns));
  NB_TRY(keys.get_if_there("jitter_ns", change.jitter_ns));
  NB_TRY(keys.get_if_there("loss", change.loss));
  NB_TRY(keys.get_if_there("reorder", change.reorder));
  NB_TRY(keys.get_if_there("duplicate", change.duplicate));
  NB_TRY(keys.get_if_there("corrupt", change.corrupt));
  NB_TRY(keys.get_if_there("partitioned", change.partitioned));
  NB_TRY(keys.done());
  return change;
}

Result<Request> parse_set_wire(Keys& keys) {
  SetWire set;
  NB_ASSIGN(set.wire, keys.get<std::string>("wire"));
  if (keys.has("port")) {
    NB_ASSIGN(const auto port, keys.get<std::uint64_t>("port"));
    if (port >= emulator::wire::Wire::kMaxPorts)
      return refuse(fmt::format("no wire has a port {}", port));
    set.port = static_cast<std::uint32_t>(port);
  }
  NB_ASSIGN(const json change, keys.get<json>("impairments"));
  NB_ASSIGN(set.change, parse_change(change));
  return set;
}

Result<Request> parse_of_kind(const std::string& kind, Keys& keys) {
  if (kind == "statistics") return AskStatistics{};
  if (kind == "set_wire") return parse_set_wire(keys);
  if (kind == "set_link") {
    SetLink set;
    NB_ASSIGN(set.nic, keys.get<std::string>("nic"));
    NB_ASSIGN(set.up, keys.get<bool>("up"));
    return set;
  }
  if (kind == "set_capture") {
    SetCapture set;
    NB_ASSIGN(set.file, keys.get<std::string>("file"));
    if (!set.file.empty() && set.file.front() != '/') return refuse("'file' is no absolute path");
    return set;
  }
  return refuse(fmt::format("there is no request '{}'", kind));
}

json to_json(const ImpairmentChange& change) {
  json object = json::object();
  const auto put = [&object](const char* key, const auto& value) {
    if (value) object[key] = *value;
  };
  put("rate_bits_per_s", change.rate_bits_per_s);
  put("delay_ns", change.delay_ns);
  put("jitter_ns", change.jitter_ns);
  put("loss", change.loss);
  put("reorder", change.reorder);
  put("duplicate", change.duplicate);
  put("corrupt", change.corrupt);
  put("partitioned", change.partitioned);
  return object;
}

struct ToJson {
  json operator()(const AskStatistics& /*unused*/) const { return {{"request", "statistics"}}; }
  json operator()(const SetWire& set) const {
    json object = {
        {"request", "set_wire"}, {"wire", set.wire}, {"impairments", to_json(set.change)}};
    if (set.port) object["port"] = *set.port;
    return object;
  }
  json operator()(const SetLink& set) const {
    return {{"request", "set_link"}, {"nic", set.nic}, {"up", set.up}};
  }
  json operator()(const SetCapture& set) const {
    return {{"request", "set_capture"}, {"file", set.file}};
  }
};

}  // namespace

void ImpairmentChange::apply_to(emulator::wire::Impairments& impairments) const {
  impairments.rate_bits_per_s = rate_bits_per_s.value_or(impairments.rate_bits_per_s);
  impairments.delay_ns = delay_ns.value_or(impairments.delay_ns);
  impairments.jitter_ns = jitter_ns.value_or(impairments.jitter_ns);
  impairments.loss = loss.value_or(impairments.loss);
  impairments.reorder = reorder.value_or(impairments.reorder);
  impairments.duplicate = duplicate.value_or(impairments.duplicate);
  impairments.corrupt = corrupt.value_or(impairments.corrupt);
  impairments.partitioned = partitioned.value_or(impairments.partitioned);
}

Result<Request> parse_request(std::string_view line) {
  if (line.size() >= kMaxRequestBytes) return refuse("it is too long");
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return refuse("it is no JSON object");
  Keys keys(object);
  NB_ASSIGN(const auto schema, keys.get<std::string>("schema"));
  if (schema != kNicsSchema) return refuse(fmt::format("its schema is not {}", kNicsSchema));
  NB_ASSIGN(const auto kind, keys.get<std::string>("request"));
  NB_ASSIGN(Request request, parse_of_kind(kind, keys));
  NB_TRY(keys.done());
  return request;
}

std::string to_line(const Request& request) {
  json object = std::visit(ToJson(), request);
  object["schema"] = kNicsSchema;
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace nobounce::serve
