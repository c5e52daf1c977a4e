// SPDX-License-Identifier: Apache-2.0
#include "bench/cell_commands.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/engine_result.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Cell a_cell() {
  Cell cell;
  cell.paths = {"devmem", "zcrx"};
  cell.tx_memory = "udmabuf";
  cell.rx_memory = "host";
  cell.mtu = 1500;
  cell.cpus = Cpus::kOne;
  cell.message_bytes = 1000;
  cell.pool_bytes = 1 << 20;
  return cell;
}

const Placement kPlacement = *placement_of(Cpus::kOne, 2);
const ResultFiles kFiles = {.sender = "/s", .receiver = "/r"};

std::string line(const std::vector<std::string>& command) {
  return fmt::format("{}", fmt::join(command, " "));
}

Matrix unmeasured() {
  Matrix matrix;
  matrix.measuring.on = false;
  return matrix;
}

TEST(CellCommands, BothEndsArePinnedAndTold) {
  Matrix matrix = unmeasured();
  matrix.seconds = 1.5;
  const CellCommands commands = commands_for(a_cell(), matrix, kPlacement, kFiles);
  EXPECT_EQ(line(commands.receiver),
            "taskset -c 1 nobounce recv --listen 10.0.0.2:5001 --nic eth0 --path zcrx --memory "
            "host --region-size 1048576 --verify none --timeout 30 --json=/r");
  EXPECT_EQ(line(commands.sender),
            "taskset -c 0 nobounce send 10.0.0.2:5001 --nic eth0 --path devmem --memory udmabuf "
            "--region-size 1000 --pattern 1 --bytes 1000 --timeout 30 --duration 1.5 --json=/s");
}

TEST(CellCommands, BothEndsMeasureAsTheMatrixSays) {
  Matrix matrix;
  matrix.seconds = 1;
  matrix.measuring = {
      .on = true, .power_command = "watts", .idle_seconds = 0.5, .cpu_profile = true};
  const CellCommands commands = commands_for(a_cell(), matrix, kPlacement, kFiles);
  for (const auto& end : {commands.sender, commands.receiver})
    EXPECT_THAT(line(end),
                HasSubstr("--measure --power-command watts --idle-baseline 0.5 --cpu-profile "
                          "--json"));
}

TEST(CellCommands, TuningIsOfTheReceiver) {
  Cell cell = a_cell();
  cell.tuning = {
      .receive_bytes = 65536, .token_batch = 16, .cq_entries = 128, .region_pages = "huge"};
  const CellCommands commands = commands_for(cell, unmeasured(), kPlacement, kFiles);
  EXPECT_THAT(line(commands.receiver),
              HasSubstr("--receive-size 65536 --token-batch 16 --cq-entries 128 --huge-pages"));
  EXPECT_THAT(line(commands.sender), HasSubstr("--huge-pages"));
  EXPECT_THAT(line(commands.sender), Not(HasSubstr("--token-batch")));
  cell.tx_memory = "dma-heap";  // It has no reserved pages to take.
  EXPECT_THAT(line(commands_for(cell, unmeasured(), kPlacement, kFiles).sender),
              Not(HasSubstr("--huge-pages")));
}

TEST(CellCommands, BytesGoInWholeMessages) {
  Matrix matrix;
  matrix.bytes = 2500;
  EXPECT_THAT(line(commands_for(a_cell(), matrix, kPlacement, kFiles).sender),
              HasSubstr("--repeat 3"));
  Cell peer = a_cell();
  peer.engine = Engine::kIperf3;
  EXPECT_THAT(line(commands_for(peer, matrix, kPlacement, kFiles).sender),
              HasSubstr("-i 0.1 -n 3000"));
}

TEST(CellCommands, WhatIsTracedRunsBelowTheTracer) {
  Matrix matrix = unmeasured();
  matrix.seconds = 2;
  Cell peer = a_cell();
  peer.engine = Engine::kIperf3;
  ResultFiles files = kFiles;
  files.sender_calls = "/sc";
  files.receiver_calls = "/rc";
  const CellCommands commands = commands_for(peer, matrix, kPlacement, files);
  EXPECT_THAT(line(commands.sender),
              HasSubstr("taskset -c 0 nobounce trace-calls --json=/sc iperf3 -c 10.0.0.2"));
  EXPECT_THAT(line(commands.receiver),
              HasSubstr("taskset -c 1 nobounce trace-calls --json=/rc iperf3 -s"));
}

