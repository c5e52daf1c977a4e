// SPDX-License-Identifier: Apache-2.0
#include "bench/streams.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bench/stream_figures.h"
#include "report/latency_json.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Cell a_cell(Shape shape) {
  Cell cell;
  cell.paths = {"devmem", "devmem"};
  cell.tx_memory = cell.rx_memory = "accelerator";
  cell.mtu = 4148;
  cell.message_bytes = 4096;
  cell.pool_bytes = 1 << 20;
  cell.shape = shape;
  return cell;
}

Matrix a_matrix(Direction direction) {
  Matrix matrix;
  matrix.seconds = 1;
  matrix.measuring.on = false;
  matrix.axes.shapes.directions = {direction};
  return matrix;
}

const Placement kPlacement = *placement_of(Cpus::kOne, 2);
const ResultFiles kFiles = {.sender = "/s", .receiver = "/r"};
const Lines kLab = lines_of_lab(4);
constexpr Shape kFourBothWays{.nic_pairs = 4, .direction = Direction::kBoth};

std::string line(const std::vector<std::string>& command) {
  return fmt::format("{}", fmt::join(command, " "));
}

TEST(Streams, AreOneForEachPairWayAndFlow) {
  const Shape shape{.nic_pairs = 2, .direction = Direction::kBoth, .flows = 3};
  EXPECT_EQ(shape.connections(), 12u);
  EXPECT_EQ(shape.lines(), 4u);
  std::set<std::string> seen;
  for (const Stream& stream : streams_of(a_cell(shape)))
    seen.insert(fmt::format("{} {} {}", stream.pair, stream.sender_host(), stream.flow));
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(streams_of(a_cell({})).size(), 1u);
}

Lines two_machines() {
  return {.a = {{.name = "eth1", .v4 = "10.1.0.1", .v6 = {}},
                {.name = "eth2", .v4 = "10.2.0.1", .v6 = {}}},
          .b = {{.name = {}, .v4 = "10.1.0.2", .v6 = {}}, {.name = {}, .v4 = "10.2.0.2", .v6 = {}}},
          .first_port = 7000,
          .is_one_machine = false,
          .force = true};
}

TEST(Streams, BetweenMachinesHaveTheirNicsAddressesAndPortsThatFollow) {
  const Cell cell = a_cell({.nic_pairs = 2, .direction = Direction::kBoth, .flows = 3});
  const Matrix matrix = a_matrix(Direction::kBoth);
  const CellCommands there =
      commands_of({.pair = 1, .flow = 2}, cell, matrix, kPlacement, kFiles, two_machines());
  EXPECT_THAT(line(there.sender), HasSubstr("send 10.2.0.2:7002 --nic eth2"));
  EXPECT_THAT(line(there.sender), HasSubstr("--memory accelerator:1 "));
  EXPECT_THAT(line(there.sender), HasSubstr("--await-order"));
  const CellCommands back = commands_of({.pair = 0, .backward = true, .flow = 1}, cell, matrix,
                                        kPlacement, kFiles, two_machines());
  EXPECT_THAT(line(back.receiver), HasSubstr("--listen 10.1.0.1:7001 --nic eth1"));
  EXPECT_THAT(line(back.receiver), HasSubstr("--memory accelerator:0 "));
  EXPECT_EQ(back.receiver.back(), "--force");
  EXPECT_TRUE(has_room_for_flows(65535 - kMostFlows + 1));
  EXPECT_FALSE(has_room_for_flows(65535 - kMostFlows + 2));
}

