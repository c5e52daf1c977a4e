// SPDX-License-Identifier: Apache-2.0
// PciConfig: the configuration space of an emulated PCI Express endpoint. Bytes, and for each byte
// the bits that software may change: sizing a BAR by writing ones follows from that. What a written
// bit means is the device's business, and the client's: QEMU keeps its own copy of BARs and MSI-X.
//
// Sources: PCI Local Bus 3.0, chapter 6; PCI Express Base 3.0, section 7.8; <linux/pci_regs.h>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace nobounce::emulator::vfio_user {

/// A memory BAR. A 64-bit one takes the next BAR's place too, which must then be absent.
struct PciBar {
  std::uint64_t size = 0;  ///< Bytes, a power of two of at least 16; 0 for an absent BAR.
  bool is_64bit = false;
  bool is_prefetchable = false;
};

struct PciMsix {
  std::uint16_t vectors = 0;  ///< 1 to 2048.
  std::uint8_t table_bar = 0;
  std::uint32_t table_offset = 0;  ///< A multiple of 8; the table has 16 bytes a vector.
  std::uint8_t pba_bar = 0;
  std::uint32_t pba_offset = 0;  ///< A multiple of 8; the pending bits take 8 bytes per 64 vectors.
};

struct PciConfigOptions {
  std::uint16_t vendor_id = 0;
  std::uint16_t device_id = 0;
  std::uint16_t subsystem_vendor_id = 0;
  std::uint16_t subsystem_id = 0;
  std::uint32_t class_code = 0;  ///< 24 bits: base class, subclass, programming interface.
  std::uint8_t revision = 0;
  std::array<PciBar, 6> bars;
  std::optional<PciMsix> msix;
  /// Vendor-specific capabilities, read-only, in the order in which software finds them: of each,
  /// what follows its id, its link and its length.
  std::vector<std::vector<std::byte>> vendor_capabilities{};
};

/// Copyable; not thread-safe.
class PciConfig {
 public:
  static constexpr std::size_t kSize = 4096;  ///< With the extended space, which holds nothing.

  /// Errors: kInvalidArgument for a BAR or an MSI-X structure that cannot be.
  static Result<PciConfig> create(const PciConfigOptions& options);

  /// Back to what create made: no addresses, no memory space, no MSI-X.
  void reset() { value_ = initial_; }

  /// Errors: kInvalidArgument unless the access lies within kSize bytes.
  Status read(std::uint64_t offset, std::span<std::byte> to) const;
  /// Changes the bits that may be changed and ignores the others. Errors: as read.
  Status write(std::uint64_t offset, std::span<const std::byte> from);

  /// What the command register allows, and MSI-X's control word says.
  [[nodiscard]] bool memory_space_enabled() const;
  [[nodiscard]] bool bus_master_enabled() const;
  [[nodiscard]] bool msix_enabled() const;

  /// Where on the bus memory BAR `bar` lies; nothing while memory space is off.
  [[nodiscard]] std::optional<std::uint64_t> bar_address(std::size_t bar) const;

 private:
  PciConfig() = default;
  template <typename T>
  void set(std::size_t offset, T value, T writable_bits);
  [[nodiscard]] std::uint16_t word(std::size_t offset) const;
  void add_express_capability();
  void add_msix_capability(const PciMsix& msix);
  void add_vendor_capabilities(const std::vector<std::vector<std::byte>>& capabilities);
  static Status check(const PciConfigOptions& options);

  std::array<std::byte, kSize> value_{};
  std::array<std::byte, kSize> initial_{};
  std::array<std::byte, kSize> writable_{};
  bool has_msix_ = false;
};

}  // namespace nobounce::emulator::vfio_user
