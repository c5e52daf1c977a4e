// SPDX-License-Identifier: Apache-2.0
#include "fuzz/guest.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "sys/memfd.h"

namespace nobounce::fuzz {

using emulator::gvnic::Gvnic;
using emulator::vfio_user::GuestMemory;

namespace {

// Register offsets and the numbers of admin commands, as a driver has them.
constexpr std::uint32_t kDriverStatus = 0x04;
constexpr std::uint32_t kAdminDoorbell = 0x14;
constexpr std::uint32_t kAdminBase = 0x24;
constexpr std::uint32_t kAdminLength = 0x28;
constexpr std::uint32_t kConfigureResources = 2;
constexpr std::uint32_t kCreateTxQueue = 5;
constexpr std::uint32_t kCreateRxQueue = 6;
constexpr std::uint32_t kDestroyTxQueue = 7;
constexpr std::uint32_t kDestroyRxQueue = 8;
constexpr std::uint32_t kNoPageList = 0xffffffff;

constexpr std::uint32_t low(std::uint64_t address) {
  return static_cast<std::uint32_t>(address);
}

}  // namespace

void stop(const char* why) {
  std::fprintf(stderr, "fuzz: %s\n", why);
  std::abort();
}

Guard::Guard(std::size_t bytes)
    : at_(static_cast<std::byte*>(
          ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
      bytes_(bytes) {
  if (at_ == MAP_FAILED) stop("no address space for a guard");
}

void Guard::release() {
  if (at_ != nullptr) ::munmap(at_, bytes_);
  at_ = nullptr;
}

// The kernel takes the highest gap that is big enough. So once three guards have come to lie one
// below the other, no higher gap is left, and what is mapped next takes the place of the middle
// one.
GuestRam::GuestRam() {
  sys::Fd file = sure(sys::create_memfd("fuzzed", kBytes));
  view_ = sure(sys::Mapping::map(file.get(), 0, kBytes, sys::Mapping::Access::kReadWrite, "view"));
  constexpr std::size_t kMostGuards = 1000;
  const auto are_neighbours = [this] {
    const std::size_t count = guards_.size();
    return count >= 3 && guards_[count - 1].at() + kBytes == guards_[count - 2].at() &&
           guards_[count - 2].at() + kBytes == guards_[count - 3].at();
  };
  while (!are_neighbours() && guards_.size() < kMostGuards)
    guards_.emplace_back(kBytes);
  guards_[guards_.size() - 2].release();
  const GuestMemory::Range range{.iova = 0, .size = kBytes, .readable = true, .writeable = true};
  sure(memory.map(range, std::move(file), 0));
}

bool GuestRam::is_guarded() const {
  const std::byte* const ram = memory.translate(0, kBytes, emulator::vfio_user::DmaAccess::kWrite);
  const std::size_t count = guards_.size();
  return guards_[count - 3].at() == ram + kBytes && guards_[count - 1].at() + kBytes == ram;
}

void GuestRam::clear() {
  std::ranges::fill(view_.bytes(), std::byte{0});
}

void GuestRam::scribble(Choices& choices) {
  const std::uint64_t where = choices.below(kBytes - 64);
  const auto bytes = choices.bytes(1 + choices.below(16));
  std::memcpy(at(where), bytes.data(), bytes.size());
}

std::uint64_t GuestRam::address(Choices& choices) {
  switch (choices.below(16)) {
    case 0:
      return choices.number<std::uint64_t>();
    case 1:
      return kBytes - choices.below(4096);
    case 2:
      return 0 - std::uint64_t{choices.below(256)};
    default:
      return Guest::kBuffers + std::uint64_t{choices.number<std::uint8_t>()} * 1024;
  }
}

Guest::Guest(GuestRam& ram, emulator::net::FrameSink& wire, const Clock& clock,
             emulator::gvnic::Doorbells doorbells)
    : ram_(ram),
      nic_(sure(Gvnic::create({.queues = kQueues, .doorbells = doorbells},
                              {.memory = ram.memory, .wire = wire, .clock = clock}))) {
  set_bus_master(true);
}

void Guest::write_register(std::uint32_t offset, std::uint32_t value) {
  std::array<std::byte, 4> bytes;
  store_be(bytes.data(), value);
  sure(nic_->write(emulator::vfio_user::kBar0, offset, bytes));
}

void Guest::write_register16(std::uint32_t offset, std::uint16_t value) {
  std::array<std::byte, 2> bytes;
  store_be(bytes.data(), value);
  sure(nic_->write(emulator::vfio_user::kBar0, offset, bytes));
}

void Guest::ring_doorbell(std::uint32_t index, std::uint32_t value) {
  std::array<std::byte, 4> bytes;
  store_le(bytes.data(), value);
  sure(nic_->write(emulator::vfio_user::kBar2, std::uint64_t{index} * 4, bytes));
}

void Guest::set_bus_master(bool on) {
  const std::array command{std::byte{on ? std::uint8_t{6} : std::uint8_t{2}}, std::byte{0}};
  sure(nic_->write(emulator::vfio_user::kConfigSpace, 4, command));
}

void Guest::run_driver() {
  commands_ = 0;
  write_register16(kAdminLength, kAdminBytes);
  write_register(kAdminBase - 4, 0);
  write_register(kAdminBase, kAdminRing);
  write_register(kDriverStatus, 1);
}

void Guest::command(const CommandWords& words) {
  const std::uint64_t slot = kAdminRing + commands_++ * sizeof words % kAdminBytes;
  for (std::size_t i = 0; i < words.size(); ++i)
    store_be(ram_.at(slot + 4 * i), words[i]);
  write_register(kAdminDoorbell, commands_);
}

void Guest::configure(bool rsc, bool header_split) {
  run_driver();
  // Event counters, the doorbells' array and its stride, vectors from 0 on, queue format DQO-RDA.
  command({kConfigureResources, 0, 0, low(kResources), 0, low(kResources) + 1024, kBlocks, kBlocks,
           64, 0, 3U << 24});
  for (std::uint32_t id = 0; id < kQueues; ++id) {
    create_tx(id);
    create_rx(id, rsc, header_split);
  }
}

void Guest::renew_tx(std::uint32_t id) {
  command({kDestroyTxQueue, 0, id});
  create_tx(id);
}

void Guest::renew_rx(std::uint32_t id, bool rsc, bool header_split) {
  command({kDestroyRxQueue, 0, id});
  create_rx(id, rsc, header_split);
}

void Guest::create_tx(std::uint32_t id) {
  const std::uint64_t ring = tx_ring(id);
  command({kCreateTxQueue, 0, id, 0, 0, low(kResources) + 2048, 0, low(ring), kNoPageList, id, 0,
           low(ring + kRingBytes), kRingEntries << 16 | kRingEntries});
}

void Guest::create_rx(std::uint32_t id, bool rsc, bool header_split) {
  const std::uint64_t ring = rx_ring(id);
  command({kCreateRxQueue, 0, id, 0, 0, kQueues + id, 0, low(kResources) + 2048, 0,
           low(ring + kRingBytes), 0, low(ring), kNoPageList,
           kRingEntries << 16 | std::uint32_t{kBufferBytes},
           kRingEntries << 16 | std::uint32_t{rsc} << 8,
           header_split ? std::uint32_t{kHeaderBytes} << 16 : 0});
}

}  // namespace nobounce::fuzz
