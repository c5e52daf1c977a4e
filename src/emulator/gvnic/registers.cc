// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/registers.h"

#include <algorithm>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {
namespace {

bool driver_may_write(std::uint64_t offset) {
  return (offset >= Registers::kDriverStatus && offset < Registers::kMaxTxQueues) ||
         (offset >= Registers::kAdminPfn && offset < Registers::kAdminEventCounter) ||
         (offset >= Registers::kAdminBaseHigh && offset < Registers::kEnd);
}

}  // namespace

Registers::Registers(std::uint32_t max_tx_queues, std::uint32_t max_rx_queues) {
  set(kMaxTxQueues, max_tx_queues);
  set(kMaxRxQueues, max_rx_queues);
}

void Registers::read(std::uint64_t offset, std::span<std::byte> to) const {
  std::ranges::fill(to, std::byte{0});
  if (offset >= bytes_.size()) return;
  const auto length = std::min<std::size_t>(to.size(), bytes_.size() - offset);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), length, to.begin());
}

Registers::Written Registers::write(std::uint64_t offset, std::span<const std::byte> from) {
  Written written;
  for (const std::byte value : from) {
    if (offset == kDriverVersion) take_version_byte(value);
    if (driver_may_write(offset)) bytes_[offset] = value;
    written.driver_status |= offset == kDriverStatus + 3;
    written.admin_pfn |= offset == kAdminPfn + 3;
    written.admin_doorbell |= offset == kAdminDoorbell + 3;
    ++offset;
  }
  return written;
}

std::uint32_t Registers::get(Offset register_) const {
  return load_be<std::uint32_t>(&bytes_[register_]);
}

void Registers::set(Offset register_, std::uint32_t value) {
  store_be(&bytes_[register_], value);
}

void Registers::set_status_bits(std::uint32_t bits, bool on) {
  const auto status = get(kDeviceStatus);
  set(kDeviceStatus, on ? status | bits : status & ~bits);
}

std::uint64_t Registers::admin_base() const {
  return std::uint64_t{get(kAdminBaseHigh)} << 32 | get(kAdminBaseLow);
}

std::uint16_t Registers::admin_bytes() const {
  return load_be<std::uint16_t>(&bytes_[kAdminLength]);
}

void Registers::take_version_byte(std::byte value) {
  const char character = static_cast<char>(value);
  if (character == '\n') {
    driver_version_ = std::move(partial_version_);
    partial_version_.clear();
  } else if (partial_version_.size() < kMaxVersionBytes) {
    partial_version_.push_back(character);
  }
}

}  // namespace nobounce::emulator::gvnic
