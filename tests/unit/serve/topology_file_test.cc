// SPDX-License-Identifier: Apache-2.0
#include "serve/topology_file.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/chassis/mac_address.h"

namespace nobounce::serve {
namespace {

using emulator::Station;

TEST(TopologyFile, SaysNicsAndWires) {
  const auto layout = parse_topology(R"(
[[nic]]
name = "a"
mac = "02:00:00:00:00:01"
queues = 2
mtu = 1500
link-speed = "25G"

[[nic]]
name = "b"

[[wire]]
name = "w"
stations = ["a", "b", "tap:tap0", "dgram:/tmp/here:/tmp/there"]
rate = "10G"
delay = "50us"
jitter = "5us"
loss = "1%"
reorder = 0.25
duplicate = 0
corrupt = 1
seed = 9
queue = "1M"
)",
                                     "test");
  ASSERT_TRUE(layout) << to_string(layout.error());
  ASSERT_EQ(layout->nics.size(), 2U);
  EXPECT_EQ(layout->nics[0].name, "a");
  EXPECT_EQ(emulator::to_string(layout->nics[0].options.mac), "02:00:00:00:00:01");
  EXPECT_EQ(layout->nics[0].options.queues, 2U);
  EXPECT_EQ(layout->nics[0].options.mtu, 1500);
  EXPECT_EQ(layout->nics[0].options.link_speed_mbps, 25'000U);
  EXPECT_EQ(emulator::to_string(layout->nics[1].options.mac), "02:6e:62:02:00:01");
  ASSERT_EQ(layout->wires.size(), 1U);
  const emulator::WireLayout& wire = layout->wires[0];
  const emulator::wire::Impairments expected{.rate_bits_per_s = 10'000'000'000,
                                             .delay_ns = 50'000,
                                             .jitter_ns = 5'000,
                                             .loss = 0.01,
                                             .reorder = 0.25,
                                             .corrupt = 1};
  EXPECT_EQ(wire.impairments, expected);
  EXPECT_EQ(wire.seed, 9U);
  EXPECT_EQ(wire.queue_bytes, std::size_t{1} << 20);
  ASSERT_EQ(wire.stations.size(), 4U);
  EXPECT_EQ(wire.stations[2].kind, Station::Kind::kTap);
  EXPECT_EQ(wire.stations[2].name, "tap0");
  EXPECT_EQ(wire.stations[3].kind, Station::Kind::kDatagram);
  EXPECT_EQ(wire.stations[3].local, "/tmp/here");
  EXPECT_EQ(wire.stations[3].peer, "/tmp/there");
}

// A topology that is fine but for line 8, on which `line` stands.
std::string with_line_8(const std::string& line) {
  return "[[nic]]\nname = \"a\"\n[[nic]]\nname = \"b\"\n[[wire]]\nname = \"w\"\n"
         "stations = [\"a\", \"b\"]\n" +
         line + "\n";
}

TEST(TopologyFile, TheLineOfAMistakeIsNamed) {
  ASSERT_TRUE(parse_topology(with_line_8(""), "test"));
  struct Mistake {
    const char* line;
    const char* named;  // what the message says of it
  };
  for (const Mistake& mistake :
       {Mistake{"colour = 1", "line 8: 'colour' is no key"},
        Mistake{"rate = \"fast\"", "line 8: rate"},
        Mistake{"rate = true", "line 8: rate"},
        Mistake{"rate = [1]", "line 8: rate"},
        Mistake{"delay = \"5\"", "line 8: delay"},
        Mistake{"delay = 5", "line 8: delay"},
        Mistake{"loss = 1.5", "line 8: loss"},
        Mistake{"loss = nan", "line 8: loss"},
        Mistake{"corrupt = -1", "line 8: corrupt"},
        Mistake{"reorder = \"x\"", "line 8: reorder"},
        Mistake{"seed = -1", "line 8: seed"},
        Mistake{"seed = \"1\"", "line 8: seed"},
        Mistake{"queue = \"x\"", "line 8: queue"},
        Mistake{"queue = 1", "line 5: wire w: its queue"},
        Mistake{"jitter = \"1ms\"", "line 5: "},
        Mistake{"name = \"w\"", "line 8"},
        Mistake{"rate = ", "line 8"},
        Mistake{"loss = 5", "line 8: loss: probability '5': it is more"},
        Mistake{"speed = 1", "name, stations, rate, delay, jitter, loss, reorder, duplicate"},
        Mistake{"[nic2]", "line 8: 'nic2' is no key"},
        Mistake{"[[wire]]", "line 8: a wire without a name"},
        Mistake{"[[nic]]", "line 8: a NIC without a name"},
        Mistake{"[[nic]]\nname = \"a\"", "line 8: NIC a: there are two"},
        Mistake{"[[nic]]\nname = \"c\"", "NIC c: it is on no wire"},
        Mistake{"[[nic]]\nname = \"c\"\nmac = \"02:6e:62:02:00:00\"", "line 8: NIC c: NIC a has"},
        Mistake{"[[nic]]\nname = \"c\"\nmac = \"nonsense\"", "line 10: mac"},
        Mistake{"[[nic]]\nname = \"c\"\nmac = 1", "line 10: mac"},
        Mistake{"[[nic]]\nname = \"../c\"", "line 8: NIC '../c'"},
        Mistake{"[[nic]]\nname = 3", "line 9: name is no text"},
        Mistake{"[[nic]]\nname = \"c\"\nqueues = 17", "line 10: queues"},
        Mistake{"[[nic]]\nname = \"c\"\nmtu = 67", "line 10: mtu"},
        Mistake{"[[nic]]\nname = \"c\"\nmtu = 1500.5", "line 10: mtu"},
        Mistake{"[[nic]]\nname = \"c\"\nlink-speed = \"x\"", "line 10: link-speed"},
        Mistake{"[[nic]]\nname = \"c\"\nlink-speed = \"1k\"", "line 8: link-speed is below"},
        Mistake{"[[wire]]\nname = \"v\"", "line 8: a wire without stations"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = \"a\"", "line 8: a wire without stations"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [1, 2]", "line 10: a station is no text"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = []", "line 8: wire v: it has 0 stations"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"x\", \"y\"]", "there is no NIC 'x'"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"a\", \"tap:t\"]", "NIC 'a' has a place"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"tap:\", \"tap:t\"]", "TAP interface ''"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"dgram:/a\", \"tap:t\"]", "line 10"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"dgram:/a:/b:/c\", \"tap:t\"]", "line 10"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"dgram:/a:\", \"tap:t\"]", "one is missing"},
        Mistake{"[[wire]]\nname = \"v\"\nstations = [\"dgram:/a:/a\", \"tap:t\"]", "its own peer"},
        Mistake{"[[wire]]\nname = \"w\"\nstations = [\"tap:s\", \"tap:t\"]", "two of this name"}}) {
    const auto layout = parse_topology(with_line_8(mistake.line), "test");
    ASSERT_FALSE(layout) << mistake.line;
    EXPECT_EQ(layout.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(layout.error().fix.empty()) << mistake.line;
    EXPECT_NE(to_string(layout.error()).find(mistake.named), std::string::npos)
        << mistake.line << "\n"
        << to_string(layout.error());
  }
}

TEST(TopologyFile, MustHoldANicAndNotTooMany) {
  EXPECT_FALSE(parse_topology("", "test"));
  EXPECT_FALSE(parse_topology("nic = 1", "test"));
  EXPECT_FALSE(parse_topology("nic = [1]", "test"));
  EXPECT_FALSE(parse_topology("[nic]\nname = \"a\"", "test"));
  std::string many;
  for (std::size_t i = 0; i <= emulator::kMaxNics; ++i)
    many += fmt::format("[[nic]]\nname = \"n{}\"\n", i);
  const auto layout = parse_topology(many, "test");
  ASSERT_FALSE(layout);
  EXPECT_NE(layout.error().cause.find("no place"), std::string::npos);
  EXPECT_FALSE(read_topology("/nowhere/at/all.toml"));
}

TEST(TopologyFile, SaysAccelerators) {
  const auto layout = parse_topology(R"(
[[accelerator]]
name = "gpu"
memory = "256M"
guest = 1
log = 16
)",
                                     "x");
  ASSERT_TRUE(layout) << to_string(layout.error());
  ASSERT_EQ(layout->accelerators.size(), 1U);
  EXPECT_EQ(layout->accelerators[0].options.memory_bytes, std::uint64_t{256} << 20);
  EXPECT_EQ(layout->accelerators[0].options.accesses_noted, 16U);
  EXPECT_EQ(layout->accelerators[0].guest, 1U);
  EXPECT_FALSE(parse_topology("[[accelerator]]\nname = \"gpu\"\ncores = 4\n", "x"));
  EXPECT_FALSE(parse_topology("[[accelerator]]\nmemory = \"1G\"\n", "x")) << "without a name";
}

}  // namespace
}  // namespace nobounce::serve
