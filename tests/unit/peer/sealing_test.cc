// SPDX-License-Identifier: Apache-2.0
#include "peer/sealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nobounce::peer {
namespace {

using testing::HasSubstr;

Digest digest(unsigned char first) {
  Digest value{};
  value[0] = std::byte{first};
  return value;
}

class Sealing : public testing::Test {
 protected:
  Sealer sealer_{digest(1)};
  Opener opener_{digest(1)};
};

TEST_F(Sealing, MessagesComeOutAsTheyWentInAlsoTheEmptyOne) {
  for (const std::string& body :
       {std::string("one"), std::string(), std::string(kMaxBodyBytes, 'x')}) {
    opener_.add(sealer_.seal(body));
    const auto opened = opener_.next();
    ASSERT_TRUE(opened) << to_string(opened.error());
    EXPECT_EQ(opened->value(), body);
  }
  EXPECT_FALSE(opener_.next()->has_value());
  EXPECT_TRUE(opener_.is_between_messages());
}

TEST_F(Sealing, MessagesComeInPiecesOfAnySizeAndSeveralAtOnce) {
  std::string both = sealer_.seal("one");
  both += sealer_.seal("two");
  std::vector<std::string> opened;
  for (const char& letter : both) {
    opener_.add({&letter, 1});
    if (const auto next = opener_.next().value()) opened.push_back(*next);
  }
  EXPECT_THAT(opened, testing::ElementsAre("one", "two"));
}

TEST_F(Sealing, ChangeOfAnyByteIsFoundOut) {
  const std::string message = Sealer(digest(1)).seal("the body");
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string changed = message;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    Opener opener(digest(1));
    opener.add(changed);
    // A longer length is waited for, until there is enough to see that it was none.
    opener.add(std::string(i < 4 ? std::size_t{1} << 25 : 0, 'x'));
    EXPECT_FALSE(opener.next()) << "byte " << i;
  }
}

TEST_F(Sealing, RepeatedMessageIsRefused) {
  const std::string message = sealer_.seal("set it");
  opener_.add(message);
  ASSERT_TRUE(opener_.next());
  opener_.add(message);
  const auto again = opener_.next();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kProtocol);
}

TEST_F(Sealing, MessagesOutOfOrderOrLeftOutAreRefused) {
  const std::string first = sealer_.seal("one");
  const std::string second = sealer_.seal("two");
  opener_.add(second + first);
  EXPECT_FALSE(opener_.next());
  EXPECT_FALSE(opener_.next()) << "it goes on after a breach";
}

TEST_F(Sealing, MessageOfTheOtherDirectionIsRefused) {
  opener_.add(Sealer(digest(2)).seal("one"));
  EXPECT_FALSE(opener_.next());
}

TEST_F(Sealing, LengthBeyondTheBoundIsRefusedBeforeAnythingIsWaitedFor) {
  opener_.add(std::string("\xff\xff\xff\xff", 4));
  const auto opened = opener_.next();
  ASSERT_FALSE(opened);
  EXPECT_THAT(to_string(opened.error()), HasSubstr("4294967295 bytes"));
}

TEST_F(Sealing, TruncatedMessageIsNoneYet) {
  const std::string message = sealer_.seal("the body");
  opener_.add(message.substr(0, message.size() - 1));
  EXPECT_FALSE(opener_.next()->has_value());
  EXPECT_FALSE(opener_.is_between_messages());
}

}  // namespace
}  // namespace nobounce::peer
