// SPDX-License-Identifier: Apache-2.0
#include "measure/energy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "host_tree.h"

namespace nobounce::measure {
namespace {

// A server of two sockets; the class directory is flat, as links make it.
HostTree server() {
  return HostTree({{"intel-rapl/enabled", "1"},
                   {"intel-rapl:0/name", "package-0"},
                   {"intel-rapl:0/energy_uj", "262143000000"},
                   {"intel-rapl:0/max_energy_range_uj", "262143328850"},
                   {"intel-rapl:0:0/name", "dram"},
                   {"intel-rapl:0:0/energy_uj", "5000000"},
                   {"intel-rapl:0:0/max_energy_range_uj", "65712999613"},
                   {"intel-rapl:1/name", "package-1"},
                   {"intel-rapl:1/energy_uj", "1000000"},
                   {"intel-rapl:1/max_energy_range_uj", "262143328850"},
                   {"intel-rapl-mmio:0/name", "package-0"},
                   {"intel-rapl-mmio:0/energy_uj", "1"},
                   {"intel-rapl-mmio:0/max_energy_range_uj", "2"}});
}

TEST(Rapl, HasPackagesAndTheirDram) {
  const HostTree tree = server();
  const auto domains = read_rapl(tree.root());
  ASSERT_TRUE(domains) << to_string(domains.error());
  ASSERT_EQ(domains->size(), 3u);
  EXPECT_EQ(domains->at("package-0").energy_uj, 262'143'000'000u);
  EXPECT_EQ(domains->at("package-0/dram").energy_uj, 5'000'000u);
  EXPECT_EQ(domains->at("package-1").range_uj, 262'143'328'850u);
}

TEST(Rapl, ThatBeganAnewIsCountedOn) {
  const HostTree tree = server();
  const auto before = read_rapl(tree.root());
  tree.write("intel-rapl:0/energy_uj", "671150");  // 328,850 to the end, and as many more.
  tree.write("intel-rapl:0:0/energy_uj", "9000000");
  const auto uses = energy_between(*before, *read_rapl(tree.root()), 2);
  ASSERT_TRUE(uses.is_available()) << uses.missing_probe();
  EXPECT_DOUBLE_EQ(uses.value().at("package-0").joules, 1);
  EXPECT_DOUBLE_EQ(uses.value().at("package-0").watts(), 0.5);
  EXPECT_DOUBLE_EQ(uses.value().at("package-0/dram").watts(), 2);
  EXPECT_DOUBLE_EQ(uses.value().at("package-1").joules, 0);
}

TEST(Rapl, ThatMayHaveBegunAnewTwiceIsNoFigure) {
  const HostTree tree = server();
  const auto domains = read_rapl(tree.root());
  EXPECT_TRUE(energy_between(*domains, *domains, 90).is_available());
  const auto uses = energy_between(*domains, *domains, 3600);
  ASSERT_FALSE(uses.is_available());
  EXPECT_NE(uses.missing_probe().find("more than once"), std::string::npos);
}

TEST(Rapl, OfAHostWithoutIsMissing) {
  const HostTree tree({{"dtpm/enabled", "0"}});
  EXPECT_EQ(read_rapl(tree.root()).error().code, Code::kNotFound);
  const auto none = read_rapl(tree.root() + "/powercap");
  EXPECT_NE(to_string(none.error()).find("/powercap"), std::string::npos);
}

TEST(Rapl, ThatMayNotBeReadNamesTheFile) {
  // Root reads whatever the mode says: a directory in the file's place fails for everybody.
  HostTree tree = server();
  std::filesystem::remove(tree.root() + "/intel-rapl:1/energy_uj");
  std::filesystem::create_directory(tree.root() + "/intel-rapl:1/energy_uj");
  const auto domains = read_rapl(tree.root());
  ASSERT_FALSE(domains);
  EXPECT_NE(to_string(domains.error()).find("intel-rapl:1/energy_uj"), std::string::npos);
}

TEST(HwmonEnergy, IsByChipAndLabel) {
  const HostTree tree({{"hwmon3/name", "amd_energy"},
                       {"hwmon3/energy1_label", "Esocket0"},
                       {"hwmon3/energy1_input", "77000000"},
                       {"hwmon3/energy2_input", "5"},
                       {"hwmon4/name", "coretemp"},
                       {"hwmon4/temp1_input", "40000"}});
  const auto sensors = read_hwmon_energy(tree.root());
  ASSERT_TRUE(sensors) << to_string(sensors.error());
  ASSERT_EQ(sensors->size(), 2u);
  EXPECT_EQ(sensors->at("amd_energy/Esocket0").energy_uj, 77'000'000u);
  EXPECT_EQ(sensors->at("amd_energy/energy2").energy_uj, 5u);
}

TEST(HwmonEnergy, ThatWasResetIsNoFigure) {
  const EnergyCounters before{{"chip/energy1", {.energy_uj = 9}}};
  const EnergyCounters after{{"chip/energy1", {.energy_uj = 3}}};
  EXPECT_FALSE(energy_between(before, after, 1).is_available());
}

TEST(GpuEnergy, IsByNumberAndName) {
  const auto nvml = sys::Nvml::open(NOBOUNCE_FAKE_NVML);
  ASSERT_TRUE(nvml);
  const auto before = read_gpu_energy(*nvml);
  const auto uses = energy_between(*before, *read_gpu_energy(*nvml), 0.5);
  ASSERT_TRUE(uses.is_available());
  EXPECT_DOUBLE_EQ(uses.value().at("0 Test GPU A").watts(), 3);
}

}  // namespace
}  // namespace nobounce::measure
