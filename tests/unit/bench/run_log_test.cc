// SPDX-License-Identifier: Apache-2.0
#include "bench/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bench/bench_directory.h"
#include "scratch_directory.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using testing::HasSubstr;

class RunLogFile : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(scratch_.path() / kLogFile) << text; }
  [[nodiscard]] BenchWish wish() const {
    return {.directory = scratch_.path() / "bench",
            .matrix_text = kMatrixText,
            .matrix_name = "test.toml",
            .seed = {},
            .new_seed = 7,
            .now = "2026-11-28T12:00:00Z"};
  }
  ScratchDirectory scratch_;
};

TEST_F(RunLogFile, KeepsWhatWasAppended) {
  auto log = RunLog::open(scratch_.path());
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append({{"kind", "run"}, {"cell", 1}}));
  const auto again = RunLog::open(scratch_.path());
  ASSERT_EQ(again->lines().size(), 1u);
  EXPECT_EQ(again->lines()[0].at("cell"), 1);
}

TEST_F(RunLogFile, LineThatWasCutOffIsRemovedAndNotMixedWithTheNext) {
  write("{\"kind\":\"run\",\"cell\":1}\n{\"kind\":\"run\",\"ce");
  auto log = RunLog::open(scratch_.path());
  ASSERT_TRUE(log);
  EXPECT_EQ(log->lines().size(), 1u);
  ASSERT_TRUE(log->append({{"kind", "run"}, {"cell", 2}}));
  const auto again = RunLog::open(scratch_.path());
  ASSERT_TRUE(again) << to_string(again.error());
  ASSERT_EQ(again->lines().size(), 2u);
  EXPECT_EQ(again->lines()[1].at("cell"), 2);
}

TEST_F(RunLogFile, LongLineWithoutAnEndIsRemovedToo) {
  write("{\"kind\":\"lab\"}\n" + std::string(10'000, 'x'));
  EXPECT_EQ(RunLog::open(scratch_.path())->lines().size(), 1u);
  write(std::string(10'000, 'x'));
  EXPECT_EQ(RunLog::open(scratch_.path())->lines().size(), 0u);
}

TEST_F(RunLogFile, LineThatIsNoObjectIsNamed) {
  write("{\"kind\":\"lab\"}\n[]\n");
  const auto log = RunLog::open(scratch_.path());
  ASSERT_FALSE(log);
  EXPECT_THAT(to_string(log.error()), HasSubstr("runs.jsonl, line 2"));
}

TEST_F(RunLogFile, BenchGoesOnWithItsOwnSeed) {
  ASSERT_TRUE(begin_or_resume(wish()));
  BenchWish later = wish();
  later.new_seed = 8;
  later.now = "2027-01-01T00:00:00Z";
  const auto plan = begin_or_resume(later);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_EQ(plan->begun, "2026-11-28T12:00:00Z");
  EXPECT_EQ(plan->matrix.axes.paths.size(), 2u);
}

TEST_F(RunLogFile, OtherMatrixOrSeedWantsAnotherDirectory) {
  ASSERT_TRUE(begin_or_resume(wish()));
  BenchWish other = wish();
  other.seed = 8;
  EXPECT_THAT(to_string(begin_or_resume(other).error()), HasSubstr("a bench with seed 7"));
  other = wish();
  other.matrix_text += "\n";
  EXPECT_THAT(to_string(begin_or_resume(other).error()), HasSubstr("another matrix"));
}

TEST_F(RunLogFile, DirectoryOfOtherThingsIsLeftAlone) {
  std::filesystem::create_directory(scratch_.path() / "bench");
  std::ofstream(scratch_.path() / "bench" / "letter") << "dear";
  EXPECT_THAT(to_string(begin_or_resume(wish()).error()), HasSubstr("not empty"));
}

TEST_F(RunLogFile, BadMatrixMakesNoDirectory) {
  BenchWish bad = wish();
  bad.matrix_text = "runs = 5";
  EXPECT_FALSE(begin_or_resume(bad));
  EXPECT_FALSE(std::filesystem::exists(bad.directory));
}

}  // namespace
}  // namespace nobounce::bench
