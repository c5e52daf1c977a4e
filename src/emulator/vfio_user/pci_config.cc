// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/pci_config.h"

#include <fmt/format.h>
#include <linux/pci_regs.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/bytes.h"

namespace nobounce::emulator::vfio_user {
namespace {

constexpr std::size_t kExpressAt = 0x40;  // 60 bytes
constexpr std::size_t kMsixAt = 0x80;     // 12 bytes
constexpr std::size_t kVendorAt = 0x90;   // and what is left of the first 256 bytes
constexpr std::size_t kVendorHeader = 3;  // id, link and length
constexpr std::size_t kBarCount = PCI_STD_NUM_BARS;

constexpr std::uint16_t kCommandBits = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
                                       PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
                                       PCI_COMMAND_INTX_DISABLE;

// 16 GT/s by 16 lanes: a link that no driver calls the bottleneck.
constexpr std::uint16_t kLink = PCI_EXP_LNKCAP_SLS_16_0GB | 16 << PCI_EXP_LNKSTA_NLW_SHIFT;
constexpr std::uint32_t kLinkSpeeds = PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB |
                                      PCI_EXP_LNKCAP2_SLS_8_0GB | PCI_EXP_LNKCAP2_SLS_16_0GB;

constexpr std::uint64_t kSmallestBar = 16;
constexpr std::uint64_t kLargest32BitBar = std::uint64_t{1} << 31;
constexpr std::uint64_t kMsixEntrySize = 16;
constexpr std::uint16_t kMostMsixVectors = 2048;

constexpr std::size_t room_of(std::size_t content) {
  return (kVendorHeader + content + 3) / 4 * 4;
}

tl::unexpected<Error> invalid(std::string object, const char* cause) {
  return fail({.code = Code::kInvalidArgument,
               .sys_errno = EINVAL,
               .operation = "PCI configuration",
               .object = std::move(object),
               .cause = cause,
               .fix = {}});
}

Status check_bar(const std::array<PciBar, kBarCount>& bars, std::size_t index) {
  const PciBar& bar = bars[index];
  if (bar.size == 0) return {};
  const std::string object = fmt::format("BAR {}", index);
  if (!std::has_single_bit(bar.size) || bar.size < kSmallestBar)
    return invalid(object, "its size is no power of two of at least 16");
  if (!bar.is_64bit) {
    if (bar.size > kLargest32BitBar) return invalid(object, "it is too big for 32 bits");
    return {};
  }
  if (index + 1 == kBarCount || bars[index + 1].size != 0)
    return invalid(object, "its upper half has no place");
  return {};
}

Status check_table(const PciConfigOptions& options, std::uint8_t bar, std::uint32_t offset,
                   std::uint64_t length, const char* object) {
  if (bar >= kBarCount || offset % 8 != 0 || !range_fits(offset, length, options.bars[bar].size))
    return invalid(object, "it does not lie within its BAR, or is not aligned to 8 bytes");
  return {};
}

}  // namespace

Status PciConfig::check(const PciConfigOptions& options) {
  for (std::size_t i = 0; i < kBarCount; ++i)
    NB_TRY(check_bar(options.bars, i));
  if (options.class_code >= 1u << 24) return invalid("class code", "it has more than 24 bits");
  std::size_t end = kVendorAt;
  for (const auto& content : options.vendor_capabilities)
    end += room_of(content.size());
  if (end > PCI_CFG_SPACE_SIZE) return invalid("vendor capabilities", "there is no room for all");
  if (!options.msix) return {};
  const PciMsix& msix = *options.msix;
  if (msix.vectors == 0 || msix.vectors > kMostMsixVectors)
    return invalid("MSI-X", "it has 1 to 2048 vectors");
  const std::uint64_t table_length = std::uint64_t{msix.vectors} * kMsixEntrySize;
  const std::uint64_t pba_length = (std::uint64_t{msix.vectors} + 63) / 64 * 8;
  NB_TRY(check_table(options, msix.table_bar, msix.table_offset, table_length, "MSI-X table"));
  NB_TRY(check_table(options, msix.pba_bar, msix.pba_offset, pba_length, "MSI-X pending bits"));
  if (msix.table_bar == msix.pba_bar && msix.table_offset < msix.pba_offset + pba_length &&
      msix.pba_offset < msix.table_offset + table_length)
    return invalid("MSI-X", "its table and its pending bits overlap");
  return {};
}

Result<PciConfig> PciConfig::create(const PciConfigOptions& options) {
  NB_TRY(check(options));
  PciConfig config;
  config.set<std::uint16_t>(PCI_VENDOR_ID, options.vendor_id, 0);
  config.set<std::uint16_t>(PCI_DEVICE_ID, options.device_id, 0);
  config.set<std::uint16_t>(PCI_COMMAND, 0, kCommandBits);
  config.set<std::uint16_t>(PCI_STATUS, PCI_STATUS_CAP_LIST, 0);
  config.set<std::uint32_t>(PCI_CLASS_REVISION, options.class_code << 8 | options.revision, 0);
  config.set<std::uint8_t>(PCI_CACHE_LINE_SIZE, 0, 0xff);
  for (std::size_t i = 0; i < kBarCount; ++i) {
    const PciBar& bar = options.bars[i];
    if (bar.size == 0) continue;
    const std::size_t offset = PCI_BASE_ADDRESS_0 + 4 * i;
    const std::uint64_t address_bits = ~(bar.size - 1);
    std::uint32_t kind = bar.is_prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0;
    if (bar.is_64bit) {
      kind |= PCI_BASE_ADDRESS_MEM_TYPE_64;
      config.set<std::uint32_t>(offset + 4, 0, static_cast<std::uint32_t>(address_bits >> 32));
    }
    config.set<std::uint32_t>(offset, kind, static_cast<std::uint32_t>(address_bits));
  }
  config.set<std::uint16_t>(PCI_SUBSYSTEM_VENDOR_ID, options.subsystem_vendor_id, 0);
  config.set<std::uint16_t>(PCI_SUBSYSTEM_ID, options.subsystem_id, 0);
  config.set<std::uint8_t>(PCI_CAPABILITY_LIST, kExpressAt, 0);
  config.set<std::uint8_t>(PCI_INTERRUPT_LINE, 0, 0xff);
  config.add_express_capability();
  if (options.msix) config.add_msix_capability(*options.msix);
  config.add_vendor_capabilities(options.vendor_capabilities);
  config.initial_ = config.value_;
  return config;
}

// An endpoint of version 2, without function-level reset: the client resets by message.
void PciConfig::add_express_capability() {
  constexpr std::uint16_t kVersion2Endpoint = PCI_EXP_TYPE_ENDPOINT << 4 | 2;
  constexpr std::uint16_t kControlBits = PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE |
                                         PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
                                         PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD |
                                         PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ;
  set<std::uint8_t>(kExpressAt, PCI_CAP_ID_EXP, 0);
  set<std::uint16_t>(kExpressAt + PCI_EXP_FLAGS, kVersion2Endpoint, 0);
  set<std::uint32_t>(kExpressAt + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER, 0);
  set<std::uint16_t>(kExpressAt + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_READRQ_512B, kControlBits);
  set<std::uint32_t>(kExpressAt + PCI_EXP_LNKCAP, kLink, 0);
  set<std::uint16_t>(kExpressAt + PCI_EXP_LNKCTL, 0,
                     PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC);
  set<std::uint16_t>(kExpressAt + PCI_EXP_LNKSTA, kLink, 0);
  set<std::uint32_t>(kExpressAt + PCI_EXP_LNKCAP2, kLinkSpeeds, 0);
}

void PciConfig::add_msix_capability(const PciMsix& msix) {
  set<std::uint8_t>(kExpressAt + PCI_CAP_LIST_NEXT, kMsixAt, 0);
  set<std::uint8_t>(kMsixAt, PCI_CAP_ID_MSIX, 0);
  set<std::uint16_t>(kMsixAt + PCI_MSIX_FLAGS, static_cast<std::uint16_t>(msix.vectors - 1),
                     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
  set<std::uint32_t>(kMsixAt + PCI_MSIX_TABLE, msix.table_offset | msix.table_bar, 0);
  set<std::uint32_t>(kMsixAt + PCI_MSIX_PBA, msix.pba_offset | msix.pba_bar, 0);
  has_msix_ = true;
}

void PciConfig::add_vendor_capabilities(const std::vector<std::vector<std::byte>>& capabilities) {
  std::size_t last = has_msix_ ? kMsixAt : kExpressAt;
  std::size_t at = kVendorAt;
  for (const auto& content : capabilities) {
    set<std::uint8_t>(last + PCI_CAP_LIST_NEXT, static_cast<std::uint8_t>(at), 0);
    set<std::uint8_t>(at, PCI_CAP_ID_VNDR, 0);
    set<std::uint8_t>(at + PCI_CAP_FLAGS, static_cast<std::uint8_t>(kVendorHeader + content.size()),
                      0);
    std::ranges::copy(content, value_.begin() + static_cast<std::ptrdiff_t>(at + kVendorHeader));
    last = at;
    at += room_of(content.size());
  }
}

Status PciConfig::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (!range_fits(offset, to.size(), kSize))
    return invalid(fmt::format("offset {:#x}", offset), "a read beyond the end");
  std::copy_n(value_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
  return {};
}

Status PciConfig::write(std::uint64_t offset, std::span<const std::byte> from) {
  if (!range_fits(offset, from.size(), kSize))
    return invalid(fmt::format("offset {:#x}", offset), "a write beyond the end");
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::byte writable = writable_[offset + i];
    std::byte& value = value_[offset + i];
    value = (value & ~writable) | (from[i] & writable);
  }
  return {};
}

bool PciConfig::memory_space_enabled() const {
  return (word(PCI_COMMAND) & PCI_COMMAND_MEMORY) != 0;
}

bool PciConfig::bus_master_enabled() const {
  return (word(PCI_COMMAND) & PCI_COMMAND_MASTER) != 0;
}

bool PciConfig::msix_enabled() const {
  return has_msix_ && (word(kMsixAt + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_ENABLE) != 0;
}

std::optional<std::uint64_t> PciConfig::bar_address(std::size_t bar) const {
  if (!memory_space_enabled()) return std::nullopt;
  const std::size_t at = PCI_BASE_ADDRESS_0 + 4 * bar;
  const auto low = load_le<std::uint32_t>(&value_[at]);
  const bool is_64bit = (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
  const std::uint64_t high = is_64bit ? load_le<std::uint32_t>(&value_[at + 4]) : 0;
  return high << 32 | (low & static_cast<std::uint32_t>(PCI_BASE_ADDRESS_MEM_MASK));
}

template <typename T>
void PciConfig::set(std::size_t offset, T value, T writable_bits) {
  store_le<T>(&value_[offset], value);
  store_le<T>(&writable_[offset], writable_bits);
}

std::uint16_t PciConfig::word(std::size_t offset) const {
  return load_le<std::uint16_t>(&value_[offset]);
}

}  // namespace nobounce::emulator::vfio_user