TEST(Streams, WhatEitherMachineLacksIsNamed) {
  const Machine machine = {.cpus = {}, .nics = 2, .accelerators = 2, .receive_queues = 3};
  const auto why = [&](const Cell& cell, const Machine& a, const Machine& b) {
    return why_streams_fail(cell, {.cpus = 2, .a = a, .b = b}).value_or("possible");
  };
  const Shape both{.nic_pairs = 2, .direction = Direction::kBoth, .flows = 2};
  EXPECT_EQ(why(a_cell(both), machine, machine), "possible");
  EXPECT_THAT(why(a_cell({.flows = 3}), machine, machine), HasSubstr("takes a queue"));
  Machine other = machine;
  other.receive_queues = 2;
  EXPECT_EQ(why(a_cell({.flows = 2}), other, machine), "possible") << "it receives nothing";
  EXPECT_THAT(why(a_cell(both), other, machine), HasSubstr("which has 2"));
  other = machine;
  other.nics = 1;
  EXPECT_THAT(why(a_cell(both), machine, other), HasSubstr("--nic"));
  EXPECT_EQ(why(a_cell({}), machine, other), "possible");
  other = machine;
  other.accelerators = 1;
  EXPECT_THAT(why(a_cell({.nic_pairs = 2}), machine, other),
              HasSubstr("2 accelerators of the peer are wanted"));
  Cell cell = a_cell({.nic_pairs = 2});
  cell.rx_memory = "udmabuf";
  EXPECT_EQ(why(cell, machine, other), "possible");
  EXPECT_THAT(why(cell, other, machine), HasSubstr("of this host are wanted"));
  cell = a_cell({});
  cell.link.address_family = "v6";
  EXPECT_THAT(why(cell, machine, machine), HasSubstr("IPv6 address"));
  other = machine;
  other.families = {"v4", "v6"};
  EXPECT_EQ(why(cell, other, other), "possible");
}

TEST(Streams, AddressFamilyIsThatOfBothEnds) {
  Cell cell = a_cell({.nic_pairs = 2});
  cell.link.address_family = "v6";
  const Stream stream{.pair = 1};
  const Matrix matrix = a_matrix(Direction::kOneWay);
  const CellCommands ours = commands_of(stream, cell, matrix, kPlacement, kFiles, kLab);
  EXPECT_THAT(line(ours.receiver), HasSubstr("--listen [fd00:1::2]:5001"));
  EXPECT_THAT(line(ours.sender), HasSubstr("send [fd00:1::2]:5001"));
  cell.engine = Engine::kIperf3;
  const CellCommands peers = commands_of(stream, cell, matrix, kPlacement, kFiles, kLab);
  EXPECT_THAT(line(peers.sender), HasSubstr("-c fd00:1::2"));
  EXPECT_THAT(line(peers.receiver), HasSubstr("-B fd00:1::2"));
}

TEST(Streams, HaveProgramsOfTheirOwnAndTheDeviceBesideTheirNic) {
  const Stream stream{.pair = 3, .backward = true, .flow = 2};
  const CellCommands commands = commands_of(stream, a_cell(kFourBothWays),
                                            a_matrix(Direction::kBoth), kPlacement, kFiles, kLab);
  // Host b, which sends now, has CPU 1 and the odd devices.
  EXPECT_THAT(line(commands.sender),
              HasSubstr("taskset -c 1 nobounce send 10.0.3.1:5003 --nic eth3 --path devmem "
                        "--memory accelerator:7"));
  EXPECT_EQ(commands.sender.back(), "--await-order");
  EXPECT_THAT(line(commands.receiver),
              HasSubstr("taskset -c 0 nobounce recv --listen 10.0.3.1:5003 --nic eth3 --path "
                        "devmem --memory accelerator:6"));
}

TEST(Streams, OneAloneBeginsWhenItLikes) {
  const CellCommands commands =
      commands_of({}, a_cell({}), a_matrix(Direction::kOneWay), kPlacement, kFiles, kLab);
  EXPECT_THAT(line(commands.sender), Not(HasSubstr("--await-order")));
  EXPECT_EQ(ready_word(a_cell({})), "");
}

TEST(Streams, EveryNicIsSetAsItsHostSends) {
  const Cell cell = a_cell({.nic_pairs = 2});
  const Matrix one_way = a_matrix(Direction::kOneWay);
  const std::string a = host_settings('a', cell, one_way, kPlacement, kLab);
  EXPECT_THAT(a, HasSubstr("dev eth0 gso_max_size"));
  EXPECT_THAT(a, HasSubstr("dev eth1 gso_max_size"));
  EXPECT_THAT(a, Not(HasSubstr("ethtool -K")));
  EXPECT_THAT(host_settings('b', cell, one_way, kPlacement, kLab),
              HasSubstr("ethtool -K eth1 gro on"));
}

