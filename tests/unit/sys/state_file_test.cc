// SPDX-License-Identifier: Apache-2.0
#include "sys/state_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "sys/kernel_parameter.h"
#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

class StateFile : public ::testing::Test {
 protected:
  StateFile() {
    std::string name = (std::filesystem::temp_directory_path() / "nobounce-state-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~StateFile() override { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ + "/state"; }

  std::string directory_;
};

TEST_F(StateFile, IsReplacedWholeAndForItsOwnerAlone) {
  ASSERT_TRUE(replace_file(path(), "a longer text\n"));
  ASSERT_TRUE(replace_file(path(), "short\n"));
  EXPECT_EQ(read_text_file(path()).value(), "short\n");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path()).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(StateFile, StaysAsItWasWhereItCannotBeReplaced) {
  ASSERT_TRUE(replace_file(path(), "old\n"));
  std::filesystem::create_directory(path() + ".new");
  EXPECT_FALSE(replace_file(path(), "new\n"));
  EXPECT_EQ(read_text_file(path()).value(), "old\n");
}

TEST_F(StateFile, IsRemovedOnceAndNotMissedTheSecondTime) {
  ASSERT_TRUE(replace_file(path(), "x"));
  EXPECT_TRUE(remove_file(path()));
  EXPECT_TRUE(remove_file(path()));
  EXPECT_FALSE(remove_file(directory_)) << "a directory is no file";
}

TEST_F(StateFile, LockIsHadOnceItsHolderIsGone) {
  {
    const auto held = wait_for_lock(path(), 0);
    ASSERT_TRUE(held && *held);
    const auto second = wait_for_lock(path(), 0);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->has_value());
  }
  const auto third = wait_for_lock(path(), 0);
  EXPECT_TRUE(third && *third);
}

TEST(KernelParameter, IsReadByItsName) {
  const auto text = read_kernel_parameter("kernel.ostype");
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, "Linux");
  EXPECT_EQ(read_kernel_parameter("kernel.no_such_thing").error().code, Code::kNotFound);
}

TEST(KernelParameter, OfAnyOtherFormIsRefused) {
  for (const char* bad :
       {"", "kernel/ostype", "../etc/passwd", "kernel..ostype", "Kernel.ostype"}) {
    EXPECT_EQ(read_kernel_parameter(bad).error().code, Code::kInvalidArgument) << bad;
    EXPECT_EQ(write_kernel_parameter(bad, "1").error().code, Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace nobounce::sys
