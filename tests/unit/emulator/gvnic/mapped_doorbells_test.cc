// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/mapped_doorbells.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

constexpr std::uint32_t kTx = DoorbellMap::kTxBase + 3;
constexpr std::uint32_t kRx = DoorbellMap::kRxBase;
constexpr std::uint32_t kIrq = DoorbellMap::kIrqBase + 1;

struct MappedDoorbellsTest : ::testing::Test {
  MappedDoorbells doorbells = std::move(MappedDoorbells::create()).value();
  // The guest's view, which QEMU makes of the descriptor.
  sys::Mapping guest =
      std::move(sys::Mapping::map(doorbells.mapping().fd, doorbells.mapping().offset,
                                  DoorbellMap::kBarBytes, sys::Mapping::Access::kReadWrite, "BAR2"))
          .value();

  void ring(std::uint32_t index, std::uint32_t value) {
    store_le(guest.bytes().data() + std::size_t{4} * index, value);
  }
};

TEST_F(MappedDoorbellsTest, a_position_is_found_once_however_often_it_is_written) {
  EXPECT_EQ(doorbells.take_position(kTx), std::nullopt);
  ring(kTx, 7);
  ring(kTx, 9);
  EXPECT_EQ(doorbells.take_position(kRx), std::nullopt);
  EXPECT_EQ(doorbells.take_position(kTx), 9u);
  ring(kTx, 9);
  EXPECT_EQ(doorbells.take_position(kTx), std::nullopt);
  ring(kTx, 0);
  EXPECT_EQ(doorbells.take_position(kTx), 0u) << "0 is a position as any other";
}

TEST_F(MappedDoorbellsTest, a_command_is_found_as_often_as_it_is_written) {
  EXPECT_EQ(doorbells.take_command(kIrq), std::nullopt);
  for (int i = 0; i < 3; ++i) {
    ring(kIrq, 0x19);
    EXPECT_EQ(doorbells.take_command(kIrq), 0x19u);
    EXPECT_EQ(doorbells.take_command(kIrq), std::nullopt);
  }
}

TEST_F(MappedDoorbellsTest, a_new_queue_does_not_take_its_predecessors_position) {
  ring(kRx, 992);
  EXPECT_EQ(doorbells.take_position(kRx), 992u);
  doorbells.restart(kRx);
  EXPECT_EQ(doorbells.take_position(kRx), std::nullopt);
  ring(kRx, 992);
  EXPECT_EQ(doorbells.take_position(kRx), 992u) << "its driver posts as many buffers as before";
}

TEST_F(MappedDoorbellsTest, a_reset_forgets_what_was_rung) {
  ring(kTx, 1);
  ring(kIrq, 0x19);
  doorbells.restart_all();
  EXPECT_EQ(doorbells.take_position(kTx), std::nullopt);
  EXPECT_EQ(doorbells.take_command(kIrq), std::nullopt);
}

TEST_F(MappedDoorbellsTest, a_client_can_neither_cut_the_page_nor_seal_it) {
  const int fd = doorbells.mapping().fd;
  EXPECT_NE(::ftruncate(fd, 0), 0);
  EXPECT_NE(::ftruncate(fd, 8192), 0);
  EXPECT_NE(::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
  ring(kTx, 1);
  EXPECT_EQ(doorbells.take_position(kTx), 1u);
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
