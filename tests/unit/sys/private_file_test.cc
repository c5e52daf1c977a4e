// SPDX-License-Identifier: Apache-2.0
#include "sys/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "scratch_directory.h"

namespace nobounce::sys {
namespace {

namespace fs = std::filesystem;

class PrivateFile : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  const std::string path_ = (scratch_.path() / "key").string();
};

TEST_F(PrivateFile, IsMadeForItsOwnerAloneAndReadAgain) {
  ASSERT_TRUE(create_private_file(path_, "secret"));
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(read_private_file(path_, 6).value(), "secret");
}

TEST_F(PrivateFile, NeverTakesThePlaceOfAnother) {
  ASSERT_TRUE(create_private_file(path_, "first"));
  EXPECT_EQ(create_private_file(path_, "second").error().code, Code::kBusy);
  EXPECT_EQ(read_private_file(path_, 100).value(), "first");
}

TEST_F(PrivateFile, IsRefusedOnceOthersMayUseIt) {
  ASSERT_TRUE(create_private_file(path_, "secret"));
  for (const fs::perms others : {fs::perms::group_read, fs::perms::others_read,
                                 fs::perms::group_write, fs::perms::others_write}) {
    fs::permissions(path_, fs::perms::owner_read | others);
    EXPECT_EQ(read_private_file(path_, 100).error().code, Code::kPermission);
  }
}

TEST_F(PrivateFile, IsNoPipeNoDirectoryAndNoLongerThanWanted) {
  EXPECT_EQ(read_private_file(path_, 100).error().code, Code::kNotFound);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_private_file(path_, 100).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(read_private_file(scratch_.path().string(), 100));
  const std::string longer = path_ + "2";
  ASSERT_TRUE(create_private_file(longer, "secret"));
  EXPECT_EQ(read_private_file(longer, 5).error().code, Code::kExhausted);
}

}  // namespace
}  // namespace nobounce::sys
