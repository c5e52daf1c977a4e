// SPDX-License-Identifier: Apache-2.0
#include "sys/text_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace nobounce::sys {
namespace {

TEST(TextFile, IsReadWholeAcrossManyReads) {
  const std::string path =
      testing::TempDir() + "nobounce_text_file_test_" + std::to_string(::getpid());
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += std::to_string(i) + "\n";
  std::ofstream(path) << text;
  EXPECT_EQ(read_text_file(path), text);
  std::remove(path.c_str());
}

TEST(TextFile, HasABound) {
  const auto text = read_text_file("/dev/zero");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, Code::kExhausted);
}

TEST(TextFile, NamesWhatCannotBeRead) {
  const auto absent = read_text_file("/nonexistent/file");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, Code::kNotFound);
  EXPECT_EQ(absent.error().object, "/nonexistent/file");
  const auto folder = read_text_file("/");
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().operation, "read");
}

}  // namespace
}  // namespace nobounce::sys
