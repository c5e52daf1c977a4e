// SPDX-License-Identifier: Apache-2.0
// Whoever reaches the port of a bench's agent: with or without the key, with messages whole, cut,
// repeated and damaged, and in them requests and replies between right and absurd.
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/agent_messages.h"
#include "bench/peer_checks.h"
#include "bench/placement.h"
#include "bench/saved_nic.h"
#include "fuzz/choices.h"
#include "fuzz/targets.h"
#include "peer/handshake.h"
#include "peer/sealing.h"

namespace nobounce::fuzz {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Must hold, whatever came.
void require(bool holds) {
  if (!holds) std::abort();
}

void damage(std::string& text, Choices& choices) {
  if (text.empty() || !choices.once_in(3)) return;
  const std::size_t at = choices.number<std::uint32_t>() % text.size();
  switch (choices.below(3)) {
    case 0:
      text[at] = static_cast<char>(text[at] ^ (1 << choices.below(8)));
      break;
    case 1:
      text.resize(at);
      break;
    default:
      text.insert(at, text_of(choices.bytes(8)));
      break;
  }
}

/// A JSON text, mostly of the words that an agent knows.
std::string words(Choices& choices) {
  static constexpr std::array kWords = {
      R"({"ask":"begin","version":")",
      R"(","git_revision":")",
      R"(","matrix":")",
      R"(","versus":["neper"],"matrix_name":"m"})",
      R"({"ask":"receive",)",
      R"({"ask":"send",)",
      R"({"ask":"order"})",
      R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":"10.0.0.1"}]})",
      R"({"ask":"set_up",)",
      R"("cell":)",
      "1}",
      "4096}",
      R"({"ask":"clock"})",
      R"({"ask":"finish"})",
      R"({"ask":"stop"})",
      R"({"done":)",
      R"({"error":{"code":)",
      R"("io","message":"m"}})",
      R"({"schema":"nobounce.saved-nic/1","interface":"eth0","mtu":1500,"packet_sizes":{},)",
      R"("features":{"gro":true},"irqs":{"45":"0-3"},"rps":{},"xps":{"tx-0":"1"}})",
      "{",
      "[",
      "]",
      "}",
      "null",
      "-1",
      R"({"done":{"seconds":1,"bytes":1,"gbit_per_s":1,"syscalls":{"poll":)",
      R"({"not_available":)",
      "1.5",
      "\"",
      ","};
  std::string text;
  for (std::uint32_t left = 1 + choices.below(8); left != 0; --left) {
    if (choices.once_in(8)) {
      text += text_of(choices.bytes(16));
    } else {
      text += kWords[choices.below(kWords.size())];
    }
  }
  return text;
}

bool has_mark_of_a_shell(std::string_view command) {
  return command.find_first_of("$`;&|<>()'\"\\*?\n") != std::string_view::npos;
}

void read_as_everything(const std::string& text) {
  if (const auto request = bench::parse_agent_request(text)) {
    const auto again = bench::parse_agent_request(to_text(*request));
    require(again && *again == *request);
  }
  if (const auto reply = bench::parse_agent_reply(text)) {
    require(bench::parse_agent_reply(bench::reply_text(*reply)).has_value());
    (void)bench::check_facts(*reply);
    (void)bench::check_settings(*reply);
    (void)bench::check_engine_result(*reply);
    if (const auto nics = bench::parse_host_nics(*reply))
      require(bench::parse_host_nics(bench::to_json(*nics)).value() == *nics);
  } else {
    require(!bench::parse_agent_reply(bench::reply_text(fail(reply.error()))).has_value());
  }
  if (const auto saved = bench::parse_saved_nic(text)) {
    require(bench::parse_saved_nic(bench::to_json(*saved).dump()).value() == *saved);
    bench::SavedNic other = *saved;
    other.mtu ^= 1;
    for (auto& [name, bytes] : other.packet_sizes)
      bytes ^= 1;
    for (auto& [name, on] : other.features)
      on = !on;
    for (const std::string& command : bench::commands_back_to(*saved, other))
      require(!has_mark_of_a_shell(command));
  }
  bench::parse_cpu_list(text);
}

/// The keys of the session, or nothing where the client did not come in.
void handshake_and_talk(Choices& choices) {
  static const peer::Key kKey = *peer::Key::parse(std::string(64, '1'));
  static const peer::Key kOther = *peer::Key::parse(std::string(64, '2'));
  const bool holds_key = !choices.once_in(4);
  peer::ClientHandshake client(holds_key ? kKey : kOther, {});
  peer::ServerHandshake server(kKey, {});
  std::string hello = client.hello();
  damage(hello, choices);
  std::string proof = client.answer(bytes_of(server.feed(bytes_of(hello))));
  damage(proof, choices);
  server.feed(bytes_of(proof));
  if (server.state() != peer::ServerHandshake::State::kDone) return;
  require(holds_key);
  peer::Sealer sealer(server.keys().to_server);
  peer::Opener opener(server.keys().to_server);
  while (choices.any_left()) {
    const std::string body = words(choices);
    std::string message = sealer.seal(body);
    const std::string whole = message;
    damage(message, choices);
    opener.add(message);
    const auto opened = opener.next();
    if (!opened || !*opened) return;
    require(message.starts_with(whole) && **opened == body);
    read_as_everything(**opened);
  }
}

}  // namespace

void bench_agent(Input input) {
  Choices choices(input);
  if (choices.below(2) == 0) {
    handshake_and_talk(choices);
    return;
  }
  while (choices.any_left()) {
    std::string text = words(choices);
    damage(text, choices);
    read_as_everything(text);
  }
}

}  // namespace nobounce::fuzz
