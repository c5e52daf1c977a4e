// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_protocol.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace nobounce::lab {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> malformed(const char* what) {
  return fail({.code = Code::kProtocol,
               .operation = "reading",
               .object = what,
               .cause = "it is not what the lab's agent writes",
               .fix = {}});
}

// Words of a command line may hold any bytes, and must arrive as they are. JSON knows text only: a
// byte goes as the character of its number.
std::string text_of_bytes(std::string_view bytes) {
  std::string text;
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x80) {
      text += letter;
    } else {
      text += static_cast<char>(0xc0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

// Nothing if some character is no byte.
std::optional<std::string> bytes_of_text(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      bytes += text[at];
    } else if ((first == 0xc2 || first == 0xc3) && at + 1 < text.size()) {
      const auto second = static_cast<unsigned char>(text[++at]);
      bytes += static_cast<char>((first << 6) | (second & 0x3f));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

// Kernel messages may hold any bytes; those that are no text are not worth keeping.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename T>
bool take(const Json& json, const char* key, T& value) {
  const auto found = json.find(key);
  if (found == json.end()) return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return false;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) return false;
  } else {
    if (!found->is_number_integer() || !std::in_range<T>(found->get<std::int64_t>())) return false;
  }
  value = found->template get<T>();
  return true;
}

struct EventEncoder {
  Json operator()(const GuestReady&) const { return {{"event", "ready"}}; }
  Json operator()(const CommandEnded& event) const {
    return {{"event", "command_ended"}, {"status", event.status}};
  }
  Json operator()(const KernelRecord& event) const {
    return {{"event", "kernel_record"}, {"level", event.level}, {"text", event.text}};
  }
  Json operator()(const GuestProfile& event) const {
    Json functions = Json::array();
    for (const FunctionShare& function : event.profile.functions)
      functions.push_back({{"name", function.name}, {"instructions", function.instructions}});
    return {{"event", "profile"},
            {"instructions", event.profile.instructions},
            {"functions", std::move(functions)}};
  }
  Json operator()(const GuestFailed& event) const {
    return {{"event", "failed"}, {"message", event.message}};
  }
  Json operator()(const GuestDone&) const { return {{"event", "done"}}; }
};

struct OrderEncoder {
  Json operator()(const StartCommand&) const { return {{"order", "start"}}; }
  Json operator()(const StopCommand&) const { return {{"order", "stop"}}; }
  Json operator()(const ResizeTerminal& order) const {
    return {{"order", "resize"}, {"rows", order.size.rows}, {"columns", order.size.columns}};
  }
};

bool take_size(const Json& json, sys::TerminalSize& size) {
  return take(json, "rows", size.rows) && take(json, "columns", size.columns);
}

Result<GuestEvent> decode_profile(const Json& json) {
  GuestProfile event;
  const auto functions = json.find("functions");
  if (!take(json, "instructions", event.profile.instructions) || functions == json.end() ||
      !functions->is_array())
    return malformed("a profile");
  for (const Json& function : *functions) {
    FunctionShare share;
    if (!function.is_object() || !take(function, "name", share.name) ||
        !take(function, "instructions", share.instructions))
      return malformed("a function of a profile");
    event.profile.functions.push_back(std::move(share));
  }
  return event;
}

}  // namespace

std::string encode(const GuestRequest& request) {
  Json command = Json::array();
  for (const std::string& word : request.command)
    command.push_back(text_of_bytes(word));
  Json json{{"command", std::move(command)},
            {"by_order", request.end == CommandEnd::kByOrder},
            {"hosts", request.hosts},
            {"nics", request.nics},
            {"accelerators", request.accelerators},
            {"mtu", request.mtu},
            {"share", request.share},
            {"copy_meter", request.copy_meter},
            {"profile", request.profile}};
  if (request.terminal)
    json["terminal"] = {{"type", text_of_bytes(request.terminal->type)},
                        {"rows", request.terminal->size.rows},
                        {"columns", request.terminal->size.columns}};
  return dump(json);
}

Result<GuestRequest> decode_request(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  GuestRequest request;
  bool by_order = false;
  if (!json.is_object() || !take(json, "by_order", by_order) ||
      !take(json, "hosts", request.hosts) || !take(json, "nics", request.nics) ||
      !take(json, "accelerators", request.accelerators) || !take(json, "mtu", request.mtu) ||
      !take(json, "share", request.share) || !take(json, "copy_meter", request.copy_meter) ||
      !take(json, "profile", request.profile))
    return malformed("the request");
  if (by_order) request.end = CommandEnd::kByOrder;
  const auto command = json.find("command");
  if (command == json.end() || !command->is_array() || (command->empty() && !by_order))
    return malformed("the request's command");
  for (const Json& word : *command) {
    auto bytes = word.is_string() ? bytes_of_text(word.get<std::string>()) : std::nullopt;
    if (!bytes) return malformed("the request's command");
    request.command.push_back(std::move(*bytes));
  }
  if (const auto terminal = json.find("terminal"); terminal != json.end()) {
    std::string type;
    request.terminal.emplace();
    if (!terminal->is_object() || !take(*terminal, "type", type) ||
        !take_size(*terminal, request.terminal->size))
      return malformed("the request's terminal");
    auto bytes = bytes_of_text(type);
    if (!bytes) return malformed("the request's terminal");
    request.terminal->type = std::move(*bytes);
  }
  return request;
}

std::string encode(const GuestEvent& event) {
  return dump(std::visit(EventEncoder{}, event));
}

Result<GuestEvent> decode_event(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  std::string kind;
  if (!json.is_object() || !take(json, "event", kind)) return malformed("an event");
  if (kind == "command_ended") {
    CommandEnded event;
    if (!take(json, "status", event.status) || event.status < 0 || event.status > 255)
      return malformed("the command's status");
    return event;
  }
  if (kind == "kernel_record") {
    KernelRecord event;
    if (!take(json, "level", event.level) || !take(json, "text", event.text))
      return malformed("a kernel record");
    return event;
  }
  if (kind == "failed") {
    GuestFailed event;
    if (!take(json, "message", event.message)) return malformed("the agent's failure");
    return event;
  }
  if (kind == "profile") return decode_profile(json);
  if (kind == "ready") return GuestReady{};
  if (kind == "done") return GuestDone{};
  return malformed("an event of unknown kind");
}

std::string encode(const GuestOrder& order) {
  return dump(std::visit(OrderEncoder{}, order));
}

Result<GuestOrder> decode_order(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  std::string kind;
  if (!json.is_object() || !take(json, "order", kind)) return malformed("an order");
  if (kind == "start") return StartCommand{};
  if (kind == "stop") return StopCommand{};
  if (kind == "resize") {
    ResizeTerminal order;
    if (!take_size(json, order.size)) return malformed("the terminal's size");
    return order;
  }
  return malformed("an order of unknown kind");
}

}  // namespace nobounce::lab
