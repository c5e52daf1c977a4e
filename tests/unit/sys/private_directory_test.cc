// SPDX-License-Identifier: Apache-2.0
#include "sys/private_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scratch_directory.h"

namespace nobounce::sys {
namespace {

namespace fs = std::filesystem;

TEST(PrivateDirectory, IsForeseenByLookingAlone) {
  const ScratchDirectory scratch;
  const fs::path outer = scratch.path() / "outer";
  EXPECT_TRUE(may_claim_private_directory(outer / "inner"));
  EXPECT_FALSE(fs::exists(outer)) << "it was to look only";

  ASSERT_TRUE(claim_private_directory(outer));
  EXPECT_TRUE(may_claim_private_directory(outer));
  fs::permissions(outer, fs::perms::group_write, fs::perm_options::add);
  EXPECT_EQ(may_claim_private_directory(outer).error().code, Code::kPermission);
  EXPECT_EQ(claim_private_directory(outer).error().code, Code::kPermission);
}

TEST(PrivateDirectory, IsNotForeseenWhereNobodyMayMakeOne) {
  const ScratchDirectory scratch;
  const fs::path file = scratch.path() / "file";
  std::ofstream(file) << "no directory";
  EXPECT_FALSE(may_claim_private_directory(file));
  EXPECT_FALSE(may_claim_private_directory(file / "leases"));
}

}  // namespace
}  // namespace nobounce::sys