TEST(CellCommands, Iperf3RunsAsLong) {
  Matrix matrix;
  matrix.seconds = 2;
  Cell peer = a_cell();
  peer.engine = Engine::kIperf3;
  EXPECT_EQ(line(commands_for(peer, matrix, kPlacement, kFiles).sender),
            "taskset -c 0 iperf3 -c 10.0.0.2 -p 5001 -J --logfile /s -i 0 -t 2");
  peer.shape.flows = 3;
  EXPECT_THAT(line(commands_for(peer, matrix, kPlacement, kFiles).sender),
              HasSubstr("-P 3 -i 0 -t 2"));
}

TEST(CellSettings, SetAllThatTheCellSays) {
  Cell cell = a_cell();
  cell.gso_max_bytes = 131072;
  cell.gro_max_bytes = 196608;
  for (const auto& [gro, words] : {std::pair{Gro::kOff, "gro off rx-gro-hw off"},
                                   std::pair{Gro::kSoftware, "gro on rx-gro-hw off"},
                                   std::pair{Gro::kHardware, "gro on rx-gro-hw on"}}) {
    cell.gro = gro;
    EXPECT_THAT(receiver_settings(cell, kPlacement), HasSubstr(words));
  }
  EXPECT_THAT(receiver_settings(cell, kPlacement), HasSubstr("gro_ipv4_max_size 196608"));
  EXPECT_THAT(receiver_settings(cell, kPlacement), HasSubstr("echo 1 >/proc/irq/"));
  EXPECT_THAT(sender_settings(cell, kPlacement), HasSubstr("gso_ipv4_max_size 131072"));
  EXPECT_THAT(sender_settings(cell, kPlacement), HasSubstr("mtu 1500"));
  EXPECT_THAT(sender_settings(cell, kPlacement), Not(HasSubstr("rx-gro-hw")));
}

TEST(CellSettings, LinkIsLeftAloneUnlessAnAxisNamesIt) {
  Cell cell = a_cell();
  for (const char* words : {"ethtool -G", "advmss"}) {
    EXPECT_THAT(receiver_settings(cell, kPlacement), Not(HasSubstr(words)));
    EXPECT_THAT(sender_settings(cell, kPlacement), Not(HasSubstr(words)));
  }
  cell.link = {.mss_bytes = 1000, .header_split = "on", .ring_entries = 512};
  EXPECT_THAT(receiver_settings(cell, kPlacement), HasSubstr("ethtool -G eth0 rx 512 tx 512"));
  EXPECT_THAT(receiver_settings(cell, kPlacement), HasSubstr("tcp-data-split on"));
  EXPECT_THAT(sender_settings(cell, kPlacement), Not(HasSubstr("tcp-data-split")));
  EXPECT_THAT(sender_settings(cell, kPlacement), HasSubstr("advmss 1000"));
}

constexpr const char* kPrinted =
    R"([{"mtu":1500,"gso_max_size":65536,"gro_max_size":65536,"tso_max_size":262143}]
--- next ---
[{"generic-receive-offload":{"active":true},"rx-gro-hw":{"active":true},
"tcp-segmentation-offload":{"active":true},"rx-checksumming":{"active":false}}]
--- next ---
0
1
--- next ---
[{"ifname":"eth0","rx-max":4096,"rx":1024,"tx":512,"tcp-data-split":true}]
--- next ---
[{"dst":"10.0.0.0/24","metrics":[{"advmss":1400}]}]
)";

TEST(CellSettings, AreReadBack) {
  const auto settings = settings_in_force(kPrinted);
  ASSERT_TRUE(settings) << to_string(settings.error());
  EXPECT_EQ(settings->at("mtu"), 1500);
  EXPECT_EQ(settings->at("rx-gro-hw"), "on");
  EXPECT_EQ(settings->at("rx-checksumming"), "off");
  EXPECT_EQ(settings->at("interrupts_on_cpus"), "0;1");
  EXPECT_EQ(settings->at("rx_ring"), 1024);
  EXPECT_EQ(settings->at("header_split"), "on");
  EXPECT_EQ(settings->at("advmss"), 1400);
  EXPECT_FALSE(settings_in_force("[]"));
  const std::string next = "\n--- next ---\n";
  EXPECT_FALSE(settings_in_force("[{}]" + next + "[{}]" + next + next + next));
}

