// SPDX-License-Identifier: Apache-2.0
// An agent over loopback, as far as one comes without a NIC: tests/lab/two_hosts.sh goes further.
#include "bench/agent_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/version.h"
#include "bench/remote_end.h"
#include "peer/door.h"
#include "sys/byte_stream.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const peer::Key kKey = *peer::Key::parse(std::string(64, '1'));
constexpr std::chrono::seconds kPatience{20};

class Agent : public testing::Test {
 protected:
  Agent() {
    auto served = std::async(std::launch::async, [this] { return door_.wait_for_holder(); });
    client_.emplace(*peer::Conversation::connect(door_.local(), kKey, -1));
    server_.emplace(*served.get());
    session_.emplace(place_, *server_);
    ended_ = std::async(std::launch::async, [this] { return session_->serve(); });
  }
  ~Agent() override {
    client_.reset();
    ended_.wait();
  }

  Result<json> ask(const AgentRequest& request) { return ask_text(to_text(request)); }
  Result<json> ask_text(const std::string& text) {
    NB_TRY(client_->send(text));
    NB_ASSIGN(const std::string reply, client_->receive(kPatience));
    return parse_agent_reply(reply);
  }
  static AskBegin begin() {
    return {.version = std::string(version()),
            .git_revision = std::string(git_revision()),
            .matrix_text = kMatrixText,
            .matrix_name = "test.toml"};
  }

  peer::Door door_ = *peer::Door::open({"127.0.0.1", 0}, kKey, -1);
  AgentPlace place_;
  std::optional<peer::Conversation> client_;
  std::optional<peer::Conversation> server_;
  std::optional<AgentSession> session_;
  std::future<Error> ended_;
};

TEST_F(Agent, TellsItsTimeBeforeAnythingElse) {
  const auto clock = ask(AskClock{});
  ASSERT_TRUE(clock) << to_string(clock.error());
  EXPECT_LE(clock->at("received_ns"), clock->at("sent_ns"));
}

TEST_F(Agent, DoesNothingForABenchThatWasNotBegun) {
  for (const AgentRequest& request :
       {AgentRequest(AskSetUp{0}), AgentRequest(AskReceive{0}), AgentRequest(AskSend{0}),
        AgentRequest(AskOrder{}), AgentRequest(AskFinish{}), AgentRequest(AskStop{})}) {
    EXPECT_THAT(to_string(ask(request).error()), HasSubstr("not begun"));
  }
  const AskMeet meet{.nics = {{.name = {}, .v4 = "127.0.0.1", .v6 = {}}}};
  EXPECT_THAT(to_string(ask(meet).error()), HasSubstr("no bench was begun"));
}

TEST_F(Agent, IsTheSameNobounceOrNone) {
  AskBegin other = begin();
  other.git_revision = "another";
  EXPECT_EQ(ask(other).error().code, Code::kMismatch);
}

TEST_F(Agent, NamesTheMistakeInAMatrix) {
  AskBegin wrong = begin();
  wrong.matrix_text = "name = 7";
  EXPECT_THAT(to_string(ask(wrong).error()), HasSubstr("test.toml, line 1"));
}

TEST_F(Agent, HasNoBenchOnLoopback) {
  EXPECT_THAT(to_string(ask(begin()).error()), HasSubstr("loopback is no NIC"));
}

TEST_F(Agent, EndsWithWhoSpeaksAnotherLanguage) {
  EXPECT_EQ(ask_text(R"({"ask":"run","command":["sh"]})").error().code, Code::kProtocol);
  EXPECT_EQ(ended_.get().code, Code::kProtocol);
  ended_ = std::async([] { return Error{}; });
}

TEST_F(Agent, EndsWithWhoGoes) {
  client_.reset();
  EXPECT_EQ(ended_.get().code, Code::kPeerClosed);
  ended_ = std::async([] { return Error{}; });
}

TEST_F(Agent, RefusesMessagesThatTheKeyDidNotSeal) {
  // As somebody in between would, who has the connection and not the key.
  const auto socket = door_.local();
  auto served = std::async(std::launch::async, [this] { return door_.wait_for_holder(); });
  auto client = peer::Conversation::connect(socket, kKey, -1);
  auto server = served.get();
  ASSERT_TRUE(client && server);
  AgentSession session(place_, *server);
  auto ended = std::async(std::launch::async, [&] { return session.serve(); });
  const int raw = client->connection().fd();
  ASSERT_TRUE(sys::write_all(raw, std::string("\0\0\0\2{}", 6) + std::string(32, 'x'), "a socket"));
  EXPECT_EQ(ended.get().code, Code::kProtocol);
}

}  // namespace
}  // namespace nobounce::bench
