// SPDX-License-Identifier: Apache-2.0
#include "bench/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/model.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Cells 0, 1 and 2 give back 1, 64 and 1024 tokens a call.
Plan token_plan() {
  Plan plan{.matrix_text =
                "seconds = 1\nversus = []\n[axes]\npaths = [{ tx = \"devmem\", rx = \"devmem\" }]\n"
                "token-batch = [1, 64, 1024]\n",
            .matrix_name = "tokens.toml",
            .seed = 7,
            .begun = "2026-11-29T02:00:00Z",
            .matrix = {}};
  plan.matrix = parse_matrix(plan.matrix_text, plan.matrix_name).value();
  return plan;
}

/// Five runs of each cell at so many Gbit/s, a call taking so many µs.
std::vector<json> token_log(const std::vector<std::pair<double, double>>& cells) {
  std::vector<json> lines = {{{"kind", "session"}, {"cpus", 2}}};
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    for (int round = 1; round <= 5; ++round) {
      json run = a_run(cell, round, cells[cell].first * (1 + 0.01 * round), 0.5, 0.5);
      json& measured = run["receiver"]["measured"];
      measured["token_returns"] = {{"tokens_per_call", distribution_of(5, 100, 300)},
                                   {"ranges", 25}};
      measured["syscalls"]["setsockopt"]["total_us"] = 1000 * cells[cell].second;
      lines.push_back(std::move(run));
    }
  }
  return lines;
}

TEST(Findings, SayTheVerdictThatSaysMostAndWhatElseChanged) {
  const json model = model_of(token_plan(), token_log({{2, 3.0}, {4, 0.5}, {3, 0.25}}));
  ASSERT_EQ(model.at("findings").size(), 1u);
  const json& finding = model.at("findings")[0];
  EXPECT_EQ(finding.at("axis"), "token_batch");
  EXPECT_THAT(finding.at("sentences")[0].get<std::string>(),
              HasSubstr("The number of tokens a call matters here, most so: devmem → devmem (64 "
                        "tokens a call) has 2.00× [2.00, 2.00] the throughput of"));
  EXPECT_THAT(finding.at("sentences")[1].get<std::string>(),
              HasSubstr("From 1 token a call to 64 tokens a call (devmem → devmem) µs of "
                        "setsockopt a token went from 3.000 to 0.500, CPU seconds a GB went"));
}

TEST(Findings, SayThatNothingIsShown) {
  const json model = model_of(token_plan(), token_log({{2, 3.0}, {2, 3.0}, {2, 3.0}}));
  EXPECT_THAT(model.at("findings")[0].at("sentences")[0].get<std::string>(),
              HasSubstr("shows nothing here in 2 verdicts"));
}

TEST(Findings, WhatCouldNotBeComparedSaysWhy) {
  std::vector<json> lines = token_log({{2, 3.0}});
  lines.push_back({{"kind", "impossible"}, {"cell", 1}, {"reason", "a reason"}});
  const json sentences = model_of(token_plan(), lines).at("findings")[0].at("sentences");
  EXPECT_THAT(sentences[0].get<std::string>(), HasSubstr("no two cells that differ in it alone"));
  EXPECT_THAT(sentences[1].get<std::string>(),
              HasSubstr("64 tokens a call is impossible: a reason"));
}

TEST(Findings, FigureThatIsMissingSaysWhy) {
  std::vector<json> lines = token_log({{2, 3.0}, {4, 0.5}, {4, 0.5}});
  for (json& line : lines) {
    if (line.value("kind", "") == "run") line["receiver"]["measured"] = {{"not_available", "off"}};
  }
  EXPECT_THAT(model_of(token_plan(), lines).at("findings")[0].at("sentences")[1].get<std::string>(),
              HasSubstr("µs of setsockopt a token are not available (off)"));
}

}  // namespace
}  // namespace nobounce::bench
