// SPDX-License-Identifier: Apache-2.0
#include "bench/cell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bench/placement.h"
#include "bench/region_pages.h"

namespace nobounce::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Matrix a_matrix() {
  Matrix matrix;
  matrix.axes.paths = {{"copy", "copy"}, {"devmem", "devmem"}};
  matrix.axes.gro = {Gro::kSoftware, Gro::kHardware};
  return matrix;
}

Cell a_cell(std::string tx, std::string rx) {
  Cell cell;
  cell.paths = {std::move(tx), std::move(rx)};
  cell.tx_memory = cell.rx_memory = "udmabuf";
  cell.mtu = 4148;
  return cell;
}

const Field kTwoCpus{.cpus = 2, .skb_frags = 17};

std::string reason(const Cell& cell, const Field& field = kTwoCpus) {
  return why_impossible(cell, field).value_or("possible");
}

TEST(Expand, PathsChangeFastestSoThatSettingsStandTogether) {
  Matrix matrix = a_matrix();
  matrix.versus = {Engine::kIperf3};
  std::vector<std::string> cells;
  for (const Cell& cell : expand(matrix))
    cells.push_back(cell.way() + ", " + std::string(name_of(cell.gro)));
  EXPECT_THAT(cells, ElementsAre("copy → copy, sw", "devmem → devmem, sw", "iperf3, sw",
                                 "copy → copy, hw", "devmem → devmem, hw", "iperf3, hw"));
}

TEST(Expand, EveryCombinationIsThereOnce) {
  Matrix matrix = a_matrix();
  matrix.axes.mtu = {1500, 4148};
  matrix.axes.cpus = {Cpus::kOne, Cpus::kTwo};
  matrix.axes.tx_memory = {"udmabuf", "host"};
  matrix.axes.rx_memory = {"udmabuf", "dma-heap"};
  matrix.axes.pool_bytes = {1 << 20, 2 << 20};
  matrix.axes.gso_max_bytes = {65536, 131072};
  matrix.axes.gro_max_bytes = {65536, 131072};
  matrix.axes.message_bytes = {4096, 8192};
  std::set<std::string> cells;
  for (const Cell& cell : expand(matrix))
    cells.insert(to_json(cell).dump());
  EXPECT_EQ(cells.size(), std::size_t{2} << 9);
  EXPECT_EQ(count_cells(matrix), cells.size());
}

TEST(Expand, TuningIsOfTheEngineAndLinkOfWhateverMovesTheBytes) {
  Matrix matrix = a_matrix();
  matrix.versus = {Engine::kIperf3};
  matrix.axes.gro = {Gro::kHardware};
  matrix.axes.engine.token_batch = {1, 64, 1024};
  matrix.axes.link.mss_bytes = {1400, 4096};
  const auto cells = expand(matrix);
  EXPECT_EQ(cells.size(), 2u * (3 * 2 + 1));
  EXPECT_EQ(count_cells(matrix), cells.size());
  EXPECT_FALSE(to_json(cells[6]).contains("token_batch"));  // iperf3's.
  EXPECT_EQ(to_json(cells[6]).at("mss_bytes"), 1400);
  EXPECT_FALSE(to_json(cells[6]).contains("ring_entries"));  // Left as it is.
}

