// SPDX-License-Identifier: Apache-2.0
#include "measure/probe_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/copy_probes.h"

namespace nobounce::measure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// As Linux writes it.
constexpr const char* kHistogram =
    "# event histogram\n"
    "#\n"
    "# trigger info: hist:keys=common_cpu:vals=hitcount,bytes:sort=hitcount:size=2048 if bytes > 0 "
    "[active]\n"
    "#\n"
    "\n"
    "{ common_cpu:          1 } hitcount:          3  bytes:       4096\n"
    "{ common_cpu:         12 } hitcount:         16  bytes:   64000000\n"
    "\n"
    "Totals:\n"
    "    Hits: 19\n"
    "    Entries: 2\n"
    "    Dropped: 0\n";

TEST(ProbeHistogram, HasBytesByCpu) {
  const auto bytes = parse_probe_histogram(kHistogram);
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  EXPECT_THAT(*bytes, ElementsAre(Pair(1, 4096), Pair(12, 64000000)));
  EXPECT_TRUE(parse_probe_histogram("# event histogram\n\nTotals:\n    Dropped: 0\n")->empty());
}

TEST(ProbeHistogram, ThatDroppedHitsIsNone) {
  std::string text = kHistogram;
  text.replace(text.find("Dropped: 0"), 10, "Dropped: 7");
  const auto bytes = parse_probe_histogram(text);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kExhausted);
}

TEST(ProbeHistogram, OfAnotherFormIsRefused) {
  for (const char* text : {"{ common_cpu: x } hitcount: 1  bytes: 1\n", "{ 1 }\n",
                           "{ common_cpu: 1 } hitcount: 3\n", "    Dropped: many\n"})
    EXPECT_FALSE(parse_probe_histogram(text)) << text;
}

TEST(ProbeMisses, AreThoseOfTheTag) {
  constexpr const char* kProfile =
      "  received_9_81                                           19               0\n"
      "  sent_9_8                                                 4               2\n"
      "  received_9_8                                            19               1\n";
  EXPECT_EQ(*parse_probe_misses(kProfile, "_9_8"), 3u);
  EXPECT_EQ(*parse_probe_misses("", "_9_8"), 0u);
  EXPECT_FALSE(parse_probe_misses("  sent_9_8 4\n", "_9_8"));
  EXPECT_FALSE(parse_probe_misses("  sent_9_8 4 x\n", "_9_8"));
}

TEST(ProbedCopies, AreWhatWasNotTakenByReference) {
  ProbeReading before;
  before.bytes[0] = {{0, 100}};
  ProbeReading after;
  after.bytes[0] = {{0, 1100}, {1, 500}};  // Received.
  after.bytes[1] = {{1, 9000}};            // Sent …
  after.bytes[2] = {{1, 8000}};            // … of that without a copy.
  const auto copies = copies_between(before, after);
  ASSERT_TRUE(copies.is_available());
  EXPECT_EQ(copies.value().source, "kernel probes of TCP");
  EXPECT_EQ(copies.value().user_bytes, 1000u + 500u + 1000u);
  EXPECT_EQ(user_bytes_of(copies.value(), {0}), 1000u);
  EXPECT_EQ(user_bytes_of(copies.value(), {1}), 1500u);
  EXPECT_FALSE(copies.value().other_bytes.is_available());
  ASSERT_EQ(copies.value().routines.size(), 3u);
  EXPECT_EQ(copies.value().routines[0].name, "skb_copy_datagram_iter");
  EXPECT_TRUE(copies.value().routines[0].is_user);
  EXPECT_FALSE(copies.value().routines[2].is_user);
}

TEST(ProbedCopies, OfACpuAreNeverLessThanNone) {
  ProbeReading after;
  after.bytes[1] = {{0, 100}};
  after.bytes[2] = {{1, 100}};
  const auto copies = copies_between({}, after);
  EXPECT_EQ(copies.value().user_bytes, 0u);
  EXPECT_EQ(user_bytes_of(copies.value(), {1}), 0u);
}

TEST(ProbedCopies, AreMissingWhereHitsWere) {
  ProbeReading after;
  after.missed = 2;
  const auto copies = copies_between({}, after);
  ASSERT_FALSE(copies.is_available());
  EXPECT_THAT(copies.missing_probe(), HasSubstr("missed 2"));
}

TEST(CopyProbes, OfDeadProcessesAreFoundByTheirNames) {
  constexpr const char* kEvents =
      "p:nobounce/received_9_10 skb_copy_datagram_iter bytes=$arg4:s32\n"
      "r512:nobounce/sent_9_11 tcp_sendmsg_locked bytes=$retval:s32\n"
      "p:nobounce/received_8_12 skb_copy_datagram_iter bytes=$arg4:s32\n"
      "p:kprobes/received_9_13 other\n"
      "p:nobounce/received_9_x other\n"
      "p:nobounce/received_9_14";
  const auto dead = left_behind(kEvents, 9, [](std::uint32_t pid) { return pid == 11; });
  EXPECT_THAT(dead, ElementsAre("received_9_10", "received_9_14"));
}

}  // namespace
}  // namespace nobounce::measure
