// SPDX-License-Identifier: Apache-2.0
#include "lab/cache.h"

#include <gtest/gtest.h>

#include "lab/run_directory.h"
#include "scratch_directory.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
 protected:
  void SetUp() override { interruption_.emplace(*Interruption::open(std::nullopt)); }

  const ScratchDirectory scratch_;
  const fs::path base_ = scratch_.path();
  std::optional<Interruption> interruption_;
};

TEST_F(CacheTest, AFailedBuildLeavesNothingAndTheNextOneSucceeds) {
  auto cache = Cache::open(base_ / "cache");
  ASSERT_TRUE(cache.has_value());
  const auto failed = cache->entry(
      "root",
      [](const fs::path& directory) -> Status {
        NB_TRY(sys::write_text_file(directory / "half", "x"));
        return fail({.code = Code::kExhausted,
                     .operation = "write",
                     .object = "disk",
                     .cause = "full",
                     .fix = {}});
      },
      *interruption_);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Code::kExhausted);
  EXPECT_FALSE(fs::exists(cache->path_of("root")));
  EXPECT_FALSE(fs::exists(cache->path_of("root.partial")));

  // What a killed builder left is not mistaken for a whole entry, nor mixed into the new one.
  fs::create_directories(cache->path_of("root.partial") / "stale");
  const auto built = cache->entry(
      "root",
      [](const fs::path& directory) { return sys::write_text_file(directory / "whole", "x"); },
      *interruption_);
  ASSERT_TRUE(built.has_value());
  EXPECT_TRUE(fs::exists(*built / "whole"));
  EXPECT_FALSE(fs::exists(*built / "stale"));
}

TEST_F(CacheTest, CleanRefusesWhileALabRuns) {
  {
    auto cache = Cache::open(base_ / "cache");
    ASSERT_TRUE(cache.has_value());
    const auto refused = Cache::clean(base_ / "cache");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kBusy);
  }
  EXPECT_TRUE(Cache::clean(base_ / "cache").has_value());
  EXPECT_FALSE(fs::exists(base_ / "cache"));
}

TEST_F(CacheTest, ARunDirectoryGoesWithItsOwnerAndTheDeadAreRemoved) {
  fs::path dead;
  {
    const auto run = RunDirectory::create_in(base_);
    ASSERT_TRUE(run.has_value());
    dead = run->path();
    EXPECT_EQ(fs::status(dead).permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(dead));
  // As a killed run leaves it: the file is there, the lock is not held.
  fs::create_directory(dead);
  ASSERT_TRUE(sys::write_text_file(dead / "lock", "").has_value());
  const auto first = RunDirectory::create_in(base_);
  const auto second = RunDirectory::create_in(base_);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(first->path()));
}

}  // namespace
}  // namespace nobounce::lab