TEST(CountCells, ProductThatNoNumberHoldsIsCutOff) {
  Matrix matrix = a_matrix();
  matrix.axes.mtu.assign(100'000, 1500);
  matrix.axes.message_bytes.assign(100'000, 4096);
  matrix.axes.gso_max_bytes.assign(100'000, 4096);
  matrix.axes.gro_max_bytes.assign(100'000, 4096);
  EXPECT_GE(count_cells(matrix), std::uint64_t{1} << 32);
}

TEST(WhyImpossible, PlainCellIsPossible) {
  EXPECT_EQ(reason(a_cell("devmem", "devmem")), "possible");
  EXPECT_EQ(reason(a_cell("send_zc", "zcrx")), "possible");
}

TEST(WhyImpossible, TwoHostsWithTwoCpusEachWantFour) {
  Cell cell = a_cell("copy", "copy");
  cell.cpus = Cpus::kTwo;
  EXPECT_THAT(reason(cell), HasSubstr("oversubscribed"));
  EXPECT_EQ(reason(cell, {.cpus = 4}), "possible");
  cell.cpus = Cpus::kOne;
  EXPECT_EQ(reason(cell), "possible");
  EXPECT_THAT(reason(cell, {.cpus = 1}), HasSubstr("oversubscribed"));
}

TEST(WhyImpossible, ZeroCopySenderIsCappedByFragsUnderBigTcp) {
  for (const char* path : {"devmem", "zerocopy", "send_zc"}) {
    Cell cell = a_cell(path, "copy");
    cell.gso_max_bytes = 196608;
    EXPECT_THAT(reason(cell), HasSubstr("capped by MAX_SKB_FRAGS")) << path;
    EXPECT_EQ(reason(cell, {.cpus = 2, .skb_frags = 48}), "possible") << path;
  }
  Cell plain = a_cell("copy", "copy");
  plain.gso_max_bytes = 196608;
  EXPECT_EQ(reason(plain), "possible");
  Cell receiver = a_cell("devmem", "devmem");
  receiver.gro_max_bytes = 196608;
  EXPECT_EQ(reason(receiver), "possible");
}

TEST(WhyImpossible, MemoryMustSuitThePath) {
  Cell cell = a_cell("devmem", "copy");
  cell.tx_memory = "host";
  EXPECT_THAT(reason(cell), HasSubstr("no dma-buf"));
  cell = a_cell("copy", "devmem");
  cell.rx_memory = "host";
  EXPECT_THAT(reason(cell), HasSubstr("no dma-buf"));
  cell = a_cell("send_zc", "copy");
  cell.tx_memory = "dma-heap";
  EXPECT_THAT(reason(cell), HasSubstr("pinned"));
}

TEST(WhyImpossible, PathMmapWantsSegmentsOfAPage) {
  Cell cell = a_cell("copy", "mmap");
  EXPECT_EQ(reason(cell), "possible");
  cell.mtu = 1500;
  EXPECT_THAT(reason(cell), HasSubstr("segments of a page"));
}

TEST(WhyImpossible, SegmentsFitTheMtuAndThePage) {
  Cell cell = a_cell("copy", "copy");
  cell.link.mss_bytes = 4108;
  EXPECT_EQ(reason(cell), "possible");
  cell.link.address_family = "v6";
  EXPECT_THAT(reason(cell), HasSubstr("no room for segments of 4108 bytes (it wants 4168)"));
  cell = a_cell("copy", "mmap");
  cell.link.address_family = "v6";
  EXPECT_THAT(reason(cell), HasSubstr("it wants 4168"));
  cell.link.address_family = "v4";
  cell.link.mss_bytes = 1400;
  EXPECT_THAT(reason(cell), HasSubstr("an MSS of 1400 has no room for one"));
}

TEST(WhyImpossible, TuningMustSuitThePath) {
  Cell cell = a_cell("copy", "zcrx");
  cell.tuning.cq_entries = 64;
  EXPECT_EQ(reason(cell), "possible");
  cell.tuning.receive_bytes = 65536;
  EXPECT_THAT(reason(cell), HasSubstr("off a ring"));
  cell = a_cell("copy", "copy");
  cell.tuning.token_batch = 1;
  EXPECT_THAT(reason(cell), HasSubstr("path copy gives no tokens back"));
  cell.tuning = {};
  cell.tuning.cq_entries = 64;
  EXPECT_THAT(reason(cell), HasSubstr("no completion queue"));
  cell = a_cell("devmem", "devmem");
  cell.link.header_split = "off";
  EXPECT_THAT(reason(cell), HasSubstr("path devmem turns header split on itself"));
  cell.link.header_split = "on";
  EXPECT_EQ(reason(cell), "possible");
}

TEST(WhyImpossible, HugePagesAreThereOrAreNot) {
  Cell cell = a_cell("copy", "copy");
  cell.tuning.region_pages = "huge";
  EXPECT_EQ(reason(cell), "possible");
  EXPECT_THAT(reason(cell, {.cpus = 2, .has_huge_pages = false}), HasSubstr("2 MiB pages"));
  cell.rx_memory = "dma-heap";
  EXPECT_THAT(reason(cell), HasSubstr("dma-heap"));
}

TEST(AsRunOn, PagesAreHugeWhereTheMachineHasThem) {
  const Cell cell = a_cell("copy", "copy");
  EXPECT_EQ(as_run_on({.cpus = 2}, cell).tuning.region_pages, "huge");
  EXPECT_EQ(as_run_on({.cpus = 2, .has_huge_pages = false}, cell).tuning.region_pages, "small");
}

TEST(AsRunOn, EitherOfTwoMachinesNeedsTwiceAsManyForItsOwnRegions) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  Cell cell = a_cell("devmem", "devmem");
  cell.message_bytes = 3 * kMiB;
  cell.pool_bytes = 64 * kMiB;
  EXPECT_EQ(huge_page_bytes_of(cell, 'a'), 4 * kMiB);
  EXPECT_EQ(huge_page_bytes_of(cell, 'b'), 64 * kMiB);
  Field field{.cpus = 2,
              .a = Machine{.huge_page_bytes = 8 * kMiB},
              .b = Machine{.huge_page_bytes = 128 * kMiB}};
  EXPECT_EQ(as_run_on(field, cell).tuning.region_pages, "huge");
  field.b->huge_page_bytes -= 1;
  EXPECT_EQ(as_run_on(field, cell).tuning.region_pages, "small");
  cell.rx_memory = "accelerator";
  EXPECT_EQ(as_run_on(field, cell).tuning.region_pages, "huge");
  cell.shape.direction = Direction::kBoth;
  EXPECT_EQ(huge_page_bytes_of(cell, 'b'), 4 * kMiB) << "it sends as well";
}

TEST(Placement, NoCpuServesBothHosts) {
  const auto one = placement_of(Cpus::kOne, 2);
  ASSERT_TRUE(one);
  EXPECT_EQ(list_of(one->sender.application), "0");
  EXPECT_EQ(list_of(one->receiver.network), "1");
  const auto two = placement_of(Cpus::kTwo, 4);
  ASSERT_TRUE(two);
  EXPECT_EQ(list_of(two->sender.network), "1");
  EXPECT_EQ(list_of(two->receiver.application), "2");
  EXPECT_FALSE(placement_of(Cpus::kTwo, 3));
  EXPECT_EQ(list_of(placement_of(Cpus::kAny, 3)->sender.network), "0,1,2");
}

}  // namespace
}  // namespace nobounce::bench
