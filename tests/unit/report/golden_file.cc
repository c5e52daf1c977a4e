// SPDX-License-Identifier: Apache-2.0
#include "unit/report/golden_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace nobounce {
namespace {

std::string path_of(const std::string& name) {
  return std::string(NOBOUNCE_GOLDEN) + "/" + name;
}

}  // namespace

std::string golden(const std::string& name) {
  std::ifstream file(path_of(name), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& text) {
  if (std::getenv("NOBOUNCE_WRITE_GOLDENS") != nullptr) {
    std::ofstream(path_of(name), std::ios::binary) << text;
    return;
  }
  std::istringstream expected(golden(name));
  std::istringstream got(text);
  std::string expected_line;
  std::string line;
  for (int number = 1; std::getline(expected, expected_line); ++number) {
    ASSERT_TRUE(std::getline(got, line)) << name << " ends before line " << number;
    ASSERT_EQ(line, expected_line) << name << ", line " << number;
  }
  EXPECT_FALSE(std::getline(got, line)) << name << " goes on with: " << line;
}

}  // namespace nobounce
