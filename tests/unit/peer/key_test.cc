// SPDX-License-Identifier: Apache-2.0
#include "peer/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scratch_directory.h"

namespace nobounce::peer {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Key, IsReadAsItWasWritten) {
  const auto key = Key::generate();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->text().size(), 65u);
  EXPECT_EQ(Key::parse(key->text())->text(), key->text());
  EXPECT_NE(Key::generate()->text(), key->text());
}

TEST(Key, IsHexDigitsAndNothingElse) {
  const std::string digits(64, 'a');
  EXPECT_TRUE(Key::parse(digits));
  EXPECT_TRUE(Key::parse(digits + "\n"));
  for (const std::string& text :
       {std::string(), digits.substr(1), digits + "a", digits + "\n\n", " " + digits.substr(1),
        "0x" + digits.substr(2), "-a" + digits.substr(2), "g" + digits.substr(1)}) {
    const auto key = Key::parse(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, Code::kInvalidArgument);
    EXPECT_THAT(to_string(key.error()), Not(HasSubstr("aaaa"))) << "it tells the secret";
  }
}

TEST(KeyFile, IsTheOwnersAloneAndNeverReplaced) {
  const ScratchDirectory scratch;
  const std::string path = (scratch.path() / "key").string();
  ASSERT_TRUE(make_key_file(path));
  EXPECT_TRUE(read_key_file(path));
  EXPECT_EQ(make_key_file(path).error().code, Code::kBusy);
  std::filesystem::permissions(path, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(read_key_file(path).error().code, Code::kPermission);
}

}  // namespace
}  // namespace nobounce::peer
