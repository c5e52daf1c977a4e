// SPDX-License-Identifier: Apache-2.0
#include "sys/process_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace nobounce::sys {
namespace {

TEST(ProcessIdentity, OfThisProcessIsTheSameTwice) {
  const auto first = this_process();
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(first->pid, ::getpid());
  EXPECT_GT(first->start_ticks, 0U);
  EXPECT_EQ(this_process().value(), *first);
}

TEST(ProcessIdentity, FindsTheStartBehindWhateverTheCommandIsCalled) {
  const std::string tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21\n";
  EXPECT_EQ(parse_start_ticks("1 (sh)" + tail).value(), 4711U);
  EXPECT_EQ(parse_start_ticks("1 (a) S 1 (b))" + tail).value(), 4711U);
}

TEST(ProcessIdentity, RefusesTextWithoutAStart) {
  for (const char* bad : {"", "1 (sh)", "1 sh S 1 2", "1 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14",
                          "1 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20",
                          "1 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711"}) {
    EXPECT_EQ(parse_start_ticks(bad).error().code, Code::kProtocol) << bad;
  }
}

TEST(ProcessIdentity, ComesWithABootAndANamespace) {
  EXPECT_EQ(boot_id().value().size(), 36U);
  EXPECT_EQ(boot_id().value(), boot_id().value());
  EXPECT_GT(network_namespace_id().value(), 0U);
}

}  // namespace
}  // namespace nobounce::sys
