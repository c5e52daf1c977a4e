// SPDX-License-Identifier: Apache-2.0
// A device for tests: BAR 0 is plain memory, and what else the server does to it is recorded.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/vfio_user/device.h"

namespace nobounce::emulator::vfio_user {

class ToyDevice : public Device {
 public:
  static constexpr std::size_t kBarSize = 128 * 1024;
  static constexpr std::size_t kMappableSize = 4096;
  static constexpr std::uint32_t kVectors = 20;
  static constexpr std::uint64_t kFaultyOffset = 64;  ///< Accesses that start here fail with EIO.

  std::uint64_t region_size(PciRegion region) const override {
    if (region == kBar2) return mappable ? kMappableSize : 0;
    return region == kBar0 ? kBarSize : region == kConfigSpace ? 256 : 0;
  }
  std::optional<MappableRegion> mapping(PciRegion region) const override {
    return region == kBar2 ? mappable : std::nullopt;
  }
  std::uint32_t irq_count(PciIrq irq) const override { return irq == kMsix ? kVectors : 0; }

  Status read(PciRegion region, std::uint64_t offset, std::span<std::byte> to) override {
    if (offset == kFaultyOffset) return fault();
    const auto from = bytes(region).begin() + static_cast<std::ptrdiff_t>(offset);
    std::copy_n(from, to.size(), to.begin());
    return {};
  }
  Status write(PciRegion region, std::uint64_t offset, std::span<const std::byte> from) override {
    if (offset == kFaultyOffset) return fault();
    ++writes;
    std::copy(from.begin(), from.end(),
              bytes(region).begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  }
  void set_irq(PciIrq irq, std::uint32_t vector, sys::Fd eventfd) override {
    if (irq == kMsix) irqs.at(vector) = std::move(eventfd);
  }
  void reset() override { ++resets; }
  bool run() override { return false; }

  int irqs_assigned() const {
    return static_cast<int>(
        std::count_if(irqs.begin(), irqs.end(), [](const sys::Fd& fd) { return fd.is_open(); }));
  }

  std::vector<std::byte> bar = std::vector<std::byte>(kBarSize);
  std::vector<std::byte> config = std::vector<std::byte>(256);
  std::array<sys::Fd, kVectors> irqs;
  std::optional<MappableRegion> mappable;  ///< What is behind BAR 2; absent: there is no BAR 2.
  int writes = 0;
  int resets = 0;

 private:
  std::vector<std::byte>& bytes(PciRegion region) { return region == kBar0 ? bar : config; }
  static Status fault() {
    return fail({.code = Code::kIo,
                 .sys_errno = 0,
                 .operation = "access",
                 .object = "toy",
                 .cause = "it is faulty",
                 .fix = {}});
  }
};

}  // namespace nobounce::emulator::vfio_user
