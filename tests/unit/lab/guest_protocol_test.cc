// SPDX-License-Identifier: Apache-2.0
// What host and agent say to each other: it arrives as it was said, and nothing else is taken.
#include "lab/guest_protocol.h"

#include <gtest/gtest.h>

#include "lab/line_splitter.h"

namespace nobounce::lab {
namespace {

TEST(GuestProtocol, RequestsArriveAsTheyWereMade) {
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte)
    every_byte += static_cast<char>(byte);
  const std::vector<std::string> command = {"a b", "Größe", every_byte, ""};
  const auto plain = decode_request(
      encode(GuestRequest{.command = command, .hosts = "abc", .nics = 3, .mtu = 9000}));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->command, command);
  EXPECT_EQ(plain->end, CommandEnd::kByItself);
  EXPECT_EQ(plain->hosts, "abc");
  EXPECT_EQ(plain->nics, 3u);
  EXPECT_EQ(plain->mtu, 9000);
  EXPECT_FALSE(plain->terminal);

  const auto shell = decode_request(encode(GuestRequest{
      .command = {"bash"},
      .terminal = RequestedTerminal{.type = "x\xff", .size = {.rows = 33, .columns = 101}}}));
  ASSERT_TRUE(shell && shell->terminal);
  EXPECT_EQ(shell->terminal->type, "x\xff");
  EXPECT_EQ(shell->terminal->size, (sys::TerminalSize{.rows = 33, .columns = 101}));

  // A guest that ends by order may have nothing to do until then.
  const GuestRequest nothing{.command = {}, .end = CommandEnd::kByOrder};
  const auto idle = decode_request(encode(nothing));
  ASSERT_TRUE(idle.has_value());
  EXPECT_EQ(idle->end, CommandEnd::kByOrder);
  EXPECT_TRUE(idle->command.empty());
}

TEST(GuestProtocol, MalformedRequestsAreErrors) {
  const std::string rest = R"("by_order":false,"hosts":"ab","nics":2,"mtu":4148,"share":false)";
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), R"({"command":[],)" + rest + "}",
        R"({"command":[1],)" + rest + "}", R"({"command":["\u2014"],)" + rest + "}",
        std::string(R"({"command":["a"],"by_order":false,"hosts":"ab","nics":"2","mtu":4148,)"
                    R"("share":false})"),
        std::string(R"({"command":["a"],"hosts":"ab","nics":2,"mtu":4148,"share":false})"),
        std::string(R"({"command":["a"],"by_order":false,"nics":2,"mtu":4148,"share":false})"),
        std::string(R"({"command":["a"],"by_order":false,"hosts":"ab","nics":2,"mtu":65536,)"
                    R"("share":false})"),
        R"({"command":["a"],"terminal":1,)" + rest + "}",
        R"({"command":["a"],"terminal":{"type":"x","rows":70000,"columns":1},)" + rest + "}",
        R"({"command":["a"],"terminal":{"type":"\u2014","rows":1,"columns":1},)" + rest + "}"}) {
    const auto request = decode_request(text);
    ASSERT_FALSE(request.has_value()) << text;
    EXPECT_EQ(request.error().code, Code::kProtocol) << text;
  }
}

TEST(GuestProtocol, EventsArriveAsTheyWereSent) {
  const auto ended = decode_event(encode(GuestEvent(CommandEnded{.status = 130})));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(std::get<CommandEnded>(*ended).status, 130);
  const KernelProfile profile{.instructions = 1000,
                              .functions = {{.name = "third [gve]", .instructions = 600}}};
  const auto told = decode_event(encode(GuestEvent(GuestProfile{.profile = profile})));
  ASSERT_TRUE(told && std::holds_alternative<GuestProfile>(*told));
  const KernelProfile& arrived = std::get<GuestProfile>(*told).profile;
  EXPECT_EQ(arrived.instructions, 1000u);
  ASSERT_EQ(arrived.functions.size(), 1u);
  EXPECT_EQ(arrived.functions[0].name, "third [gve]");
  EXPECT_EQ(arrived.functions[0].instructions, 600u);
  const auto ready = decode_event(encode(GuestEvent(GuestReady{})));
  EXPECT_TRUE(ready && std::holds_alternative<GuestReady>(*ready));
}

TEST(GuestProtocol, MalformedEventsAreErrors) {
  for (const char* line :
       {"", "x", "[]", "{}", R"({"event":"other"})", R"({"event":"command_ended"})",
        R"({"event":"command_ended","status":256})",
        R"({"event":"command_ended","status":4294967296})",
        R"({"event":"command_ended","status":"0"})", R"({"event":"kernel_record","level":1})",
        R"({"event":"failed","message":1})", R"({"event":"profile","instructions":1})",
        R"({"event":"profile","instructions":-1,"functions":[]})",
        R"({"event":"profile","instructions":1,"functions":[1]})",
        R"({"event":"profile","instructions":1,"functions":[{"name":"f","instructions":"1"}]})"}) {
    const auto event = decode_event(line);
    ASSERT_FALSE(event.has_value()) << line;
    EXPECT_EQ(event.error().code, Code::kProtocol) << line;
  }
}

TEST(GuestProtocol, OrdersArriveAsTheyWereGiven) {
  const auto start = decode_order(encode(GuestOrder(StartCommand{})));
  EXPECT_TRUE(start && std::holds_alternative<StartCommand>(*start));
  const auto stop = decode_order(encode(GuestOrder(StopCommand{})));
  EXPECT_TRUE(stop && std::holds_alternative<StopCommand>(*stop));
  const auto resize =
      decode_order(encode(GuestOrder(ResizeTerminal{.size = {.rows = 1, .columns = 65535}})));
  ASSERT_TRUE(resize.has_value());
  EXPECT_EQ(std::get<ResizeTerminal>(*resize).size.columns, 65535);
  for (const char* line : {"", "[]", "{}", R"({"order":"other"})", R"({"order":"resize","rows":1})",
                           R"({"order":"resize","rows":-1,"columns":1})"}) {
    const auto order = decode_order(line);
    ASSERT_FALSE(order.has_value()) << line;
    EXPECT_EQ(order.error().code, Code::kProtocol) << line;
  }
}

TEST(LineSplitter, LinesAreWholeHoweverTheyCome) {
  LineSplitter lines("a line");
  std::string seen;
  const auto take = [&seen](std::string_view line) -> Status {
    seen.append(line).append("|");
    return {};
  };
  for (const char* piece : {"on", "e\ntwo\n", "", "\nthr"})
    ASSERT_TRUE(lines.split(piece, take));
  EXPECT_EQ(seen, "one|two||");
}

TEST(LineSplitter, ALineHasABound) {
  LineSplitter lines("a line");
  const auto take = [](std::string_view) -> Status { return {}; };
  const std::string half(LineSplitter::kLongestLine / 2 + 1, 'x');
  ASSERT_TRUE(lines.split(half, take));
  const auto over = lines.split(half, take);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, Code::kProtocol);
}

}  // namespace
}  // namespace nobounce::lab
