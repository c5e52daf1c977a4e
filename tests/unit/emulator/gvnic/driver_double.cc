// SPDX-License-Identifier: Apache-2.0
#include "unit/emulator/gvnic/driver_double.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {

GuestRam::GuestRam(std::size_t bytes) : bytes_(bytes) {
  sys::Fd fd(memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(ftruncate(fd.get(), static_cast<off_t>(bytes)), 0);
  EXPECT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  const auto mapped = memory_.map(
      {.iova = kBase, .size = bytes, .readable = true, .writeable = true}, std::move(fd), 0);
  EXPECT_TRUE(mapped.has_value());
}

std::uint64_t GuestRam::allocate(std::size_t bytes, std::size_t alignment) {
  next_ = (next_ + alignment - 1) / alignment * alignment;
  const std::uint64_t iova = next_;
  next_ += bytes;
  EXPECT_LE(next_, end());
  return iova;
}

std::uint64_t GuestRam::allocate(std::span<const std::byte> content, std::size_t alignment) {
  const std::uint64_t iova = allocate(content.size(), alignment);
  if (!content.empty()) std::memcpy(at(iova, content.size()), content.data(), content.size());
  return iova;
}

std::byte* GuestRam::at(std::uint64_t iova, std::size_t bytes) {
  std::byte* const here = memory_.translate(iova, bytes, vfio_user::DmaAccess::kWrite);
  EXPECT_NE(here, nullptr);
  return here;
}

TxDriver::TxDriver(GuestRam& ram, std::uint32_t entries,
                   std::optional<std::uint32_t> completion_entries)
    : ram_(ram) {
  config_.id = 5;
  config_.descriptor_entries = entries;
  config_.completion_entries = completion_entries.value_or(entries);
  config_.descriptor_ring_iova = ram.allocate(std::size_t{16} * entries);
  config_.completion_ring_iova = ram.allocate(std::size_t{8} * config_.completion_entries);
}

void TxDriver::put(const RawDescriptor& descriptor) {
  const std::uint64_t entry = config_.descriptor_ring_iova + std::uint64_t{16} * tail_;
  std::memcpy(ram_.at(entry, 16), descriptor.data(), 16);
  tail_ = (tail_ + 1) % config_.descriptor_entries;
}

std::uint32_t TxDriver::free_slots() const {
  const std::uint32_t entries = config_.descriptor_entries;
  return entries - 1 - (tail_ + entries - head_) % entries;
}

std::vector<TxDriver::Completion> TxDriver::reap() {
  std::vector<Completion> completions;
  while (true) {
    const std::uint64_t entry = config_.completion_ring_iova + std::uint64_t{8} * completion_index_;
    const auto word = load_le<std::uint64_t>(ram_.at(entry, 8));
    if ((word >> 15 & 1) == generation_) return completions;
    completions.push_back({.type = static_cast<unsigned>(word >> 11 & 7),
                           .queue = static_cast<unsigned>(word & 0x7ff),
                           .value = static_cast<unsigned>(word >> 16 & 0xffff)});
    if (completions.back().type == kDescriptorCompletion) head_ = completions.back().value;
    completion_index_ = (completion_index_ + 1) % config_.completion_entries;
    if (completion_index_ == 0) generation_ ^= 1;
  }
}

RxDriver::RxDriver(GuestRam& ram, const Options& options) : ram_(ram) {
  config_.id = 3;
  config_.buffer_entries = options.entries;
  config_.completion_entries = options.entries;
  config_.packet_buffer_bytes = options.buffer_bytes;
  config_.header_buffer_bytes = options.header_bytes;
  config_.rsc = options.rsc;
  config_.buffer_ring_iova = ram.allocate(std::size_t{32} * options.entries);
  config_.completion_ring_iova = ram.allocate(std::size_t{32} * options.entries);
  buffers_ = ram.allocate(std::size_t{options.buffer_bytes} * options.entries, 4096);
  headers_ = ram.allocate(std::size_t{options.header_bytes} * options.entries);
  for (std::uint32_t id = 0; id + 1 < options.entries; ++id)
    free_ids_.push_back(static_cast<std::uint16_t>(id));
}

std::uint64_t RxDriver::entry(std::uint32_t index) const {
  return config_.buffer_ring_iova + std::uint64_t{32} * index;
}

void RxDriver::post(std::size_t count) {
  for (; count != 0 && !free_ids_.empty(); --count) {
    const std::uint16_t id = free_ids_.front();
    free_ids_.pop_front();
    std::byte* const to = ram_.at(entry(tail_), 32);
    std::memset(to, 0, 32);
    store_le(to, id);
    store_le(to + 8, buffers_ + std::uint64_t{config_.packet_buffer_bytes} * id);
    store_le(to + 16, headers_ + std::uint64_t{config_.header_buffer_bytes} * id);
    tail_ = (tail_ + 1) % config_.buffer_entries;
  }
}

std::vector<RxDriver::Packet> RxDriver::reap() {
  std::vector<Packet> packets;
  while (true) {
    const std::uint64_t at = config_.completion_ring_iova + std::uint64_t{32} * completion_index_;
    const std::byte* const completion = ram_.at(at, 32);
    if ((load_le<std::uint16_t>(completion + 4) >> 14 & 1u) == generation_) return packets;
    if (!partial_) partial_ = Packet{};
    take(completion, *partial_);
    completion_index_ = (completion_index_ + 1) % config_.completion_entries;
    if (completion_index_ == 0) generation_ ^= 1;
    if ((static_cast<unsigned>(completion[8]) & 2) != 0) {
      packets.push_back(*std::exchange(partial_, std::nullopt));
    }
  }
}

void RxDriver::take(const std::byte* completion, Packet& packet) {
  EXPECT_EQ(static_cast<unsigned>(completion[0]), 1u);  // descriptor kind
  EXPECT_EQ(static_cast<unsigned>(completion[1]), 0u);  // no error, no IPv6 extension in the way
  const unsigned flags = static_cast<unsigned>(completion[8]);
  EXPECT_EQ(flags & 0xf1, 1u);  // done, no checksum error
  const unsigned lengths = load_le<std::uint16_t>(completion + 6);
  const std::size_t bytes = load_le<std::uint16_t>(completion + 4) & 0x3fff;
  const auto id = load_le<std::uint16_t>(completion + 12);
  ASSERT_LT(id, config_.buffer_entries);
  const auto append = [&](std::uint64_t iova, std::size_t count) {
    const std::byte* const from = ram_.at(iova, count);
    packet.bytes.insert(packet.bytes.end(), from, from + count);
  };
  if ((lengths >> 11 & 1) != 0) {
    EXPECT_TRUE(packet.bytes.empty());
    packet.header_overflow = (flags & 4) != 0;
    if (!packet.header_overflow) {
      packet.split_bytes = lengths & 0x3ff;
      append(headers_ + std::uint64_t{config_.header_buffer_bytes} * id, packet.split_bytes);
    }
  }
  append(buffers_ + std::uint64_t{config_.packet_buffer_bytes} * id, bytes);
  packet.buffer_bytes.push_back(bytes);
  packet.rsc = (lengths >> 10 & 1) != 0;
  packet.checksums_verified = (flags & 8) != 0;
  packet.rsc_segment_bytes = load_le<std::uint16_t>(completion + 14);
  packet.packet_type = load_le<std::uint16_t>(completion + 2) & 0x3ff;
  packet.hash = load_le<std::uint32_t>(completion + 16);
  packet.time_ns.reset();
  if ((static_cast<unsigned>(completion[11]) & 1) != 0) {
    packet.time_ns = load_le<std::uint32_t>(completion + 28);
  }
  free_ids_.push_back(id);
}

}  // namespace nobounce::emulator::gvnic
