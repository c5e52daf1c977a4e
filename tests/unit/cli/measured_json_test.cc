// SPDX-License-Identifier: Apache-2.0
#include "cli/measured_json.h"

#include <gtest/gtest.h>

namespace nobounce::cli {
namespace {

using nlohmann::json;

transfer::Measured a_measured() {
  transfer::Measured measured;
  measured.host = measure::Measurements::none();
  measured.cpus = measure::HostCpuSeconds{
      .total = {}, .per_cpu = {{.cpu = 3, .seconds = {.user_s = 1, .iowait_s = 0.5}}}};
  measured.host.threads = measure::ThreadUsage{{"nobounce", {.user_us = 250'000}}};
  measured.host.idle_states =
      measure::IdleStates{{3, {{"C1", {.time_us = 1'500'000, .entries = 8}}}}};
  measured.host.power.rapl = measure::EnergyUses{{"package-0", {.joules = 10, .seconds = 2}}};
  measured.host.power.sensors = NotAvailable{"no sensor tells watts"};
  for (const std::uint64_t ns : {1000, 3000})
    measured.syscalls.add(sys::Syscall::kRecvmsg, ns, 0);
  Distribution frags;
  frags.add(17);
  frags.add(3);
  measured.frags_per_receive = frags;
  measured.host.page_pools = netlink::PagePools{
      {18, {.id = 18, .holder = netlink::QueueHolder::kDmaBuf, .inflight_pages = 64}},
      {19, {.id = 19}}};
  measured.host.page_pool_statistics = netlink::PagePoolsStatistics{{18, {.slow = 900}}};
  measured.host.queues =
      netlink::QueuesStatistics{{{netlink::Queue::Direction::kReceive, 1}, {{"rx_packets", 5}}}};
  measured.host.driver = std::string("gve");
  measured.host.driver_counters = Counts{{"rx_hsplit_pkt", 5}, {"rx_dropped", 0}};
  measured.tcp = sys::TcpState{.retransmits = 2, .busy_us = 1'000'000};
  return measured;
}

TEST(MeasuredJson, HoldsEachFigureWithItsUnit) {
  const json object = to_json(a_measured());
  EXPECT_EQ(object.at("cpus").at(0).at("cpu"), 3);
  EXPECT_EQ(object.at("cpus").at(0).at("iowait"), 0.5);
  EXPECT_EQ(object.at("threads"), (json{{"nobounce", {{"user", 0.25}, {"system", 0.0}}}}));
  EXPECT_EQ(object.at("idle_states").at(0),
            (json{{"cpu", 3}, {"states", {{"C1", {{"seconds", 1.5}, {"entries", 8}}}}}}));
  EXPECT_EQ(object.at("power").at("rapl"),
            (json{{"package-0", {{"joules", 10.0}, {"watts", 5.0}}}}));
  const json& recvmsg = object.at("syscalls").at("recvmsg");
  EXPECT_EQ(recvmsg.at("calls"), 2);
  EXPECT_EQ(recvmsg.at("mean_us"), 2.0);
  EXPECT_EQ(recvmsg.at("deviation_us"), 1.0);
  EXPECT_EQ(object.at("tcp").at("retransmits"), 2);
  EXPECT_EQ(object.at("tcp").at("busy_seconds"), 1.0);
}

TEST(MeasuredJson, HasTheHistogramOfFrags) {
  const json frags = to_json(a_measured()).at("frags_per_receive");
  EXPECT_EQ(frags.at("sum"), 20);
  EXPECT_EQ(frags.at("histogram"), json::parse(R"([{"least":2,"most":3,"count":1},
                                                   {"least":16,"most":31,"count":1}])"));
}

TEST(MeasuredJson, PutsStatisticsBesideTheirPool) {
  json object = to_json(a_measured());
  EXPECT_EQ(object.at("page_pools").at(0).at("memory"), "dma-buf");
  EXPECT_EQ(object.at("page_pools").at(0).at("inflight_pages"), 64);
  EXPECT_EQ(object.at("page_pools").at(0).at("statistics").at("slow"), 900);
  EXPECT_EQ(object.at("page_pools").at(1).at("memory"), "host");

  transfer::Measured without = a_measured();
  without.host.page_pool_statistics = NotAvailable{"built without CONFIG_PAGE_POOL_STATS"};
  object = to_json(without);
  EXPECT_EQ(object.at("page_pools").at(0).at("statistics"),
            (json{{"not_available", "built without CONFIG_PAGE_POOL_STATS"}}));
}

TEST(MeasuredJson, TellsWhatTheDriversCountersMean) {
  const json nic = to_json(a_measured()).at("nic");
  EXPECT_EQ(nic.at("driver"), "gve");
  EXPECT_EQ(nic.at("rx_header_split_packets"), 5);
  EXPECT_EQ(nic.at("rx_dropped"), 0);
  EXPECT_TRUE(nic.at("rx_coalesced_packets").contains("not_available"));
  EXPECT_EQ(nic.at("changed"), (json{{"rx_hsplit_pkt", 5}}));
}

TEST(MeasuredJson, NamesTheProbeOfAMissingFigure) {
  const json object = to_json(a_measured());
  EXPECT_EQ(object.at("power").at("hwmon_power"),
            (json{{"not_available", "no sensor tells watts"}}));
  EXPECT_EQ(object.at("idle_power"), (json{{"not_available", "not measured"}}));
}

}  // namespace
}  // namespace nobounce::cli