TEST(Streams, BothHostsAreSetAsSenderAndReceiverWhereAnyCellGoesBothWays) {
  const Matrix matrix = a_matrix(Direction::kBoth);
  const Cell cell = a_cell({});  // Which itself goes one way.
  for (const char host : {'a', 'b'}) {
    const std::string script = host_settings(host, cell, matrix, kPlacement, kLab);
    EXPECT_THAT(script, HasSubstr("ethtool -K eth0 gro on rx-gro-hw on"));
    EXPECT_THAT(script, HasSubstr("dev eth0 gso_max_size"));
    // Interrupts stay on the host's own CPU, whichever of its halves is set.
    EXPECT_THAT(script, Not(HasSubstr(host == 'a' ? "echo 1 >/proc/irq" : "echo 0 >/proc/irq")));
  }
}

TEST(Streams, WhatTheHostsLackIsNamed) {
  const Field field{.cpus = 2, .nic_queues = 4, .accelerators = 8};
  EXPECT_EQ(why_impossible(a_cell(kFourBothWays), field), std::nullopt);
  EXPECT_EQ(why_impossible(a_cell({.flows = 3}), field), std::nullopt);
  EXPECT_THAT(why_impossible(a_cell({.flows = 4}), field).value_or(""),
              HasSubstr("takes a queue of the NIC, which has 4"));
  EXPECT_EQ(why_impossible(a_cell(kFourBothWays), {.cpus = 2, .accelerators = 7}),
            "8 accelerators are wanted, one beside each NIC, and there are 7");
  Cell cell = a_cell({.flows = 2});
  cell.engine = Engine::kIperf3;
  EXPECT_EQ(why_impossible(cell, field), std::nullopt) << "it makes them itself";
  EXPECT_EQ(streams_of(cell).size(), 1u);
  EXPECT_EQ(ready_word(cell), "");
  cell.engine = Engine::kNeper;
  EXPECT_THAT(why_impossible(cell, field).value_or(""), HasSubstr("with one flow"));
  cell = a_cell({.nic_pairs = 2});
  cell.engine = Engine::kIperf3;
  EXPECT_THAT(why_impossible(cell, field).value_or(""), HasSubstr("iperf3 awaits no order"));
  cell = a_cell({.flows = 9});
  cell.paths.rx = "copy";
  EXPECT_EQ(why_impossible(cell, field), std::nullopt);
  cell.paths.tx = "zerocopy";
  EXPECT_THAT(why_impossible(cell, field).value_or(""), HasSubstr("can be pinned"));
}

