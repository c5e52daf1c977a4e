// SPDX-License-Identifier: Apache-2.0
#include "peer/handshake.h"

#include <gtest/gtest.h>

namespace nobounce::peer {
namespace {

using State = ServerHandshake::State;

const Key kSharedKey = *Key::parse(std::string(64, '1'));
const Key kStrangersKey = *Key::parse(std::string(63, '1') + "2");

Nonce nonce(unsigned char first) {
  Nonce value{};
  value[0] = std::byte{first};
  return value;
}

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(Handshake, GivesBothSidesTheSameKeysAndEachDirectionItsOwn) {
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake server(kSharedKey, nonce(2));
  const std::string challenge = server.feed(bytes(client.hello()));
  ASSERT_EQ(challenge.size(), kChallengeBytes);
  const std::string proof = server.feed(bytes(client.answer(bytes(challenge))));
  ASSERT_EQ(server.state(), State::kDone);
  const auto keys = client.accept(bytes(proof));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->to_server, server.keys().to_server);
  EXPECT_EQ(keys->to_client, server.keys().to_client);
  EXPECT_NE(keys->to_server, keys->to_client);
}

TEST(Handshake, ComesInPiecesOfAnySize) {
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake server(kSharedKey, nonce(2));
  std::string challenge;
  for (const char& letter : client.hello())
    challenge += server.feed(std::as_bytes(std::span(&letter, 1)));
  std::string proof;
  for (const char& letter : client.answer(bytes(challenge)))
    proof += server.feed(std::as_bytes(std::span(&letter, 1)));
  EXPECT_TRUE(client.accept(bytes(proof)));
}

TEST(Handshake, AnotherKeyIsRefusedWithoutAWord) {
  ClientHandshake client(kStrangersKey, nonce(1));
  ServerHandshake server(kSharedKey, nonce(2));
  const std::string challenge = server.feed(bytes(client.hello()));
  EXPECT_EQ(server.feed(bytes(client.answer(bytes(challenge)))), "");
  EXPECT_EQ(server.state(), State::kRefused);
  EXPECT_EQ(server.feed(bytes(client.hello())), "") << "it begins anew";
}

TEST(Handshake, ServerWithoutTheKeyIsFoundOut) {
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake server(kSharedKey, nonce(2));
  const std::string challenge = server.feed(bytes(client.hello()));
  const std::string answer = client.answer(bytes(challenge));
  // The best that it has: what the client itself has said.
  EXPECT_EQ(client.accept(bytes(answer)).error().code, Code::kPermission);
  EXPECT_FALSE(client.accept({}));
}

TEST(Handshake, WhatWasSaidOnceIsOfNoUseAgain) {
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake first(kSharedKey, nonce(2));
  const std::string answer = client.answer(bytes(first.feed(bytes(client.hello()))));
  ServerHandshake second(kSharedKey, nonce(3));
  second.feed(bytes(client.hello()));
  EXPECT_EQ(second.feed(bytes(answer)), "");
  EXPECT_EQ(second.state(), State::kRefused);
}

TEST(Handshake, ProofSentBackToTheServerAsItsOwnNonceIsNone) {
  // Two servers with one key, played off against each other.
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake one(kSharedKey, nonce(2));
  const std::string challenge = one.feed(bytes(client.hello()));
  std::string hello = client.hello();
  hello.replace(hello.size() - challenge.size(), challenge.size(), challenge);
  ServerHandshake other(kSharedKey, nonce(4));
  const std::string others = other.feed(bytes(hello));
  EXPECT_EQ(one.feed(bytes(others)), "");
  EXPECT_EQ(one.state(), State::kRefused);
}

TEST(Handshake, OtherProtocolsAreRefusedAtOnce) {
  ServerHandshake server(kSharedKey, nonce(2));
  server.feed(bytes(std::string("GET / HTTP/1.1\r\nHost: somebody.example\r\n\r\n")));
  EXPECT_EQ(server.state(), State::kRefused);
  ServerHandshake another(kSharedKey, nonce(2));
  another.feed(bytes(std::string(kHelloBytes, 'x')));
  EXPECT_EQ(another.state(), State::kRefused);
}

TEST(Handshake, ClientThatDoesNotWaitForTheAnswerIsRefused) {
  ClientHandshake client(kSharedKey, nonce(1));
  ServerHandshake server(kSharedKey, nonce(2));
  EXPECT_EQ(server.feed(bytes(client.hello() + "more")), "");
  EXPECT_EQ(server.state(), State::kRefused);
}

}  // namespace
}  // namespace nobounce::peer
