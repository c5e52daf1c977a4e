// SPDX-License-Identifier: Apache-2.0
#include "bench/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/cell.h"

namespace nobounce::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CpuList, IsReadAsTheKernelWritesIt) {
  EXPECT_THAT(parse_cpu_list("0-3,8\n"), ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(parse_cpu_list("5"), ElementsAre(5));
  EXPECT_THAT(parse_cpu_list(""), IsEmpty());
  EXPECT_THAT(parse_cpu_list("\n"), IsEmpty());
  for (const char* text : {"x", "1,", "1-", "-1", "3-1", "1;2", "0-4294967295", "99999999999"})
    EXPECT_THAT(parse_cpu_list(text), IsEmpty()) << text;
}

TEST(CpusOfOwnHost, AreThoseNearTheNic) {
  const OwnCpus host = {.usable = {0, 1, 2, 3}, .near_nic = {2, 3}};
  EXPECT_THAT(cpus_of_own_host(Cpus::kOne, host)->network, ElementsAre(2));
  EXPECT_THAT(cpus_of_own_host(Cpus::kTwo, host)->application, ElementsAre(2));
  EXPECT_THAT(cpus_of_own_host(Cpus::kTwo, host)->network, ElementsAre(3));
  EXPECT_THAT(cpus_of_own_host(Cpus::kAny, host)->application, ElementsAre(0, 1, 2, 3));
  EXPECT_FALSE(cpus_of_own_host(Cpus::kTwo, {.usable = {0, 1}, .near_nic = {0}}));
  EXPECT_FALSE(cpus_of_own_host(Cpus::kAny, {}));
}

TEST(CpusOfOwnHost, AreNotShared) {
  const OwnCpus two = {.usable = {0, 1}, .near_nic = {0, 1}};
  const Field field = {.cpus = 2, .a = Machine{.cpus = two}, .b = Machine{.cpus = two}};
  Cell cell;
  cell.paths = {"copy", "copy"};
  cell.cpus = Cpus::kTwo;
  EXPECT_FALSE(why_impossible(cell, field)) << "each host has two";
  EXPECT_THAT(placement_on(field, Cpus::kTwo)->sender.application, ElementsAre(0));
  EXPECT_THAT(placement_on(field, Cpus::kTwo)->receiver.application, ElementsAre(0));
  const Field less = {.cpus = 2, .a = Machine{.cpus = two}, .b = Machine{.cpus = {{0}, {0}}}};
  EXPECT_THAT(*why_impossible(cell, less), HasSubstr("1 of the receiver's"));
}

}  // namespace
}  // namespace nobounce::bench