TEST(CellSettings, WhatTheKernelDidNotTakeIsNamed) {
  const json settings = *settings_in_force(kPrinted);
  Cell cell = a_cell();
  EXPECT_EQ(what_differs(cell, settings, settings), std::nullopt);
  cell.gro = Gro::kSoftware;
  EXPECT_EQ(what_differs(cell, settings, settings),
            R"(rx-gro-hw of the receiver is "on", not "off")");
  cell = a_cell();
  cell.gso_max_bytes = 131072;
  EXPECT_EQ(what_differs(cell, settings, settings),
            "gso_max_size of the sender is 65536, not 131072");
}

TEST(CellSettings, WhatTheLinkDidNotTakeIsNamed) {
  const json settings = *settings_in_force(kPrinted);
  Cell cell = a_cell();
  cell.link = {.mss_bytes = 1400, .header_split = "on"};
  EXPECT_EQ(what_differs(cell, settings, settings), std::nullopt);
  cell.link.ring_entries = 1024;
  EXPECT_EQ(what_differs(cell, settings, settings), "tx_ring of the sender is 512, not 1024");
  cell.link = {.header_split = "off"};
  EXPECT_EQ(what_differs(cell, settings, settings),
            R"(header_split of the receiver is "on", not "off")");
}

TEST(EngineResult, WhatWasMeasuredIsKept) {
  const json receiver = {
      {"seconds", 2.0}, {"bytes", 100}, {"gbit_per_s", 4e-7}, {"measured", {{"tcp", 1}}}};
  const auto run = figures_of({{"seconds", 1.0}}, receiver);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("receiver").at("measured").at("tcp"), 1);
  EXPECT_EQ(run->at("sender").at("measured").at("not_available"),
            "the matrix says measure = false");
}

TEST(EngineResult, TimeAndBytesAreTheReceivers) {
  const json receiver = {{"seconds", 2.0}, {"bytes", 100}, {"gbit_per_s", 4e-7}, {"frags", 3}};
  const auto run = figures_of({{"seconds", 1.0}}, receiver);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("seconds"), 2.0);
  EXPECT_EQ(run->at("receiver").at("frags"), 3);
  EXPECT_EQ(run->at("sender").at("seconds"), 1.0);
  EXPECT_TRUE(run->at("sender").at("cpu_seconds").contains("not_available"));
  EXPECT_FALSE(figures_of({}, {{"bytes", 100}}));
}

TEST(EngineResult, FlowsOfIperf3AreStreams) {
  const json client = json::parse(R"({"end": {
      "streams": [
        {"receiver": {"seconds": 2, "bytes": 300, "bits_per_second": 3e9}},
        {"receiver": {"seconds": 2, "bytes": 100, "bits_per_second": 1e9}}],
      "sum_sent": {"retransmits": 4},
      "sum_received": {"seconds": 2.0, "bytes": 400, "bits_per_second": 4e9},
      "cpu_utilization_percent": {"host_user": 1, "host_system": 10, "remote_user": 2,
                                  "remote_system": 20}}})");
  const auto run = figures_of_iperf3(client);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("bytes"), 400);
  ASSERT_EQ(run->at("streams").size(), 2u);
  EXPECT_EQ(run->at("streams")[1].at("flow"), 1);
  EXPECT_EQ(run->at("streams")[1].at("gbit_per_s"), 1.0);
  EXPECT_DOUBLE_EQ(run->at("fairness").get<double>(), 0.8);
}

TEST(EngineResult, Iperf3IsReadAsFarAsItGoes) {
  const json client = json::parse(R"({"end": {
      "sum_sent": {"retransmits": 4},
      "sum_received": {"seconds": 2.0, "bytes": 1000, "bits_per_second": 4e9},
      "cpu_utilization_percent": {"host_user": 1, "host_system": 10, "remote_user": 2,
                                  "remote_system": 20}}})");
  const auto run = figures_of_iperf3(client);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("gbit_per_s"), 4.0);
  EXPECT_EQ(run->at("receiver").at("cpu_seconds").at("system"), 0.4);
  EXPECT_EQ(run->at("sender").at("retransmits"), 4);
  EXPECT_TRUE(run->at("sender").at("host_cpu_seconds").contains("not_available"));
  EXPECT_THAT(to_string(figures_of_iperf3({{"error", "no route"}}).error()), HasSubstr("no route"));
  EXPECT_FALSE(figures_of_iperf3({{"end", {}}}));
}

}  // namespace
}  // namespace nobounce::bench
