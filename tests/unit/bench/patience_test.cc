// SPDX-License-Identifier: Apache-2.0
#include "bench/patience.h"

#include <gtest/gtest.h>

#include "bench/matrix_file.h"

namespace nobounce::bench {
namespace {

using std::chrono::seconds;

Matrix matrix_of(const std::string& run, const std::string& axes) {
  return parse_matrix("name = \"test\"\n" + run +
                          "\nversus = []\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n" +
                          axes,
                      "test.toml")
      .value();
}

seconds patience_with(const std::string& run, const std::string& axes) {
  return most_patience_for(matrix_of(run, axes));
}

TEST(Patience, IsLongerThanTheRun) {
  EXPECT_GT(patience_with("seconds = 100", ""), seconds(200));
  EXPECT_GT(patience_with("bytes = \"8G\"", ""), seconds(800));
}

TEST(Patience, GrowsByWhatTheRunDoesBetweenItsBytes) {
  const std::string sixty_four = "message-size = [\"1M\"]\n";
  const auto plain = patience_with("bytes = \"64M\"", sixty_four);
  EXPECT_EQ(patience_with("bytes = \"64M\"", sixty_four + "pause = [\"1s\"]\n"),
            plain + seconds(64));
  EXPECT_GT(patience_with("bytes = \"64M\"", sixty_four + "flows = [8]\n"), plain);
}

TEST(Patience, IsThatOfTheSlowestCell) {
  const Matrix matrix = matrix_of("bytes = \"1G\"", "flows = [1, 8, 2]\n");
  EXPECT_EQ(most_patience_for(matrix), patience_for(expand(matrix)[1], matrix));
}

}  // namespace
}  // namespace nobounce::bench
