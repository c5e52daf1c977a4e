// SPDX-License-Identifier: Apache-2.0
// An order is changed by what enough pairs of runs have shown, and by nothing else.
#include "bench/recommendation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/bench_profile.h"
#include "bench/model.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// Two settings; the receiver's path alone differs. Cells: 0 copy, 1 zcrx, 2 devmem; 3, 4, 5.
constexpr const char* kReceivers =
    "name = \"receivers\"\nseconds = 1\nversus = []\n[axes]\ntx-path = [\"copy\"]\n"
    "rx-path = [\"copy\", \"zcrx\", \"devmem\"]\ngro = [\"sw\", \"hw\"]\ncpus = [1]\n";

Plan plan_of(const char* matrix) {
  Plan plan{.matrix_text = matrix,
            .matrix_name = "m.toml",
            .seed = 7,
            .begun = "2026-11-29T01:00:00Z",
            .matrix = {}};
  plan.matrix = parse_matrix(matrix, "m.toml").value();
  return plan;
}

json session() {
  json line = a_log().front();
  line.update({{"host_id", "00ff"}, {"nic_driver", "gve"}});
  return line;
}

/// Every cell ran `rounds` times, at the rate that `gbit_per_s` has for it.
json model_with(const char* matrix, int rounds, const std::vector<double>& gbit_per_s) {
  std::vector<json> lines = {session(), a_log().back()};
  for (int round = 1; round <= rounds; ++round) {
    const double wobble = 1 + 0.01 * (round % 3);
    for (std::size_t cell = 0; cell < gbit_per_s.size(); ++cell)
      lines.push_back(a_run(cell, round, gbit_per_s[cell] * wobble, 0.5, 0.5));
  }
  return model_of(plan_of(matrix), lines);
}

json receive_of(const json& model) {
  return model.at("recommendation").at("receive");
}

TEST(Recommendation, WhatReturnsMoreGoesFirst) {
  const json model = model_with(kReceivers, 10, {4, 8, 2, 5, 9, 3});
  const json found = receive_of(model);
  EXPECT_THAT(found.at("order"), ElementsAre("zcrx", "mmap", "copy", "devmem"));
  EXPECT_EQ(found.at("changes"), true);
  EXPECT_THAT(found.at("reasons")[0].get<std::string>(), HasSubstr("devmem behind zcrx: 0.0"));
  EXPECT_THAT(found.at("reasons")[0].get<std::string>(),
              HasSubstr("20 pairs of runs in 2 settings"));
  EXPECT_EQ(found.at("reasons").back(), "mmap was not measured");
  // All sent by copy: nothing is known of the other paths.
  EXPECT_THAT(model.at("recommendation").at("send").at("not_available").get<std::string>(),
              HasSubstr("two paths"));
}

TEST(Recommendation, FewPairsAreNoClaim) {
  const json found = receive_of(model_with(kReceivers, 5, {4, 8, 2, 4, 8, 2}));
  EXPECT_FALSE(found.contains("order"));
  EXPECT_THAT(found.at("not_available").get<std::string>(), HasSubstr("the most are 10"));
}

TEST(Recommendation, WhatIsNotShownLeavesTheOrder) {
  // Now one is ahead, now the other.
  std::vector<json> lines = {session()};
  for (int round = 1; round <= 20; ++round) {
    for (std::size_t cell = 0; cell < 6; ++cell)
      lines.push_back(
          a_run(cell, round, round % 2 == static_cast<int>(cell % 2) ? 4 : 5, 0.5, 0.5));
  }
  const json found = receive_of(model_of(plan_of(kReceivers), lines));
  EXPECT_THAT(found.at("order"), ElementsAre("devmem", "zcrx", "mmap", "copy"));
  EXPECT_EQ(found.at("changes"), false);
  EXPECT_THAT(found.at("reasons").dump(), HasSubstr("no difference shown"));
}

TEST(Recommendation, ASettingThatSaysTheOppositeForbidsIt) {
  // Two settings of three outweigh the one, and yet it forbids it.
  std::string three = kReceivers;
  three.replace(three.find("[\"sw\", \"hw\"]"), 12, "[\"off\", \"sw\", \"hw\"]");
  const json found = receive_of(model_with(three.c_str(), 15, {4, 9, 8, 4, 9, 8, 4, 7, 8}));
  EXPECT_THAT(found.at("reasons").dump(), HasSubstr("depends on the setting"));
  EXPECT_THAT(found.at("order"), ElementsAre("devmem", "zcrx", "mmap", "copy"));
}

TEST(Recommendation, BothEndsTogetherAreSaidToBe) {
  const json model = model_with(
      "name = \"pairs\"\nseconds = 1\nversus = []\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" "
      "}, { tx = "
      "\"send_zc\", rx = \"zcrx\" }]\ncpus = [1]\n",
      20, {8, 4});
  for (const char* direction : {"receive", "send"}) {
    const json& found = model.at("recommendation").at(direction);
    EXPECT_EQ(found.at("changes"), true);
    EXPECT_THAT(found.at("reasons").dump(), HasSubstr("both ends' paths differ: send_zc → zcrx"));
  }
  EXPECT_THAT(model.at("recommendation").at("send").at("order"),
              ElementsAre("devmem", "zerocopy", "copy", "send_zc"));
}

TEST(Recommendation, NothingFromAnOversubscribedMachine) {
  std::vector<json> lines = {session(), a_log().back()};
  lines[1]["host"]["cpus"] = 1;
  for (int round = 1; round <= 20; ++round) {
    for (std::size_t cell = 0; cell < 6; ++cell)
      lines.push_back(a_run(cell, round, 1 + static_cast<double>(cell), 0.5, 0.5));
  }
  const json found = receive_of(model_of(plan_of(kReceivers), lines));
  EXPECT_THAT(found.at("not_available").get<std::string>(), HasSubstr("oversubscribed"));
}

TEST(BenchProfile, SpeaksOfTheMachineThatWasMeasured) {
  const auto profile = profile_of(model_with(kReceivers, 10, {4, 8, 2, 5, 9, 3}));
  ASSERT_TRUE(profile) << to_string(profile.error());
  EXPECT_EQ(profile->subject, (host::ProfileSubject{"00ff", "7.3.4", "gve"}));
  EXPECT_EQ(profile->measured, "2026-11-29T01:00:00Z");
  ASSERT_TRUE(profile->receive);
  EXPECT_EQ(profile->receive->order.front(), path::Path::kZcrx);
  EXPECT_FALSE(profile->send);
  // What is written is what is read.
  const auto read = host::parse_profile(host::to_json(*profile).dump());
  ASSERT_TRUE(read) << to_string(read.error());
}

TEST(BenchProfile, NoneOfAFirstLookNorOfAnUnknownMachine) {
  const auto first = profile_of(model_with(kReceivers, 3, {4, 8, 2, 5, 9, 3}));
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().cause, HasSubstr("claim"));
  json model = model_with(kReceivers, 10, {4, 8, 2, 5, 9, 3});
  model["machine"]["nic_driver"] = {{"not_available", "x"}};
  EXPECT_THAT(profile_of(model).error().cause, HasSubstr("nic_driver"));
}

}  // namespace
}  // namespace nobounce::bench
