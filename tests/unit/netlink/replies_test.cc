// SPDX-License-Identifier: Apache-2.0
#include "netlink/replies.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <cerrno>

#include "messages.h"

namespace nobounce::netlink {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::uint32_t kSequence = 5;
constexpr std::uint32_t kPort = 99;
constexpr std::uint16_t kData = 40;

Bytes say(std::uint16_t type, std::uint16_t flags, const Bytes& payload) {
  return message(type, flags, kSequence, kPort, payload);
}

/// NLMSG_ERROR with the header of the refused request, capped or followed by its payload.
Bytes error_with(std::int32_t error, std::uint16_t flags, const Bytes& attributes,
                 const Bytes& echoed = {}) {
  Bytes payload;
  append(payload, error);
  return say(NLMSG_ERROR, flags,
             join(payload, message(kData, 0, kSequence, kPort, echoed), attributes));
}

Bytes ack() {
  return error_with(0, NLM_F_CAPPED, {});
}

Bytes done(std::int32_t error) {
  Bytes payload;
  append(payload, error);
  return say(NLMSG_DONE, NLM_F_MULTI, payload);
}

Replies request() {
  return {kSequence, kPort, false};
}
Replies dump() {
  return {kSequence, kPort, true};
}

TEST(Replies, EndWithTheAcknowledgement) {
  Replies replies = request();
  EXPECT_FALSE(replies.take(say(kData, 0, number<std::uint32_t>(1, 2))).value());
  EXPECT_TRUE(replies.take(ack()).value());
  const auto messages = std::move(replies).messages();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].type, kData);
  EXPECT_EQ(messages[0].payload, (number<std::uint32_t>(1, 2)));
}

TEST(Replies, GatherADumpOverSeveralDatagrams) {
  Replies replies = dump();
  const Bytes one = say(kData, NLM_F_MULTI, Bytes(4));
  EXPECT_FALSE(replies.take(join(one, one)).value());
  EXPECT_FALSE(replies.take(one).value());
  EXPECT_TRUE(replies.take(done(0)).value());
  EXPECT_FALSE(replies.interrupted());
  EXPECT_EQ(std::move(replies).messages().size(), 3U);
}

TEST(Replies, NoticeAnInterruptedDump) {
  Replies replies = dump();
  EXPECT_FALSE(replies.take(say(kData, NLM_F_MULTI | NLM_F_DUMP_INTR, Bytes(4))).value());
  EXPECT_TRUE(replies.take(done(0)).value());
  EXPECT_TRUE(replies.interrupted());
}

TEST(Replies, CarryTheKernelsWords) {
  const Bytes words = text(NLMSGERR_ATTR_MSG, "tcp-data-split is disabled");
  for (const Bytes& datagram :
       {error_with(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, words),
        error_with(-EINVAL, NLM_F_ACK_TLVS, words, number<std::uint32_t>(1, 2))}) {
    const auto taken = request().take(datagram);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().sys_errno, EINVAL);
    EXPECT_EQ(taken.error().cause, "tcp-data-split is disabled");
  }
}

TEST(Replies, NameTheMissingOrRefusedAttribute) {
  const auto missing = request().take(error_with(
      -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, number<std::uint32_t>(NLMSGERR_ATTR_MISS_TYPE, 3)));
  EXPECT_EQ(missing.error().cause, "attribute 3 is missing");
  const auto refused = request().take(error_with(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS,
                                                 number<std::uint32_t>(NLMSGERR_ATTR_OFFS, 24)));
  EXPECT_EQ(refused.error().cause, "the attribute at byte 24 is refused");
}

TEST(Replies, KeepTheErrorWhereItsWordsAreMangled) {
  const auto taken =
      request().take(error_with(-EPERM, NLM_F_CAPPED | NLM_F_ACK_TLVS, Bytes(4, std::byte{0xff})));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().sys_errno, EPERM);
  EXPECT_EQ(taken.error().code, Code::kPermission);
}

TEST(Replies, TakeTheErrorThatEndsADump) {
  Replies replies = dump();
  const auto taken = replies.take(done(-EOPNOTSUPP));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kUnsupported);
}

TEST(Replies, RefuseWhatNoKernelSays) {
  Bytes too_long = ack();
  too_long[0] = std::byte{0xff};
  Bytes too_short = ack();
  too_short[0] = std::byte{15};
  Bytes half = ack();
  half.resize(8);
  // The echoed request claims to be so long that its end would wrap around.
  Bytes wrapping = error_with(-EINVAL, NLM_F_ACK_TLVS, text(NLMSGERR_ATTR_MSG, "x"));
  std::memset(wrapping.data() + 20, 0xff, 4);
  struct Case {
    const char* what;
    Bytes datagram;
    Code code = Code::kProtocol;
  };
  for (const Case& bad :
       {Case{"a message longer than its datagram", too_long},
        Case{"a message shorter than its header", too_short}, Case{"half a header", half},
        Case{"another request's answer", message(kData, 0, kSequence + 1, kPort, {})},
        Case{"another socket's answer", message(kData, 0, kSequence, kPort + 1, {})},
        Case{"an error without its request", say(NLMSG_ERROR, 0, Bytes(4))},
        Case{"a positive error", error_with(5, NLM_F_CAPPED, {})},
        Case{"an error that is no errno", error_with(INT32_MIN, NLM_F_CAPPED, {})},
        Case{"the end of a dump nobody asked for", done(0)},
        Case{"an overrun", say(NLMSG_OVERRUN, 0, {}), Code::kExhausted},
        Case{"an echo that wraps around", wrapping, Code::kInvalidArgument}}) {
    const auto taken = request().take(bad.datagram);
    ASSERT_FALSE(taken) << bad.what;
    EXPECT_EQ(taken.error().code, bad.code) << bad.what;
  }
}

TEST(Replies, HaveABound) {
  Replies replies = dump();
  const Bytes large = say(kData, NLM_F_MULTI, Bytes(Replies::kMaxBytes / 2));
  EXPECT_TRUE(replies.take(large));
  EXPECT_TRUE(replies.take(large));
  const auto taken = replies.take(say(kData, NLM_F_MULTI, Bytes(1)));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kExhausted);
}

TEST(Replies, SkipNoops) {
  Replies replies = request();
  EXPECT_TRUE(replies.take(join(say(NLMSG_NOOP, 0, {}), ack())).value());
}

}  // namespace
}  // namespace nobounce::netlink
