// SPDX-License-Identifier: Apache-2.0
// What is found on whole hosts.
#include "doctor/examine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "doctor/remedy.h"
#include "unit/doctor/recorded_host.h"

namespace nobounce::doctor {
namespace {

using host::testing::recorded_host;
using host::testing::recorded_names;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

std::vector<std::string> ids_of(const Findings& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings)
    ids.push_back(finding.id);
  return ids;
}

const Finding* find(const Findings& findings, std::string_view id) {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  return found == findings.end() ? nullptr : &*found;
}

struct Expected {
  const char* host;
  std::vector<std::string> ids;
};

/// All that is found, no more and no less.
TEST(Examine, FindsWhatARecordedHostLacks) {
  const std::vector<Expected> table{
      {"gve_lab",
       {"no-huge-pages", "header-split-off", "rx-ntuple-filter-off", "no-big-tcp",
        "no-rss-contexts"}},
      {"bnxt_200g",
       {"tcp_wmem-low", "header-split-off", "hds-thresh", "rx-gro-hw-off", "no-big-tcp",
        "queues-held", "acs-redirects"}},
      {"mlx5_400g", {"region-small"}},
      {"laptop_loopback",
       {"no-bind-tx", "no-zcrx", "no-net-admin", "memlock-low", "no-udmabuf", "no-dma-heap",
        "no-huge-pages"}},
      {"container",
       {"no-io-uring", "user-namespace", "memlock-low", "no-udmabuf", "no-dma-heap",
        "no-huge-pages", "default-route", "mtu-below-page", "no-header-split", "one-queue",
        "no-flow-rules", "no-big-tcp", "no-rss-contexts"}},
      {"old_kernel",
       {"no-bind-rx", "no-bind-tx", "no-io-uring", "tcp_rmem-low", "tcp_wmem-low", "optmem-low",
        "no-udmabuf", "no-dma-heap", "no-huge-pages", "xdp-attached", "no-header-split",
        "tx-scatter-gather-off", "rx-gro-off", "no-tx-checksum", "no-big-tcp", "no-rss-contexts"}},
  };
  ASSERT_EQ(table.size(), recorded_names().size());
  for (const Expected& expected : table) {
    EXPECT_THAT(ids_of(examine(recorded_host(expected.host), {})),
                UnorderedElementsAreArray(expected.ids))
        << expected.host;
  }
}

TEST(Examine, EveryFindingSaysWhatAndWhy) {
  for (const std::string& name : recorded_names()) {
    for (const Finding& finding : examine(recorded_host(name), {})) {
      EXPECT_FALSE(finding.object.empty()) << name << ": " << finding.id;
      EXPECT_FALSE(finding.what.empty()) << name << ": " << finding.id;
      EXPECT_FALSE(finding.why.empty()) << name << ": " << finding.id;
    }
  }
}

TEST(Examine, PutsTheWorstFirst) {
  auto host = recorded_host("gve_lab");
  host.nics[0].state.link.up = false;
  const Findings findings = examine(host, {});
  EXPECT_EQ(findings.front().id, "nic-down");
  EXPECT_TRUE(std::ranges::is_sorted(findings, {}, &Finding::severity));
}

TEST(Examine, ALinkWithoutCarrierIsAnError) {
  auto host = recorded_host("gve_lab");
  host.nics[0].state.link.carrier = false;
  EXPECT_EQ(examine(host, {}).front().id, "no-carrier");
}

TEST(Examine, ANicThatIsNotThereIsAllThatIsSaidOfIt) {
  auto host = recorded_host("gve_lab");
  host.nics[0].looked = host::Probe::no("look-up of eth0: no such interface");
  const Findings findings = examine(host, {});
  EXPECT_EQ(findings.front().id, "no-such-nic");
  EXPECT_THAT(ids_of(findings), Not(Contains("header-split-off")));
}

TEST(Examine, LongRoundTripsAndHoldsWantLargerRegionsAndWindows) {
  const auto host = recorded_host("bnxt_200g");
  EXPECT_THAT(ids_of(examine(host, {})), Not(Contains("region-small")));
  const Findings held = examine(host, {.hold_ns = 5'000'000});
  ASSERT_NE(find(held, "region-small"), nullptr);
  EXPECT_THAT(find(held, "region-small")->command, HasSubstr("--region-size 134190208"));
  const Findings far = examine(host, {.round_trip_ns = 10'000'000});
  EXPECT_THAT(ids_of(far), IsSupersetOf({"region-small", "tcp_rmem-low", "tcp_wmem-low"}));
}

TEST(Examine, AThresholdThatNobodyCanSetIsMoreThanANote) {
  auto host = recorded_host("bnxt_200g");
  EXPECT_EQ(find(examine(host, {}), "hds-thresh")->severity, Severity::kNote);
  host.nics[0].state.rings.hds_thresh_max = 0;
  EXPECT_EQ(find(examine(host, {}), "hds-thresh")->severity, Severity::kWarning);
}

TEST(Examine, ALargerRegionMeetsTheLimitOfUdmabuf) {
  const Findings findings =
      examine(recorded_host("bnxt_200g"), {.region_bytes = (std::uint64_t{64} << 20) + 1});
  const Finding* low = find(findings, "udmabuf-limit-low");
  ASSERT_NE(low, nullptr);
  const WriteSetting wanted{.path = "/sys/module/udmabuf/parameters/size_limit_mb", .value = "65"};
  ASSERT_TRUE(low->remedy);
  EXPECT_EQ(std::get<WriteSetting>(*low->remedy), wanted);
}

TEST(Examine, MemoryThatMayMoveIsUnverified) {
  const Findings findings = examine(recorded_host("bnxt_200g"), {.provider = "cuda"});
  const Finding* unverified = find(findings, "unverified");
  ASSERT_NE(unverified, nullptr);
  EXPECT_THAT(unverified->what, HasSubstr("IOMMU (DMA-FQ)"));
  EXPECT_THAT(unverified->command, HasSubstr("--verify --peer"));
}

TEST(Examine, ADriverThatExportsNoDmaBufIsFound) {
  auto host = recorded_host("bnxt_200g");
  host.cuda.dma_buf = host::Probe::no("it exports no dma-buf", "another driver");
  EXPECT_THAT(ids_of(examine(host, {})), Contains("cuda-no-dma-buf"));
}

TEST(Examine, AShortHostIsFound) {
  auto host = recorded_host("gve_lab");
  host.memory.available_bytes = 1 << 20;
  EXPECT_THAT(ids_of(examine(host, {})), Contains("memory-short"));
}

TEST(Remedies, OnlyWriteSettingsAndLoadTheModule) {
  const Findings findings = examine(recorded_host("old_kernel"), {});
  std::vector<std::string> remedies;
  for (const Finding& finding : findings) {
    if (finding.remedy) remedies.push_back(text_of(*finding.remedy));
  }
  EXPECT_THAT(remedies, UnorderedElementsAreArray(
                            {"modprobe udmabuf", "write 1048576 to /proc/sys/net/core/optmem_max",
                             "write 4096 131072 250000 to /proc/sys/net/ipv4/tcp_rmem",
                             "write 4096 16384 250000 to /proc/sys/net/ipv4/tcp_wmem"}));
}

TEST(Remedies, OfASettingThatIsNotThereFailAndNameIt) {
  const Status applied = apply(WriteSetting{.path = "/proc/sys/net/nobounce", .value = "1"});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().object, "/proc/sys/net/nobounce");
}

TEST(Remedies, OfAModuleThatIsNotThereFail) {
  EXPECT_FALSE(apply(LoadModule{.name = "nobounce_has_no_such_module"}));
}

TEST(ProvisionFor, ANicThatDoesNotTellItsSpeedIsNotAvailable) {
  auto host = recorded_host("gve_lab");
  host.nics[0].state.speed_mbps.reset();
  const auto need = provision_for(host.nics[0], {});
  ASSERT_FALSE(need.is_available());
  EXPECT_THAT(need.missing_probe(), HasSubstr("speed"));
}

}  // namespace
}  // namespace nobounce::doctor
