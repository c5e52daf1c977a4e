// SPDX-License-Identifier: Apache-2.0
// Registers: BAR0, a file of big-endian registers that holds what was written and says what it
// means for the device; it does nothing by itself. Accesses of any width and offset are taken: a
// register acts when its last byte is written, so that halves may be written in address order.
// Source: gve_register.h of the Linux kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace nobounce::emulator::gvnic {

class Registers {
 public:
  static constexpr std::uint64_t kBarBytes = 4096;

  enum Offset : std::uint32_t {
    kDeviceStatus = 0x00,
    kDriverStatus = 0x04,
    kMaxTxQueues = 0x08,
    kMaxRxQueues = 0x0c,
    kAdminPfn = 0x10,  ///< Of PCI revision 0; iPXE writes it all the same, and 0 for a reset.
    kAdminDoorbell = 0x14,
    kAdminEventCounter = 0x18,
    kDriverVersion = 0x1f,  ///< A byte that the driver writes its version text to.
    kAdminBaseHigh = 0x20,
    kAdminBaseLow = 0x24,
    kAdminLength = 0x28,  ///< 16 bits; bytes.
    kEnd = 0x2a,
  };

  /// Bits of kDeviceStatus.
  enum DeviceStatus : std::uint32_t {
    kResetWanted = 1U << 1,  ///< The device asks its driver for a reset.
    kLinkUp = 1U << 2,
    kIsReset = 1U << 4,  ///< The driver asked for a reset, and it is done.
  };

  /// Bits of kDriverStatus.
  enum DriverStatus : std::uint32_t { kRun = 1U << 0, kReset = 1U << 1 };

  /// Which registers a write completed.
  struct Written {
    bool driver_status = false;
    bool admin_pfn = false;
    bool admin_doorbell = false;
  };

  /// Both queue counts are what the driver may create at most.
  Registers(std::uint32_t max_tx_queues, std::uint32_t max_rx_queues);

  /// Bytes past the last register read 0.
  void read(std::uint64_t offset, std::span<std::byte> to) const;
  /// Bytes that the driver may not write stay as they are.
  Written write(std::uint64_t offset, std::span<const std::byte> from);

  [[nodiscard]] std::uint32_t get(Offset register_) const;
  void set(Offset register_, std::uint32_t value);
  void set_status_bits(std::uint32_t bits, bool on);

  [[nodiscard]] std::uint64_t admin_base() const;
  [[nodiscard]] std::uint16_t admin_bytes() const;
  /// The last whole line that the driver wrote, at most kMaxVersionBytes of it.
  [[nodiscard]] const std::string& driver_version() const { return driver_version_; }

  static constexpr std::size_t kMaxVersionBytes = 128;

 private:
  void take_version_byte(std::byte value);

  std::array<std::byte, kEnd> bytes_{};
  std::string partial_version_;
  std::string driver_version_;
};

}  // namespace nobounce::emulator::gvnic
