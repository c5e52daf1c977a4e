// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/pci_config.h"

#include <gtest/gtest.h>
#include <linux/pci_regs.h>

#include <functional>
#include <limits>

#include "base/bytes.h"

namespace nobounce::emulator::vfio_user {
namespace {

PciConfigOptions options() {
  PciConfigOptions it;
  it.vendor_id = 0x1ae0;
  it.device_id = 0x0042;
  it.subsystem_vendor_id = 0x1ae1;
  it.subsystem_id = 0x0058;
  it.class_code = 0x020000;
  it.revision = 1;
  it.bars[0] = {.size = 4096};
  it.bars[1] = {.size = 8192};
  it.bars[2] = {.size = 1ull << 33, .is_64bit = true, .is_prefetchable = true};
  it.msix =
      PciMsix{.vectors = 65, .table_bar = 1, .table_offset = 0, .pba_bar = 1, .pba_offset = 4096};
  return it;
}

template <typename T>
T get(const PciConfig& config, std::uint64_t offset) {
  std::array<std::byte, sizeof(T)> bytes{};
  EXPECT_TRUE(config.read(offset, bytes));
  return load_le<T>(bytes.data());
}

template <typename T>
void put(PciConfig& config, std::uint64_t offset, T value) {
  std::array<std::byte, sizeof(T)> bytes{};
  store_le<T>(bytes.data(), value);
  EXPECT_TRUE(config.write(offset, bytes));
}

TEST(PciConfig, names_the_device) {
  const PciConfig config = PciConfig::create(options()).value();
  EXPECT_EQ(get<std::uint32_t>(config, PCI_VENDOR_ID), 0x00421ae0u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_CLASS_REVISION), 0x02000001u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_SUBSYSTEM_VENDOR_ID), 0x00581ae1u);
  EXPECT_EQ(get<std::uint8_t>(config, PCI_HEADER_TYPE), 0);
  EXPECT_EQ(get<std::uint8_t>(config, PCI_INTERRUPT_PIN), 0) << "MSI-X only";
  EXPECT_EQ(get<std::uint32_t>(config, 256), 0u) << "no extended capabilities";
}

TEST(PciConfig, sizes_bars_by_what_reads_back_after_ones) {
  PciConfig config = PciConfig::create(options()).value();
  for (std::uint64_t i = 0; i < 6; ++i)
    put(config, PCI_BASE_ADDRESS_0 + 4 * i, ~0u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_0), 0xfffff000u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_1), 0xffffe000u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_2), 0x0000000cu) << "64 bits, prefetchable";
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_3), 0xfffffffeu) << "8 GiB";
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_4), 0u) << "absent";
  put(config, PCI_BASE_ADDRESS_0, 0xfebd1234u);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_0), 0xfebd1000u);
  config.reset();
  EXPECT_EQ(get<std::uint32_t>(config, PCI_BASE_ADDRESS_0), 0u);
}

TEST(PciConfig, chains_express_and_msix_and_nothing_else) {
  const PciConfig config = PciConfig::create(options()).value();
  EXPECT_NE(get<std::uint16_t>(config, PCI_STATUS) & PCI_STATUS_CAP_LIST, 0);
  const auto express = get<std::uint8_t>(config, PCI_CAPABILITY_LIST);
  EXPECT_EQ(get<std::uint8_t>(config, express), PCI_CAP_ID_EXP);
  EXPECT_EQ(get<std::uint16_t>(config, express + 2u), 0x0002) << "version 2, endpoint";
  const auto msix = get<std::uint8_t>(config, express + 1u);
  ASSERT_GE(msix, express + 60) << "the capability must not be overlapped";
  EXPECT_EQ(get<std::uint8_t>(config, msix), PCI_CAP_ID_MSIX);
  EXPECT_EQ(get<std::uint16_t>(config, msix + 2u), 64) << "65 vectors";
  EXPECT_EQ(get<std::uint32_t>(config, msix + 4u), 1u);
  EXPECT_EQ(get<std::uint32_t>(config, msix + 8u), 4096u | 1u);
  EXPECT_EQ(get<std::uint8_t>(config, msix + 1u), 0);
}

TEST(PciConfig, writes_change_only_what_software_may_change) {
  PciConfig config = PciConfig::create(options()).value();
  std::array<std::byte, PciConfig::kSize> ones;
  ones.fill(std::byte{0xff});
  ASSERT_TRUE(config.write(0, ones));
  EXPECT_EQ(get<std::uint32_t>(config, PCI_VENDOR_ID), 0x00421ae0u);
  EXPECT_EQ(get<std::uint16_t>(config, PCI_COMMAND), 0x0546);
  EXPECT_EQ(get<std::uint16_t>(config, PCI_STATUS), PCI_STATUS_CAP_LIST);
  EXPECT_EQ(get<std::uint32_t>(config, PCI_CLASS_REVISION), 0x02000001u);
  EXPECT_EQ(get<std::uint8_t>(config, PCI_CAPABILITY_LIST), 0x40);
  EXPECT_EQ(get<std::uint16_t>(config, 0x82), 0xc040) << "enable and mask, not the table size";
  EXPECT_EQ(get<std::uint32_t>(config, 4092), 0u);
}

