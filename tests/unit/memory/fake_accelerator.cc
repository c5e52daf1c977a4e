// SPDX-License-Identifier: Apache-2.0
#include "fake_accelerator.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/pattern.h"
#include "sys/memfd.h"

namespace nobounce::memory {
namespace {

using abi::accelerator::CommandHeader;
using abi::accelerator::CopyCommand;
using abi::accelerator::FillCommand;
using abi::accelerator::GatherCommand;
using abi::accelerator::GatherPiece;
using abi::accelerator::HashCommand;
using abi::accelerator::kHashBegin;
using abi::accelerator::kHashEnd;
using abi::accelerator::kMaxCommands;
using abi::accelerator::kMaxHashContexts;
using abi::accelerator::kMaxStreamBytes;
using abi::accelerator::kStreamMagic;
using abi::accelerator::kStreamVersion;
using abi::accelerator::Opcode;
using abi::accelerator::ResultStatus;
using abi::accelerator::StreamHeader;

template <typename T>
T read(std::span<const std::byte> bytes) {
  T value{};
  EXPECT_GE(bytes.size(), sizeof value);
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

void set(abi::accelerator::Result& result, ResultStatus status) {
  result.status = static_cast<std::uint32_t>(status);
}

ino_t inode_of(int fd) {
  struct stat facts{};
  EXPECT_EQ(::fstat(fd, &facts), 0);
  return facts.st_ino;
}

}  // namespace

Result<sys::VirtgpuBlob> FakeNode::create(std::uint64_t size, bool in_window) {
  NB_ASSIGN(sys::Fd memfd, sys::create_memfd("fake", size));
  NB_ASSIGN(sys::Mapping mapping,
            sys::Mapping::map(memfd.get(), 0, size, sys::Mapping::Access::kReadWrite, "fake"));
  const std::uint32_t id = device_->next_resource++;
  device_->resources[id] = {
      .memfd = std::move(memfd), .mapping = std::move(mapping), .is_in_window = in_window};
  attached_.insert(id);
  return sys::VirtgpuBlob{.handle = id + 100, .resource = id, .size = size};
}

Result<sys::VirtgpuBlob> FakeNode::create_device_blob(std::uint64_t size) {
  if (size > device_->window_bytes - device_->window_used) {
    return fail(error_from_errno(ENOSPC, "VIRTGPU_RESOURCE_CREATE_BLOB", "fake"));
  }
  device_->window_used += size;
  return create(size, true);
}

Result<sys::VirtgpuBlob> FakeNode::create_guest_blob(std::uint64_t size) {
  return create(size, false);
}

Result<sys::Mapping> FakeNode::map(const sys::VirtgpuBlob& blob) {
  FakeAccelerator::Resource& resource = device_->resources.at(blob.resource);
  if (resource.is_in_window) ++device_->counters.reads;  // Whoever does this touches it.
  return sys::Mapping::map(resource.memfd.get(), 0, blob.size, sys::Mapping::Access::kReadWrite,
                           "fake");
}

Result<sys::Fd> FakeNode::export_dma_buf(const sys::VirtgpuBlob& blob) {
  return sys::Fd(::dup(device_->resources.at(blob.resource).memfd.get()));
}

Result<sys::VirtgpuBlob> FakeNode::import_dma_buf(int dma_buf_fd) {
  for (const auto& [id, resource] : device_->resources) {
    if (inode_of(resource.memfd.get()) != inode_of(dma_buf_fd)) continue;
    attached_.insert(id);
    return sys::VirtgpuBlob{.handle = id + 100, .resource = id};
  }
  return fail(error_from_errno(EINVAL, "DRM_IOCTL_PRIME_FD_TO_HANDLE", "fake"));
}

void FakeNode::close(const sys::VirtgpuBlob& blob) {
  EXPECT_EQ(attached_.erase(blob.handle - 100), 1u);
}

std::span<std::byte> FakeNode::bytes(std::uint32_t resource, std::uint64_t offset,
                                     std::uint64_t length, CommandResult& result) {
  const auto found = device_->resources.find(resource);
  if (found == device_->resources.end() || !attached_.contains(resource) ||
      (found->second.is_in_window && device_->window_is_closed)) {
    set(result, ResultStatus::kNoResource);
    return {};
  }
  const auto all = found->second.mapping.bytes();
  if (!range_fits(offset, length, all.size())) {
    set(result, ResultStatus::kOutOfBounds);
    return {};
  }
  work_ += length;
  set(result, ResultStatus::kDone);
  result.value = length;
  return all.subspan(offset, length);
}

void FakeNode::run_pattern(std::span<const std::byte> command, bool compares,
                           CommandResult& result) {
  const auto asked = read<FillCommand>(command);
  const auto place = bytes(asked.resource, asked.offset, asked.length, result);
  if (!compares) {
    fill_pattern(place, asked.seed, asked.position);
  } else if (const auto index = find_pattern_mismatch(place, asked.seed, asked.position)) {
    set(result, ResultStatus::kMismatch);
    result.value = *index;
  }
}

void FakeNode::run_copy(std::span<const std::byte> command, CommandResult& result) {
  const auto asked = read<CopyCommand>(command);
  const auto from = bytes(asked.from_resource, asked.from_offset, asked.length, result);
  if (from.empty()) return;
  const auto to = bytes(asked.to_resource, asked.to_offset, asked.length, result);
  if (!to.empty()) std::memmove(to.data(), from.data(), from.size());
  work_ -= to.size();  // Both ends of a byte are one byte's work.
}

void FakeNode::run_gather(std::span<const std::byte> command, CommandResult& result) {
  const auto asked = read<GatherCommand>(command);
  EXPECT_NE(asked.from_resource, asked.to_resource);
  EXPECT_EQ(command.size(), sizeof asked + asked.pieces * sizeof(GatherPiece));
  for (std::uint32_t i = 0; i < asked.pieces; ++i) {
    const auto piece = read<GatherPiece>(command.subspan(sizeof asked + i * sizeof(GatherPiece)));
    const auto from = bytes(asked.from_resource, piece.from_offset, piece.length, result);
    if (from.empty()) return;
    const auto to = bytes(asked.to_resource, piece.to_offset, piece.length, result);
    if (to.empty()) return;
    std::memcpy(to.data(), from.data(), from.size());
    work_ -= to.size();
  }
}

void FakeNode::run_hash(std::span<const std::byte> command, CommandResult& result) {
  const auto asked = read<HashCommand>(command);
  const bool begins = (asked.flags & kHashBegin) != 0;
  if (asked.context >= kMaxHashContexts || (!begins && !hashes_.contains(asked.context))) {
    set(result, ResultStatus::kMalformed);
    return;
  }
  const auto place = bytes(asked.resource, asked.offset, asked.length, result);
  if (result.status != static_cast<std::uint32_t>(ResultStatus::kDone)) return;
  if (begins) hashes_.insert_or_assign(asked.context, RunningHash());
  RunningHash& hash = hashes_.at(asked.context);
  hash.sha256.update(place);
  hash.crc32c = crc32c(hash.crc32c, place);
  if ((asked.flags & kHashEnd) == 0) return;
  const std::string digest = hash.sha256.hex_digest();
  result.crc32c = hash.crc32c;
  for (std::size_t i = 0; i < 32; ++i)
    std::from_chars(digest.data() + 2 * i, digest.data() + 2 * i + 2, result.digest[i], 16);
  hashes_.erase(asked.context);
}

void FakeNode::run(std::span<const std::byte> command, CommandResult& result) {
  const auto header = read<CommandHeader>(command);
  EXPECT_EQ(header.bytes % 8, 0u);
  switch (static_cast<Opcode>(header.opcode)) {
    case Opcode::kFill:
      return run_pattern(command, false, result);
    case Opcode::kCompare:
      return run_pattern(command, true, result);
    case Opcode::kCopy:
      return run_copy(command, result);
    case Opcode::kGather:
      return run_gather(command, result);
    case Opcode::kHash:
      return run_hash(command, result);
    case Opcode::kCounters:
      set(result, ResultStatus::kDone);
      result.counters = device_->counters;
      return;
  }
  set(result, ResultStatus::kMalformed);
}

Status FakeNode::execute(std::span<const std::byte> stream) {
  if (!device_->knows_commands) return {};
  const auto header = read<StreamHeader>(stream);
  EXPECT_EQ(header.magic, kStreamMagic);
  EXPECT_EQ(header.version, kStreamVersion);
  EXPECT_EQ(header.bytes, stream.size());
  EXPECT_LE(header.bytes, kMaxStreamBytes);
  EXPECT_GE(header.commands, 1u);
  EXPECT_LE(header.commands, kMaxCommands);
  EXPECT_EQ(header.reserved, 0u);
  EXPECT_TRUE(attached_.contains(header.results_resource));
  auto results = device_->resources.at(header.results_resource)
                     .mapping.bytes()
                     .subspan(header.results_offset, header.commands * sizeof(CommandResult));
  std::ranges::fill(results, std::byte{0});
  work_ = 0;
  std::span<const std::byte> left = stream.subspan(sizeof header);
  for (std::uint32_t i = 0; i < header.commands; ++i) {
    const auto command = left.first(read<CommandHeader>(left).bytes);
    left = left.subspan(command.size());
    CommandResult result{};
    run(command, result);
    std::memcpy(results.data() + i * sizeof result, &result, sizeof result);
    const auto status = static_cast<ResultStatus>(result.status);
    if (status != ResultStatus::kDone && status != ResultStatus::kMismatch) break;
  }
  device_->streams.push_back({.bytes = stream.size(), .commands = header.commands, .work = work_});
  return {};
}

}  // namespace nobounce::memory
