// SPDX-License-Identifier: Apache-2.0
#include "bench/matrix_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/cell.h"
#include "bench/shipped_matrices.h"

namespace nobounce::bench {
namespace {

using testing::HasSubstr;

constexpr const char* kLeast =
    "versus = []\nseconds = 1\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n";

std::string error_of(std::string_view text) {
  const auto matrix = parse_matrix(text, "m.toml");
  return matrix ? "no error" : to_string(matrix.error());
}

TEST(MatrixFile, ShippedMatricesAreWell) {
  const auto talk = parse_matrix(talk_matrix(), "talk");
  ASSERT_TRUE(talk) << to_string(talk.error());
  EXPECT_EQ(talk->name, "talk");
  EXPECT_EQ(talk->seconds, 100);
  EXPECT_EQ(talk->axes.message_bytes, std::vector<std::uint64_t>{64 << 20});
  EXPECT_EQ(expand(*talk).size(), 80u);  // 16 settings, of each 4 ways and iperf3.
  const auto quick = parse_matrix(quick_matrix(), "quick");
  ASSERT_TRUE(quick) << to_string(quick.error());
  EXPECT_EQ(expand(*quick).size(), 8u);
  const auto rfc = parse_matrix(rfc_matrix(), "rfc");
  ASSERT_TRUE(rfc) << to_string(rfc.error());
  EXPECT_EQ(expand(*rfc).size(), 3u);
  EXPECT_EQ(expand(*rfc)[0].shape.connections(), 16u);
  const auto glance = parse_matrix(glance_matrix(), "glance");
  ASSERT_TRUE(glance) << to_string(glance.error());
  EXPECT_EQ(expand(*glance).size(), 3u);
}

TEST(MatrixFile, EveryShippedMatrixIsReadByItsName) {
  for (const ShippedMatrix& shipped : shipped_matrices()) {
    const auto matrix = parse_matrix(shipped.text, shipped.name);
    ASSERT_TRUE(matrix) << to_string(matrix.error());
    EXPECT_EQ(matrix->name, shipped.name);
    EXPECT_EQ(shipped_matrix(shipped.name), &shipped);
    const auto cells = expand(*matrix);
    const Field field{.cpus = 4};
    EXPECT_TRUE(std::ranges::any_of(cells, [&](const Cell& cell) {
      return !why_impossible(cell, field);
    })) << shipped.name;
  }
  EXPECT_EQ(shipped_matrix("./talk"), nullptr);
}

TEST(MatrixFile, WhatIsNotSaidHasADefault) {
  const auto matrix = parse_matrix(kLeast, "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  EXPECT_EQ(matrix->runs, 5u);
  EXPECT_EQ(matrix->warm_ups, 1u);
  EXPECT_EQ(matrix->drop_ends, 1u);
  EXPECT_EQ(matrix->axes.mtu, std::vector<std::uint64_t>{4148});
}

TEST(MatrixFile, Iperf3RunsBesideUnlessTheListSaysOtherwise) {
  const std::string rest = "seconds = 1\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n";
  EXPECT_EQ(parse_matrix(rest, "m")->versus, std::vector<Engine>{Engine::kIperf3});
  EXPECT_EQ(parse_matrix("versus = [\"neper\"]\n" + rest, "m")->versus,
            std::vector<Engine>{Engine::kNeper});
  EXPECT_TRUE(parse_matrix("versus = []\n" + rest, "m")->versus.empty());
}

TEST(MatrixFile, LengthsOfRunsMayBeAxes) {
  const std::string axes =
      "[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\nduration = [\"500ms\", \"2s\"]\n";
  const auto matrix = parse_matrix("versus = []\n" + axes + "runs = [3, 15]\n", "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  const std::vector<Cell> cells = expand(*matrix);
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(seconds_of(cells[0], *matrix), 0.5);
  EXPECT_EQ(runs_of(cells[0], *matrix), 3u);
  EXPECT_EQ(seconds_of(cells[3], *matrix), 2);
  EXPECT_EQ(runs_of(cells[3], *matrix), 15u);
  EXPECT_EQ(to_json(cells[3]).at("run_seconds"), 2.0);
  EXPECT_EQ(to_json(cells[3]).at("runs"), 15);
  EXPECT_EQ(count_cells(*matrix), 4u);
  for (const auto& [text, why] :
       {std::pair{"seconds = 1\n" + axes, "line 1, column 11: seconds is given here and by"},
        std::pair{"bytes = \"1G\"\n" + axes, "bytes is given here and by the axis duration"},
        std::pair{"runs = 5\n" + axes + "runs = [3]\n", "runs is given here and by the axis runs"},
        std::pair{axes + "runs = [2]\n", "of 2 runs nothing is left"},
        std::pair{axes + "runs = [0]\n", "0 is not what it can be"},
        std::pair{std::string("[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n"
                              "duration = [\"2 days\"]\n"),
                  "line 3, column 13: 2 days is not what it can be"}}) {
    const auto refused = parse_matrix(text, "m.toml");
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(to_string(refused.error()), HasSubstr(why)) << text;
  }
}

TEST(MatrixFile, ListsOfPathsAreCrossed) {
  const auto matrix = parse_matrix(
      "bytes = \"1G\"\n[axes]\ntx-path = [\"copy\", \"devmem\"]\nrx-path = [\"zcrx\", \"mmap\"]\n",
      "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  ASSERT_EQ(matrix->axes.paths.size(), 4u);
  EXPECT_EQ(matrix->axes.paths[3].tx, "devmem");
  EXPECT_EQ(matrix->axes.paths[3].rx, "mmap");
  EXPECT_EQ(matrix->bytes, std::uint64_t{1} << 30);
}

TEST(MatrixFile, ErrorsNameLineAndColumn) {
  EXPECT_THAT(error_of("seconds = 1\n[axes]\npaths = [{ tx = \"copy\", rx = \"rdma\" }]\n"),
              HasSubstr("m.toml, line 3, column 30: rdma is no path to receive by"));
  EXPECT_THAT(error_of("seconds = 1\nruns = 1001\n"),
              HasSubstr("line 2, column 8: runs is not what it can be"));
  EXPECT_THAT(error_of("seconds = \n"), HasSubstr("m.toml, line 1"));
  EXPECT_THAT(error_of(std::string(kLeast) + "mtu = [1500, 64]\n"),
              HasSubstr("line 5, column 14: 64 bytes are not what it can be"));
}

TEST(MatrixFile, NothingIsIgnored) {
  EXPECT_THAT(error_of(std::string("sconds = 2\n") + kLeast), HasSubstr("'sconds' is no key"));
  EXPECT_THAT(error_of(std::string(kLeast) + "mtus = [1500]\n"), HasSubstr("'mtus' is no key"));
  EXPECT_THAT(error_of("seconds = 1\n[axes]\npaths = [{ tx = \"copy\", rx = \"copy\", x = 1 }]\n"),
              HasSubstr("'x' is no key"));
}

TEST(MatrixFile, TuningIsReadStrictly) {
  const auto matrix = parse_matrix(
      std::string(kLeast) +
          "mss = [1400]\nheader-split = [\"on\", \"off\"]\naddress-family = [\"v4\", \"v6\"]\n"
          "ring-size = [64, 1024]\nreceive-size = [\"64K\", \"64M\"]\ntoken-batch = [1, 1024]\n"
          "cq-size = [256]\nregion-pages = [\"small\", \"huge\"]\n",
      "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  EXPECT_EQ(count_cells(*matrix), 64u);
  EXPECT_EQ(matrix->axes.engine.receive_bytes.back(), std::uint64_t{64} << 20);
  EXPECT_THAT(error_of(std::string(kLeast) + "ring-size = [1000]\n"),
              HasSubstr("line 5, column 14: 1000 is not what it can be"));
  EXPECT_THAT(error_of(std::string(kLeast) + "token-batch = [1, 1025]\n"),
              HasSubstr("line 5, column 19: 1025 is not what it can be"));
  EXPECT_THAT(error_of(std::string(kLeast) + "receive-size = [\"1G\"]\n"),
              HasSubstr("line 5, column 17: 1073741824 bytes are not what it can be"));
  EXPECT_THAT(error_of(std::string(kLeast) + "header-split = [true]\n"), HasSubstr("column 17"));
}

TEST(MatrixFile, MeasuringIsOnUnlessItIsTurnedOff) {
  EXPECT_TRUE(parse_matrix(kLeast, "m.toml")->measuring.on);
  EXPECT_FALSE(parse_matrix(std::string("measure = false\n") + kLeast, "m.toml")->measuring.on);
  EXPECT_THAT(error_of(std::string("measure = 1\n") + kLeast),
              HasSubstr("line 1, column 11: measure is neither true nor false"));
  EXPECT_THAT(error_of(std::string("measure = false\nidle-baseline = 1\n") + kLeast),
              HasSubstr("power is to be measured"));
}

TEST(MatrixFile, ListsHaveValuesAndNoneTwice) {
  EXPECT_THAT(error_of(std::string(kLeast) + "gro = []\n"), HasSubstr("gro is no list of values"));
  EXPECT_THAT(error_of(std::string(kLeast) + "gro = \"hw\"\n"),
              HasSubstr("gro is no list of values"));
  EXPECT_THAT(error_of(std::string(kLeast) + "gro = [\"hw\", \"sw\", \"hw\"]\n"),
              HasSubstr("gro has this value twice"));
}

TEST(MatrixFile, RunEndsInOneWay) {
  EXPECT_THAT(error_of("[axes]\npaths = [{ tx = \"copy\", rx = \"copy\" }]\n"),
              HasSubstr("give either seconds"));
  EXPECT_THAT(error_of(std::string("bytes = \"1G\"\n") + kLeast), HasSubstr("give either seconds"));
}

TEST(MatrixFile, SomethingIsLeftToAverage) {
  EXPECT_THAT(error_of(std::string("runs = 2\n") + kLeast),
              HasSubstr("nothing is left to average"));
  EXPECT_EQ(error_of(std::string("runs = 2\ndrop-ends = 0\n") + kLeast), "no error");
}

TEST(MatrixFile, PathsAreGivenOnce) {
  EXPECT_THAT(error_of(std::string(kLeast) + "tx-path = [\"copy\"]\n"),
              HasSubstr("pairs of paths and lists of paths"));
  EXPECT_THAT(error_of("seconds = 1\n[axes]\ntx-path = [\"copy\"]\n"),
              HasSubstr("no paths to measure"));
  EXPECT_THAT(error_of("seconds = 1\n"), HasSubstr("no table of axes"));
}

TEST(MatrixFile, ShapesAreCountsAndDirections) {
  const auto matrix =
      parse_matrix(std::string(kLeast) +
                       "nic-pairs = [1, 4]\ndirection = [\"one-way\", \"both\"]\nflows = [8]\n",
                   "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  EXPECT_EQ(expand(*matrix).size(), 4u);
  EXPECT_EQ(count_cells(*matrix), 4u);
  EXPECT_EQ(expand(*matrix)[3].shape.connections(), 64u);
  EXPECT_THAT(error_of(std::string(kLeast) + "nic-pairs = [5]\n"),
              HasSubstr("line 5, column 14: 5 is not what it can be (fix: give a whole number from "
                        "1 to 4)"));
  EXPECT_THAT(error_of(std::string(kLeast) + "flows = [\"many\"]\n"), HasSubstr("many is not"));
  EXPECT_THAT(error_of(std::string(kLeast) + "direction = [\"back\"]\n"),
              HasSubstr("back is no direction"));
}

TEST(MatrixFile, LoadsHaveATimeToHoldAndToPause) {
  const auto matrix = parse_matrix(std::string("response-size = \"1K\"\n") + kLeast +
                                       "load = [\"stream\", \"request-response\"]\n"
                                       "hold = [0, \"10ms\"]\npause = [\"1.5ms\"]\n",
                                   "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  EXPECT_EQ(matrix->response_bytes, 1024u);
  const auto cells = expand(*matrix);
  ASSERT_EQ(cells.size(), 4u);
  EXPECT_EQ(cells[3].shape.load, Load::kRequestResponse);
  EXPECT_EQ(cells[3].shape.hold_ns, 10'000'000u);
  EXPECT_EQ(to_json(cells[3]).at("pause_ms"), 1.5);
  EXPECT_THAT(error_of(std::string(kLeast) + "hold = [\"long\"]\n"),
              HasSubstr("m.toml, line 5, column 9"));
  EXPECT_THAT(error_of(std::string(kLeast) + "load = [\"rpc\"]\n"), HasSubstr("rpc is no load"));
}

TEST(MatrixFile, MemoryIsOfBothEndsOrOfEither) {
  const auto matrix =
      parse_matrix(std::string(kLeast) + "memory = [\"accelerator\", \"udmabuf\"]\n", "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  const auto cells = expand(*matrix);
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(count_cells(*matrix), 2u);
  for (const Cell& cell : cells)
    EXPECT_EQ(cell.tx_memory, cell.rx_memory);
  EXPECT_THAT(error_of(std::string(kLeast) + "memory = [\"host\"]\nrx-memory = [\"host\"]\n"),
              HasSubstr("give either memory, or tx-memory and rx-memory"));
}

TEST(MatrixFile, WiresHaveARateOrNone) {
  const auto matrix = parse_matrix(std::string("seconds = 1\n[lab]\nwire-rate = \"200M\"\n[axes]\n"
                                               "paths = [{ tx = \"copy\", rx = \"copy\" }]\n"),
                                   "m.toml");
  ASSERT_TRUE(matrix) << to_string(matrix.error());
  EXPECT_EQ(matrix->lab.wire_rate_bits_per_s, 200'000'000u);
  EXPECT_THAT(error_of("seconds = 1\n[lab]\nwire-rate = \"fast\"\n"),
              HasSubstr("m.toml, line 3, column 13"));
  EXPECT_THAT(error_of("seconds = 1\n[lab]\nspeed = 1\n"), HasSubstr("'speed' is no key"));
}

TEST(MatrixFile, CellsAreBounded) {
  std::string sizes;
  for (int i = 0; i < 5000; ++i)
    sizes += std::to_string(4096 + i) + ",";
  EXPECT_THAT(error_of(std::string(kLeast) + "message-size = [" + sizes + "]\n"),
              HasSubstr("5000 cells are too many"));
}

}  // namespace
}  // namespace nobounce::bench