TEST(Fairness, IsOneWhereAllHaveTheSame) {
  EXPECT_DOUBLE_EQ(fairness_of(std::vector<double>{3, 3, 3}), 1);
  EXPECT_DOUBLE_EQ(fairness_of(std::vector<double>{4, 0, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(fairness_of(std::vector<double>{1, 3}), 0.8);
  EXPECT_DOUBLE_EQ(fairness_of({}), 1);
}

json figures(double began, double seconds, std::uint64_t bytes) {
  return {{"seconds", seconds},
          {"bytes", bytes},
          {"gbit_per_s", static_cast<double>(bytes) * 8 / seconds / 1e9},
          {"sender",
           {{"seconds", seconds},
            {"cpu_seconds", {{"user", 0.5}, {"system", 1}}},
            {"syscalls", {{"sendmsg", 10}}}}},
          {"receiver",
           {{"seconds", seconds},
            {"began_at_seconds", began},
            {"ended_at_seconds", began + seconds},
            {"cpu_seconds", {{"user", 0.25}, {"system", 2}}},
            {"host_cpu_seconds", {{"user", seconds}}},
            {"syscalls", {{"recvmsg", 20}, {"poll", seconds > 1 ? 1 : 2}}},
            {"frags", 7},
            {"cpu_touches", {{"not_available", "nothing counts them"}}}}}};
}

TEST(StreamFigures, TimeIsFromTheFirstByteOfAnyToTheLastOfAny) {
  const json run = figures_of_streams(
      {{.stream = {}, .figures = figures(10, 1, 1'000'000'000)},
       {.stream = {.backward = true}, .figures = figures(10.5, 1.5, 1'000'000'000)}});
  EXPECT_DOUBLE_EQ(run.at("seconds").get<double>(), 2);
  EXPECT_EQ(run.at("bytes"), 2'000'000'000);
  EXPECT_DOUBLE_EQ(run.at("gbit_per_s").get<double>(), 8);
  EXPECT_EQ(run.at("streams").size(), 2u);
  EXPECT_EQ(run.at("streams")[1].at("from"), "b");
  EXPECT_NEAR(run.at("fairness").get<double>(), 25.0 / 26, 1e-9);  // 3 and 2.
}

TEST(StreamFigures, ProcessesAreAddedUpAndTheMachineIsCountedOnce) {
  const json run = figures_of_streams(
      {{.stream = {}, .figures = figures(10, 1, 8)}, {.stream = {}, .figures = figures(10, 2, 8)}});
  const json& receiver = run.at("receiver");
  EXPECT_EQ(receiver.at("cpu_seconds").at("system"), 4);
  EXPECT_EQ(receiver.at("syscalls").at("recvmsg"), 40);
  EXPECT_EQ(receiver.at("syscalls").at("poll"), 3);
  EXPECT_EQ(receiver.at("frags"), 14);
  EXPECT_EQ(receiver.at("seconds"), 2.0);
  EXPECT_EQ(receiver.at("host_cpu_seconds").at("user"), 2.0);
  EXPECT_EQ(receiver.at("cpu_touches").at("not_available"), "nothing counts them");
  EXPECT_FALSE(receiver.contains("began_at_seconds"));
}

TEST(StreamFigures, RequestsOfAllStreamsAreTogether) {
  json fast = figures(10, 1, 8);
  json slow = figures(10, 1, 8);
  Latencies one;
  one.add(1000);
  Latencies other;
  other.add(5000);
  fast["latency_us"] = report::json_of(one);
  slow["latency_us"] = report::json_of(other);
  const json run =
      figures_of_streams({{.stream = {}, .figures = fast}, {.stream = {}, .figures = slow}});
  EXPECT_EQ(run.at("latency_us").at("count"), 2);
  EXPECT_EQ(run.at("latency_us").at("max"), 5.0);
  EXPECT_EQ(run.at("latency_us").at("min"), 1.0);
}

TEST(Streams, RequestsAreAnsweredAtBothEnds) {
  Matrix matrix = a_matrix(Direction::kOneWay);
  matrix.response_bytes = 128;
  const CellCommands commands =
      commands_of({}, a_cell({.load = Load::kRequestResponse}), matrix, kPlacement, kFiles, kLab);
  EXPECT_THAT(line(commands.sender), HasSubstr("--answer 128"));
  EXPECT_THAT(line(commands.receiver), HasSubstr("--request 4096 --answer 128"));
  Cell cell = a_cell({.load = Load::kRequestResponse});
  cell.engine = Engine::kIperf3;
  EXPECT_THAT(why_impossible(cell, {.cpus = 2}).value_or(""), HasSubstr("answers no requests"));
}

TEST(Streams, HoldAndPauseAsTold) {
  const Cell cell = a_cell({.hold_ns = 10'000'000, .pause_ns = 500});
  const CellCommands commands =
      commands_of({}, cell, a_matrix(Direction::kOneWay), kPlacement, kFiles, kLab);
  EXPECT_THAT(line(commands.sender), HasSubstr("--pause 500ns"));
  EXPECT_THAT(line(commands.receiver), HasSubstr("--hold 10000000ns"));
}

TEST(StreamFigures, OneStreamIsTheRun) {
  const json one = figures(10, 1, 8);
  EXPECT_EQ(figures_of_streams({{.stream = {}, .figures = one}}), one);
}

TEST(ShapeWords, TellWhatVaries) {
  const ShapeAxes axes{.nic_pairs = {1, 4}, .directions = {Direction::kBoth}, .flows = {1, 8}};
  EXPECT_THAT(words_of({.nic_pairs = 1, .flows = 8}, axes), ElementsAre("1 NIC pair", "8 flows"));
  EXPECT_EQ(shapes_of(axes).size(), 4u);
}

}  // namespace
}  // namespace nobounce::bench