TEST(PciConfig, tells_what_the_driver_enabled) {
  PciConfig config = PciConfig::create(options()).value();
  EXPECT_FALSE(config.memory_space_enabled() || config.bus_master_enabled() ||
               config.msix_enabled());
  put<std::uint16_t>(config, PCI_COMMAND, PCI_COMMAND_MEMORY);
  EXPECT_TRUE(config.memory_space_enabled());
  EXPECT_FALSE(config.bus_master_enabled());
  put<std::uint8_t>(config, PCI_COMMAND, PCI_COMMAND_MASTER);
  EXPECT_TRUE(config.bus_master_enabled());
  put<std::uint8_t>(config, 0x83, 0x80);
  EXPECT_TRUE(config.msix_enabled());
  config.reset();
  EXPECT_FALSE(config.bus_master_enabled() || config.msix_enabled());
}

TEST(PciConfig, accesses_have_any_length_within_the_space) {
  PciConfig config = PciConfig::create(options()).value();
  std::array<std::byte, 5> bytes{};
  ASSERT_TRUE(config.read(1, bytes));
  EXPECT_EQ(bytes[0], std::byte{0x1a});
  EXPECT_TRUE(config.read(PciConfig::kSize - 5, bytes));
  EXPECT_FALSE(config.read(PciConfig::kSize - 4, bytes));
  EXPECT_FALSE(config.write(PciConfig::kSize - 4, bytes));
  EXPECT_FALSE(config.write(std::numeric_limits<std::uint64_t>::max(), bytes));
}

TEST(PciConfig, refuses_what_cannot_be) {
  struct Case {
    const char* name;
    std::function<void(PciConfigOptions&)> spoil;
  };
  const Case cases[] = {
      {"size no power of two", [](auto& it) { it.bars[0].size = 4095; }},
      {"too small", [](auto& it) { it.bars[0].size = 8; }},
      {"too big for 32 bits", [](auto& it) { it.bars[0].size = 1ull << 32; }},
      {"no room for the upper half", [](auto& it) { it.bars[3].size = 4096; }},
      {"64 bits in the last place",
       [](auto& it) { it.bars[5] = {.size = 4096, .is_64bit = true, .is_prefetchable = false}; }},
      {"class code", [](auto& it) { it.class_code = 1u << 24; }},
      {"no vectors", [](auto& it) { it.msix->vectors = 0; }},
      {"too many vectors", [](auto& it) { it.msix->vectors = 2049; }},
      {"table in no BAR", [](auto& it) { it.msix->table_bar = 6; }},
      {"table in an absent BAR", [](auto& it) { it.msix->table_bar = 5; }},
      {"table beyond its BAR", [](auto& it) { it.msix->table_offset = 8192 - 64; }},
      {"table unaligned", [](auto& it) { it.msix->table_offset = 4; }},
      {"pending bits beyond their BAR", [](auto& it) { it.msix->pba_offset = 8184; }},
      {"table over pending bits", [](auto& it) { it.msix->pba_offset = 1024; }},
  };
  for (const Case& it : cases) {
    PciConfigOptions spoilt = options();
    it.spoil(spoilt);
    EXPECT_FALSE(PciConfig::create(spoilt)) << it.name;
  }
}

TEST(PciConfig, chains_vendor_capabilities_behind_the_others) {
  PciConfigOptions with = options();
  with.vendor_capabilities = {{std::byte{1}, std::byte{2}},
                              std::vector<std::byte>(13, std::byte{7})};
  PciConfig config = PciConfig::create(with).value();
  const auto next_of = [&](std::uint64_t at) {
    return get<std::uint8_t>(config, at + PCI_CAP_LIST_NEXT);
  };
  const std::uint8_t msix = next_of(get<std::uint8_t>(config, PCI_CAPABILITY_LIST));
  EXPECT_EQ(get<std::uint8_t>(config, msix), PCI_CAP_ID_MSIX);
  const std::uint8_t first = next_of(msix);
  EXPECT_EQ(get<std::uint8_t>(config, first), PCI_CAP_ID_VNDR);
  EXPECT_EQ(get<std::uint8_t>(config, first + 2u), 5) << "its length";
  EXPECT_EQ(get<std::uint16_t>(config, first + 3u), 0x0201);
  const std::uint8_t second = next_of(first);
  EXPECT_EQ(second % 4, 0);
  EXPECT_EQ(get<std::uint8_t>(config, second + 2u), 16);
  EXPECT_EQ(get<std::uint8_t>(config, second + 15u), 7);
  EXPECT_EQ(next_of(second), 0);
  put<std::uint32_t>(config, first, 0);
  EXPECT_EQ(get<std::uint8_t>(config, first), PCI_CAP_ID_VNDR) << "read-only";

  with.vendor_capabilities.assign(8, std::vector<std::byte>(13));
  EXPECT_FALSE(PciConfig::create(with)) << "no room";
}

TEST(PciConfig, tells_where_a_bar_lies_while_memory_space_is_on) {
  PciConfig config = PciConfig::create(options()).value();
  put(config, PCI_BASE_ADDRESS_0, 0xfebd1000u);
  put(config, PCI_BASE_ADDRESS_2, 0u);
  put(config, PCI_BASE_ADDRESS_3, 0x38u);
  EXPECT_EQ(config.bar_address(0), std::nullopt);
  put<std::uint16_t>(config, PCI_COMMAND, PCI_COMMAND_MEMORY);
  EXPECT_EQ(config.bar_address(0), 0xfebd1000u);
  EXPECT_EQ(config.bar_address(2), std::uint64_t{0x38} << 32);
  put<std::uint16_t>(config, PCI_COMMAND, 0);
  EXPECT_EQ(config.bar_address(2), std::nullopt);
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
