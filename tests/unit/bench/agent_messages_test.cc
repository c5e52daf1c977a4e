// SPDX-License-Identifier: Apache-2.0
#include "bench/agent_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/matrix_file.h"
#include "peer/sealing.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (; times > 0; --times)
    all += text;
  return all;
}

TEST(AgentRequest, IsReadAsItWasWritten) {
  const AgentRequest requests[] = {
      AskBegin{
          .version = "1", .git_revision = "a", .matrix_text = "[axes]\n\"", .matrix_name = "m"},
      AskBegin{.version = "1",
               .git_revision = "a",
               .matrix_text = {},
               .matrix_name = "m",
               .versus = {"neper", "iperf3"}},
      AskMeet{.nics = {{.name = {}, .v4 = "10.0.0.1", .v6 = "fd00::1"},
                       {.name = {}, .v4 = {}, .v6 = "fd00:1::1"}},
              .huge_page_bytes = 1 << 21},
      AskResult{.is_sent = true, .index = 3},
      AskClock{},
      AskSetUp{.cell = 0},
      AskReceive{.cell = kMostCells - 1, .is_traced = true},
      AskSend{.cell = 1},
      AskOrder{},
      AskFinish{},
      AskStop{}};
  for (const AgentRequest& request : requests) {
    const auto read = parse_agent_request(to_text(request));
    ASSERT_TRUE(read) << to_text(request) << ": " << to_string(read.error());
    EXPECT_TRUE(*read == request) << to_text(request);
  }
}

TEST(AgentRequest, IsNothingElse) {
  const std::string begin =
      R"({"ask":"begin","version":"1","git_revision":"a","versus":[],"matrix":"",)"
      R"("matrix_name":"m")";
  EXPECT_TRUE(parse_agent_request(begin + "}"));
  for (const std::string& text : {
           std::string(),
           std::string("[]"),
           std::string("{}"),
           std::string(R"({"ask":"clock")"),
           std::string(R"({"ask":"clock"} )") + "x",
           std::string(R"({"ask":"run","command":["sh"]})"),
           std::string(R"({"ask":"clock","command":"sh"})"),
           std::string(R"({"ask":7})"),
           std::string(R"({"ask":"receive","traced":true})"),
           std::string(R"({"ask":"receive","cell":1})"),
           std::string(R"({"ask":"receive","cell":1,"traced":1})"),
           std::string(R"({"ask":"receive","traced":true,"cell":-1})"),
           std::string(R"({"ask":"receive","traced":true,"cell":1.5})"),
           std::string(R"({"ask":"receive","traced":true,"cell":"1"})"),
           std::string(R"({"ask":"receive","traced":true,"cell":4096})"),
           std::string(R"({"ask":"receive","traced":true,"cell":18446744073709551616})"),
           begin + R"(,"nic":"eth0"})",
           begin + R"(,"version":1})",
           begin.substr(0, begin.size() - 2) + R"(\u001b"})",
           std::string(R"({"ask":"begin"})"),
           begin + R"(,"versus":["sh"]})",
           begin + R"(,"versus":[1]})",
           std::string(R"({"ask":"meet"})"),
           std::string(R"({"ask":"meet","nics":[{"v4":"10.0.0.1"}]})"),
           std::string(R"({"ask":"result","index":1})"),
           std::string(R"({"ask":"result","index":1000,"sent":true})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":{"v4":"10.0.0.1"}})"),
           std::string(
               R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":"10.0.0.1","name":"eth0"}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":"fd00::1"}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":"host.example"}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":"10.0.0.1 -X"}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v6":"FD00::1"}]})"),
           std::string(R"({"ask":"meet","huge_page_bytes":0,"nics":[{"v4":7}]})"),
           R"({"ask":"meet","huge_page_bytes":0,"nics":[)" + repeated(R"({"v4":"10.0.0.1"},)", 4) +
               R"({"v4":"10.0.0.1"}]})",
       }) {
    const auto read = parse_agent_request(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::kProtocol) << text;
  }
}

TEST(AgentRequest, HasBounds) {
  AskBegin begin{.version = "1", .git_revision = "a", .matrix_text = {}, .matrix_name = "m"};
  begin.matrix_text.assign(kMostMatrixBytes, 'x');
  EXPECT_TRUE(parse_agent_request(to_text(begin)));
  begin.matrix_text += 'x';
  EXPECT_FALSE(parse_agent_request(to_text(begin)));
  EXPECT_THAT(to_string(parse_agent_request(std::string(1 << 20, '[')).error()),
              HasSubstr("nested too deep"));
}

TEST(AgentReply, IsTheObjectOrTheError) {
  const json figures = {{"seconds", 1.5}, {"said", "\xff not UTF-8"}};
  EXPECT_EQ(parse_agent_reply(reply_text(figures))->at("seconds"), 1.5);
  EXPECT_TRUE(parse_agent_reply(reply_text(json()))->is_null());
  const auto refused = parse_agent_reply(reply_text(
      fail({.code = Code::kBusy, .operation = "bench on", .object = "eth0", .cause = "no"})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBusy);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("bench on eth0: no"));
}

TEST(AgentReply, IsCutToWhatAMessageHolds) {
  const std::string text = reply_text(json(std::string(peer::kMaxBodyBytes, 'x')));
  EXPECT_LE(text.size(), peer::kMaxBodyBytes);
  EXPECT_EQ(parse_agent_reply(text).error().code, Code::kExhausted);
  // A program's last words, in no character set.
  const auto long_words =
      parse_agent_reply(reply_text(fail({.code = Code::kIo,
                                         .operation = "run",
                                         .object = {},
                                         .cause = std::string(99'999, '\xff')})));
  EXPECT_EQ(long_words.error().code, Code::kIo) << to_string(long_words.error());
}

TEST(AgentReply, IsNothingElse) {
  for (const char* text : {"", "7", "{}", R"({"done":1,"error":1})", R"({"error":{"code":"io"}})",
                           R"({"error":{"code":"io","message":7}})",
                           R"({"error":{"code":"io","message":"m","x":1}})", R"({"error":"io"})"}) {
    const auto reply = parse_agent_reply(text);
    ASSERT_FALSE(reply) << text;
    EXPECT_EQ(reply.error().code, Code::kProtocol) << text;
  }
  EXPECT_FALSE(
      parse_agent_reply("{\"done\":" + std::string(100, '[') + std::string(100, ']') + "}"));
}

}  // namespace
}  // namespace nobounce::bench
