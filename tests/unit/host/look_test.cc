// SPDX-License-Identifier: Apache-2.0
// look on the host that the tests run on, whatever it is.
#include "host/look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/judge.h"
#include "host/snapshot_json.h"
#include "memory/region.h"

namespace nobounce::host {
namespace {

using ::testing::HasSubstr;

TEST(Look, AsksForEverythingButCuda) {
  const std::vector<std::string> interfaces{"lo"};
  const Snapshot host = look(interfaces);
  EXPECT_FALSE(host.kernel_release.empty());
  const auto written = to_json(host);
  for (const char* room : {"sockets", "io_uring", "devmem"}) {
    for (const auto& [name, probe] : written[room].items())
      EXPECT_TRUE(probe == true || probe["failed"] != "not asked") << room << "." << name;
  }
  EXPECT_EQ(host.memory.providers.size(), memory::providers_here().size());
  EXPECT_EQ(host.cuda.driver.failed, "not asked");
}

TEST(Look, ThoroughlyAsksForCudaAsWell) {
  EXPECT_NE(look_thoroughly({}).cuda.driver.failed, "not asked");
}

TEST(Look, CanBeRecordedAndReadBack) {
  const std::vector<std::string> interfaces{"lo"};
  const Snapshot host = look(interfaces);
  const auto read = parse_snapshot(to_json(host).dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(host));
}

TEST(Look, SaysOfAnInterfaceThatIsNotThereWhatFailed) {
  const std::vector<std::string> interfaces{"nosuch0"};
  const Snapshot host = look(interfaces);
  ASSERT_NE(host.nic("nosuch0"), nullptr);
  EXPECT_THAT(host.nic("nosuch0")->looked.failed, HasSubstr("nosuch0"));
  EXPECT_EQ(judge_receive(host, {.interface = "nosuch0"}).front().grade, Grade::kNo);
}

TEST(Look, LoopbackSitsOnNoDevice) {
  const auto interfaces = interfaces_of_devices();
  ASSERT_TRUE(interfaces) << to_string(interfaces.error());
  EXPECT_THAT(*interfaces, ::testing::Not(::testing::Contains("lo")));
}

}  // namespace
}  // namespace nobounce::host
