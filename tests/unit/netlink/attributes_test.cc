// SPDX-License-Identifier: Apache-2.0
#include "netlink/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages.h"
#include "netlink/request.h"

namespace nobounce::netlink {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::Optional;

TEST(Attributes, ReadsNumbersTextAndNests) {
  const Bytes bytes =
      join(number<std::uint8_t>(1, 7), number<std::uint16_t>(2, 700),
           number<std::uint32_t>(3, 70000), text(4, "eth0"), nest(5, number<std::uint32_t>(1, 9)));
  const auto attributes = Attributes::parse(bytes);
  ASSERT_TRUE(attributes);
  EXPECT_THAT(attributes->u8(1).value(), Optional(7));
  EXPECT_THAT(attributes->u16(2).value(), Optional(700));
  EXPECT_THAT(attributes->u32(3).value(), Optional(70000U));
  EXPECT_THAT(attributes->text(4).value(), Optional(std::string("eth0")));
  EXPECT_THAT(attributes->nest(5)->u32(1).value(), Optional(9U));
}

TEST(Attributes, AbsentOnesAreEmptyAndNoError) {
  const auto attributes = Attributes::parse({});
  ASSERT_TRUE(attributes);
  EXPECT_FALSE(attributes->has(1));
  EXPECT_EQ(attributes->u32(1).value(), std::nullopt);
  EXPECT_EQ(attributes->text(1).value(), std::nullopt);
  EXPECT_TRUE(attributes->nest(1)->all().empty());
}

TEST(Attributes, TextWithoutItsNulEndsWithItsAttribute) {
  Bytes payload;
  for (const char c : {'l', 'o'})
    append(payload, c);
  const Bytes bytes = attribute(1, payload);
  EXPECT_THAT(Attributes::parse(bytes)->text(1).value(), Optional(std::string("lo")));
}

TEST(Attributes, LastOneMayLackItsPadding) {
  Bytes bytes = number<std::uint8_t>(1, 7);
  bytes.resize(5);
  EXPECT_THAT(Attributes::parse(bytes)->u8(1).value(), Optional(7));
}

TEST(Attributes, LengthsThatDoNotFitAreRefused) {
  struct Case {
    const char* what;
    std::size_t size;
    std::uint16_t claimed;
  };
  for (const Case& bad : {Case{"shorter than its header", 8, 3}, Case{"zero", 8, 0},
                          Case{"one byte past the end", 8, 9}, Case{"far past the end", 8, 0xffff},
                          Case{"half a header", 2, 2}, Case{"one byte", 1, 0}}) {
    Bytes bytes = number<std::uint32_t>(1, 1);
    std::memcpy(bytes.data(), &bad.claimed, sizeof bad.claimed);
    bytes.resize(bad.size);
    const auto attributes = Attributes::parse(bytes);
    ASSERT_FALSE(attributes) << bad.what;
    EXPECT_EQ(attributes.error().code, Code::kProtocol) << bad.what;
  }
}

TEST(Attributes, NumbersOfTheWrongSizeAreRefused) {
  const Bytes bytes = join(number<std::uint8_t>(1, 1), number<std::uint64_t>(2, 1), nest(3, {}));
  const auto attributes = Attributes::parse(bytes);
  ASSERT_TRUE(attributes);
  EXPECT_EQ(attributes->u32(1).error().code, Code::kProtocol);
  EXPECT_EQ(attributes->u32(2).error().code, Code::kProtocol);
  EXPECT_EQ(attributes->u8(3).error().code, Code::kProtocol);
}

TEST(Attributes, NestsAreCheckedLikeMessages) {
  const Bytes bytes = nest(1, Bytes(3, std::byte{0xff}));
  const auto attributes = Attributes::parse(bytes);
  ASSERT_TRUE(attributes);
  EXPECT_EQ(attributes->nest(1).error().code, Code::kProtocol);
}

TEST(Request, WritesWhatAttributesReads) {
  const std::uint32_t fixed_header = 0x01020304;
  Request request(20, 0, bytes_of(fixed_header));
  request.set_sequence(77);
  request.put_u32(1, 5);
  request.put_nest(2, [&] {
    request.put_text(1, "x");
    request.put_flag(2);
    request.put_u8(3, 9);
  });
  ASSERT_TRUE(request.fits());
  const Bytes inside = join(text(1, "x"), attribute(2, {}), number<std::uint8_t>(3, 9));
  const Bytes expected = message(20, NLM_F_REQUEST | NLM_F_ACK, 77, 0,
                                 join(Bytes{std::byte{4}, std::byte{3}, std::byte{2}, std::byte{1}},
                                      number<std::uint32_t>(1, 5), nest(2, inside)));
  EXPECT_TRUE(std::ranges::equal(request.bytes(), expected));
}

TEST(Request, RemembersThatSomethingDidNotFit) {
  const std::uint32_t fixed_header = 0;
  Request request(20, 0, bytes_of(fixed_header));
  request.put_bytes(1, Bytes(Request::kMaxBytes - 100));
  EXPECT_TRUE(request.fits());
  request.put_nest(2, [&] { request.put_bytes(1, Bytes(200)); });
  EXPECT_FALSE(request.fits());
  EXPECT_LE(request.bytes().size(), Request::kMaxBytes);
}

}  // namespace
}  // namespace nobounce::netlink
