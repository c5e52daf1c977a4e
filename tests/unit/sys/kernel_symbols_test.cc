// SPDX-License-Identifier: Apache-2.0
#include "sys/kernel_symbols.h"

#include <gtest/gtest.h>

#include <sstream>

namespace nobounce::sys {
namespace {

TEST(KernelFunctions, AreFoundByAddressesWithinThem) {
  std::istringstream text(
      "ffffffff81000000 T _text\n"
      "ffffffff81000010 T __pfx_first\n"
      "ffffffff81000020 T first\n"
      "ffffffff81000100 t second\n"
      "ffffffff81000180 d data\n"
      "ffffffffc0000000 t third\t[gve]\n"
      "broken\n");
  const KernelFunctions names = KernelFunctions::read(text);
  EXPECT_EQ(names.at(0xffffffff81000020), "first");
  EXPECT_EQ(names.at(0xffffffff810000ff), "first");
  EXPECT_EQ(names.at(0xffffffff81000190), "second");
  EXPECT_EQ(names.at(0xffffffffc0001000), "third [gve]");
  EXPECT_EQ(names.at(0xffffffff80ffffff), "");
}

TEST(KernelFunctions, AreNoneWhereAddressesAreHidden) {
  std::istringstream text("0000000000000000 T _text\n0000000000000000 T first\n");
  EXPECT_TRUE(KernelFunctions::read(text).is_empty());
}

}  // namespace
}  // namespace nobounce::sys
