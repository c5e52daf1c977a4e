// SPDX-License-Identifier: Apache-2.0
// What other programs are told, and what they tell.
#include "bench/peers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/neper_result.h"
#include "bench/run_log.h"

namespace nobounce::bench {
namespace {

using testing::HasSubstr;

std::string line(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

const PeerRun kRun = {.address = "10.0.0.2",
                      .port = "5001",
                      .seconds = 2,
                      .bytes = 0,
                      .message_bytes = 1000,
                      .sender_file = "/s"};

TEST(Peers, AreFoundByTheirWords) {
  for (const Engine peer : kPeers)
    EXPECT_EQ(peer_named(word_of(peer)), peer);
  EXPECT_FALSE(peer_named("nobounce"));
  EXPECT_EQ(peer_words(), "iperf3, iperf3-zerocopy, neper");
}

TEST(Peers, ZerocopyOfIperf3IsItsOption) {
  EXPECT_THAT(line(commands_of(Engine::kIperf3Zerocopy, kRun).sender),
              HasSubstr("-J --logfile /s -Z"));
  EXPECT_EQ(line(commands_of(Engine::kIperf3Zerocopy, kRun).receiver),
            line(commands_of(Engine::kIperf3, kRun).receiver));
}

TEST(Peers, NeperRunsForATimeAndPrintsToAFile) {
  EXPECT_EQ(line(commands_of(Engine::kNeper, kRun).sender),
            "sh -c exec tcp_stream -c -H 10.0.0.2 --nolog -P 5001 -l 2 >/s");
  EXPECT_FALSE(why_peer_fails(Engine::kNeper, 1));
  EXPECT_THAT(why_peer_fails(Engine::kNeper, 0).value_or(""), HasSubstr("wants bytes"));
  EXPECT_FALSE(why_peer_fails(Engine::kIperf3, 0));
}

TEST(Peers, TakeThePlaceOfTheMatrixOwn) {
  Plan plan;
  plan.matrix_text =
      "seconds = 1\nversus = [\"iperf3\"]\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n";
  EXPECT_EQ(matrix_of(plan)->versus, std::vector<Engine>{Engine::kIperf3});
  plan.versus = {"neper", "iperf3", "neper"};
  EXPECT_EQ(matrix_of(plan)->versus, (std::vector<Engine>{Engine::kNeper, Engine::kIperf3}));
  plan.versus = {"netperf"};
  EXPECT_THAT(to_string(matrix_of(plan).error()), HasSubstr("iperf3, iperf3-zerocopy, neper"));
}

TEST(NeperResult, WhatItCantSayIsNotAvailable) {
  // As tcp_stream -c printed it over loopback, but for most of its options.
  const auto run = figures_of_neper(
      "port=5301\nnum_flows=1\nmagic=42\ntotal_run_time=1\ninvalid_secret_count=0\n"
      "time_start=18038.468210096\nutime_start=0.000000\nutime_end=0.058657\n"
      "stime_start=0.007698\nstime_end=0.255961\nmaxrss_start=2272\nmaxrss_end=2272\n"
      "local_throughput=0\nremote_throughput=7840907670\n");
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_DOUBLE_EQ(run->at("gbit_per_s").get<double>(), 7.84090767);
  EXPECT_EQ(run->at("seconds"), 1.0);
  EXPECT_TRUE(run->at("bytes").contains("not_available"));
  EXPECT_NEAR(run->at("sender").at("cpu_seconds").at("system").get<double>(), 0.248263, 1e-9);
  EXPECT_TRUE(run->at("receiver").at("cpu_seconds").contains("not_available"));
}

TEST(NeperResult, WhatIsNoneIsRefused) {
  EXPECT_THAT(to_string(figures_of_neper("").error()), HasSubstr("no remote_throughput"));
  EXPECT_THAT(to_string(figures_of_neper("remote_throughput=fast\n").error()),
              HasSubstr("no number"));
  EXPECT_FALSE(figures_of_neper(
      "remote_throughput=0\ntotal_run_time=1\nutime_start=0\nutime_end=0\nstime_start=0\n"
      "stime_end=0\n"));
}

}  // namespace
}  // namespace nobounce::bench
