// SPDX-License-Identifier: Apache-2.0
// NVML's calls against a library that stands where it does (tests/doubles/fake_nvml.cc).
#include "sys/nvml.h"

#include <gtest/gtest.h>

namespace nobounce::sys {
namespace {

TEST(Nvml, TellsTheEnergyOfEachDevice) {
  const auto nvml = Nvml::open(NOBOUNCE_FAKE_NVML);
  ASSERT_TRUE(nvml) << to_string(nvml.error());
  const auto before = nvml->energies();
  const auto after = nvml->energies();
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->size(), 2u);
  EXPECT_EQ((*after)[0].name, "Test GPU A");
  EXPECT_EQ((*after)[1].name, "Test GPU B");
  EXPECT_EQ((*after)[0].energy_mj - (*before)[0].energy_mj, 1500u);
}

TEST(Nvml, ThatIsNotThereSaysSo) {
  const auto nvml = Nvml::open("libnobounce-no-such-library.so");
  ASSERT_FALSE(nvml);
  EXPECT_EQ(nvml.error().code, Code::kUnsupported);
  EXPECT_NE(to_string(nvml.error()).find("libnobounce-no-such-library"), std::string::npos)
      << to_string(nvml.error());
}

TEST(Nvml, ThatIsAnotherLibraryIsRefused) {
  const auto nvml = Nvml::open("libc.so.6");
  ASSERT_FALSE(nvml);
  EXPECT_EQ(nvml.error().operation, "nvmlInit_v2");
}

}  // namespace
}  // namespace nobounce::sys
