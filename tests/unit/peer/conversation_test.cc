// SPDX-License-Identifier: Apache-2.0
// Door and Conversation over loopback.
#include "peer/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "peer/door.h"
#include "sys/byte_stream.h"
#include "sys/readiness.h"

namespace nobounce::peer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

const Key kKey = *Key::parse(std::string(64, '1'));
const Key kOtherKey = *Key::parse(std::string(64, '2'));
constexpr seconds kPatience{20};

class PeerDoor : public testing::Test {
 protected:
  /// Whoever comes next with the key, while somebody knocks.
  std::future<Result<Conversation>> wait() {
    return std::async(std::launch::async, [this] { return door_.wait_for_holder(); });
  }
  Result<sys::ControlConnection> knock() {
    return sys::ControlConnection::connect(door_.local(), steady_clock::now() + kPatience, -1);
  }
  Result<Conversation> come_in(const Key& key) {
    return Conversation::connect(door_.local(), key, -1);
  }

  sys::FdPair stop_ = *sys::make_pipe();
  Door door_ = *Door::open({"127.0.0.1", 0}, kKey, stop_.first.get());
};

TEST_F(PeerDoor, LetsInWhoHoldsTheKeyAndBothAreHeard) {
  auto server = wait();
  auto client = come_in(kKey);
  ASSERT_TRUE(client) << to_string(client.error());
  auto served = server.get();
  ASSERT_TRUE(served);
  const std::string long_words(kMaxBodyBytes, 'x');
  auto heard = std::async(std::launch::async, [&] { return served->receive(kPatience); });
  ASSERT_TRUE(client->send(long_words));
  EXPECT_EQ(heard.get().value(), long_words);
  ASSERT_TRUE(served->send("well"));
  EXPECT_EQ(client->receive(kPatience).value(), "well");
}

TEST_F(PeerDoor, KeepsWhoHasAnotherKeyWaitingAndNobodyElse) {
  auto server = wait();
  const auto begun = steady_clock::now();
  auto stranger = std::async(std::launch::async, [this] { return come_in(kOtherKey); });
  const auto mute = knock();
  auto client = come_in(kKey);
  ASSERT_TRUE(client) << to_string(client.error());
  auto served = server.get();
  ASSERT_TRUE(served);
  // The door is served again, or the stranger would wait for longer than it has patience.
  auto next = wait();
  const auto refused = stranger.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermission);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("--key-file"));
  EXPECT_GE(steady_clock::now() - begun, Door::kRefusalDelay);
  ASSERT_TRUE(sys::write_all(stop_.second.get(), "x", "a pipe"));
  EXPECT_EQ(next.get().error().code, Code::kInterrupted);
  EXPECT_EQ(door_.refused(), 1u);
}

TEST_F(PeerDoor, CrowdBeforeItDoesNotKeepTheHolderOut) {
  std::vector<sys::ControlConnection> crowd;
  auto server = wait();
  for (std::size_t i = 0; i < 2 * Door::kMostWaiting; ++i) {
    auto one = knock();
    ASSERT_TRUE(one);
    crowd.push_back(std::move(*one));
  }
  EXPECT_TRUE(come_in(kKey));
  EXPECT_TRUE(server.get());
}

TEST_F(PeerDoor, ServerThatDoesNotHoldTheKeyIsNotSpokenWith) {
  // One that takes any proof and makes up its own.
  auto listener = sys::ControlListener::open({"127.0.0.1", 0}, -1);
  ASSERT_TRUE(listener);
  auto false_server = std::async(std::launch::async, [&] {
    std::array<pollfd, 1> comes = {{{.fd = listener->fd(), .events = POLLIN, .revents = 0}}};
    EXPECT_TRUE(sys::wait_ready(comes, kPatience));
    auto socket = listener->accept().value();
    std::array<char, 256> room;
    const auto deadline = steady_clock::now() + kPatience;
    EXPECT_TRUE(socket->receive_some(room, deadline));
    EXPECT_TRUE(socket->send_all(std::string(kChallengeBytes, 'c'), deadline));
    EXPECT_TRUE(socket->receive_some(room, deadline));
    EXPECT_TRUE(socket->send_all(std::string(kProofBytes, 'p'), deadline));
    // Until the client has gone.
    EXPECT_FALSE(socket->receive_some(room, deadline));
  });
  const auto client = Conversation::connect(listener->local(), kKey, -1);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::kPermission);
  EXPECT_THAT(to_string(client.error()), HasSubstr("does not hold the key"));
}

TEST_F(PeerDoor, PeerThatGoesOrIsSilentIsTold) {
  auto server = wait();
  auto client = come_in(kKey);
  auto served = server.get();
  ASSERT_TRUE(client && served);
  EXPECT_EQ(client->receive(milliseconds(20)).error().code, Code::kTimeout);
  {
    const Conversation gone = std::move(*served);
  }
  EXPECT_EQ(client->receive(kPatience).error().code, Code::kPeerClosed);
}

TEST_F(PeerDoor, NobodyThereIsToldWithWhatToLookAt) {
  auto listener = sys::ControlListener::open({"127.0.0.1", 0}, -1);
  const sys::Endpoint nowhere = listener->local();
  listener = fail({.code = Code::kIo});
  const auto client = Conversation::connect(nowhere, kKey, -1);
  ASSERT_FALSE(client);
  EXPECT_THAT(to_string(client.error()), HasSubstr("bench --agent runs there"));
}

}  // namespace
}  // namespace nobounce::peer
