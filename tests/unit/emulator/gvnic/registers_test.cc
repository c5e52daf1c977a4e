// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/registers.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values)
    bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::vector<std::byte> read(const Registers& registers, std::uint64_t offset, std::size_t bytes) {
  std::vector<std::byte> to(bytes, std::byte{0xee});
  registers.read(offset, to);
  return to;
}

TEST(Registers, AnyWidthAndOffsetReadsTheSameBigEndianBytes) {
  const Registers registers(0x01020304, 0x05060708);
  const auto whole = read(registers, 0, 64);
  for (const std::size_t width : {1U, 2U, 3U, 4U, 8U, 16U}) {
    for (std::size_t offset = 0; offset + width <= whole.size(); ++offset) {
      const std::vector<std::byte> expected(
          whole.begin() + static_cast<std::ptrdiff_t>(offset),
          whole.begin() + static_cast<std::ptrdiff_t>(offset + width));
      EXPECT_EQ(read(registers, offset, width), expected) << offset << " " << width;
    }
  }
  EXPECT_EQ(read(registers, Registers::kMaxTxQueues, 4), bytes_of({1, 2, 3, 4}));
  EXPECT_EQ(read(registers, Registers::kMaxRxQueues, 2), bytes_of({5, 6}));
}

TEST(Registers, ReadsPastTheLastRegisterGiveZero) {
  Registers registers(4, 4);
  registers.write(Registers::kAdminLength, bytes_of({0x12, 0x34}));
  EXPECT_EQ(read(registers, Registers::kAdminLength, 4), bytes_of({0x12, 0x34, 0, 0}));
  EXPECT_EQ(read(registers, Registers::kBarBytes - 1, 1), bytes_of({0}));
}

TEST(Registers, OnlyTheDriversOwnRegistersChange) {
  Registers registers(4, 4);
  const std::vector<std::byte> ones(64, std::byte{0xff});
  registers.write(0, ones);
  EXPECT_EQ(registers.get(Registers::kDeviceStatus), 0U);
  EXPECT_EQ(registers.get(Registers::kMaxTxQueues), 4U);
  EXPECT_EQ(registers.get(Registers::kMaxRxQueues), 4U);
  EXPECT_EQ(registers.get(Registers::kAdminEventCounter), 0U);
  EXPECT_EQ(registers.get(Registers::kDriverStatus), 0xffff'ffffU);
  EXPECT_EQ(registers.get(Registers::kAdminDoorbell), 0xffff'ffffU);
  EXPECT_EQ(registers.admin_base(), ~std::uint64_t{0});
  EXPECT_EQ(registers.admin_bytes(), 0xffffU);
}

TEST(Registers, ARegisterActsWhenItsLastByteIsWritten) {
  Registers registers(4, 4);
  auto written = registers.write(Registers::kAdminDoorbell, bytes_of({0, 0}));
  EXPECT_FALSE(written.admin_doorbell);
  written = registers.write(Registers::kAdminDoorbell + 2, bytes_of({1, 2}));
  EXPECT_TRUE(written.admin_doorbell);
  EXPECT_FALSE(written.driver_status);
  EXPECT_EQ(registers.get(Registers::kAdminDoorbell), 0x0102U);
  written = registers.write(Registers::kDriverStatus, bytes_of({0, 0, 0, 1}));
  EXPECT_TRUE(written.driver_status);
  EXPECT_FALSE(written.admin_doorbell);
}

TEST(Registers, TheDriverWritesItsVersionByteByByte) {
  Registers registers(4, 4);
  const auto write = [&](std::string_view text) {
    for (const char character : text) {
      registers.write(Registers::kDriverVersion, std::vector{static_cast<std::byte>(character)});
    }
  };
  write("Linux-1.0");
  EXPECT_EQ(registers.driver_version(), "");
  write("\n");
  EXPECT_EQ(registers.driver_version(), "Linux-1.0");
  write(std::string(10'000, 'x'));
  write("\n");
  EXPECT_EQ(registers.driver_version().size(), Registers::kMaxVersionBytes);
  EXPECT_EQ(read(registers, Registers::kDriverVersion, 1), bytes_of({0}));
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
