// SPDX-License-Identifier: Apache-2.0
#include "memory/accelerator_stream.h"

#include <algorithm>
#include <cstring>

namespace nobounce::memory {
namespace {

using abi::accelerator::CommandHeader;
using abi::accelerator::CopyCommand;
using abi::accelerator::CountersCommand;
using abi::accelerator::FillCommand;
using abi::accelerator::GatherCommand;
using abi::accelerator::GatherPiece;
using abi::accelerator::HashCommand;
using abi::accelerator::kHashEnd;
using abi::accelerator::kMaxCommands;
using abi::accelerator::kStreamMagic;
using abi::accelerator::kStreamVersion;
using abi::accelerator::Opcode;
using abi::accelerator::StreamHeader;

CommandHeader header(Opcode opcode, std::size_t bytes) {
  return {.opcode = static_cast<std::uint32_t>(opcode), .bytes = static_cast<std::uint32_t>(bytes)};
}

}  // namespace

void AcceleratorStream::begin() {
  commands_ = 0;
  used_ = sizeof(StreamHeader);
  work_ = 0;
}

std::uint64_t AcceleratorStream::room_for_work(std::uint64_t length,
                                               std::size_t command_bytes) const {
  if (commands_ == kMaxCommands || used_ + command_bytes > bytes_.size()) return 0;
  return std::min(length, kMaxWorkBytes - work_);
}

template <typename Command>
void AcceleratorStream::append(const Command& command, std::uint64_t work_bytes) {
  std::memcpy(bytes_.data() + used_, &command, sizeof command);
  used_ += sizeof command;
  work_ += work_bytes;
}

std::uint64_t AcceleratorStream::pattern(Opcode opcode, ResourceId resource, Extent extent,
                                         std::uint64_t seed, std::uint64_t position) {
  const std::uint64_t taken = room_for_work(extent.length, sizeof(FillCommand));
  if (taken == 0) return 0;
  append(FillCommand{.header = header(opcode, sizeof(FillCommand)),
                     .resource = resource.id,
                     .reserved = 0,
                     .offset = extent.offset,
                     .length = taken,
                     .seed = seed,
                     .position = position},
         taken);
  ++commands_;
  return taken;
}

std::uint64_t AcceleratorStream::fill(ResourceId resource, Extent extent, std::uint64_t seed,
                                      std::uint64_t position) {
  return pattern(Opcode::kFill, resource, extent, seed, position);
}

std::uint64_t AcceleratorStream::compare(ResourceId resource, Extent extent, std::uint64_t seed,
                                         std::uint64_t position) {
  return pattern(Opcode::kCompare, resource, extent, seed, position);
}

std::uint64_t AcceleratorStream::copy(ResourceId from, Extent extent, ResourceId to,
                                      std::uint64_t to_offset) {
  const std::uint64_t taken = room_for_work(extent.length, sizeof(CopyCommand));
  if (taken == 0) return 0;
  append(CopyCommand{.header = header(Opcode::kCopy, sizeof(CopyCommand)),
                     .from_resource = from.id,
                     .to_resource = to.id,
                     .from_offset = extent.offset,
                     .to_offset = to_offset,
                     .length = taken},
         taken);
  ++commands_;
  return taken;
}

std::uint64_t AcceleratorStream::hash(ResourceId resource, Extent extent, std::uint32_t context,
                                      std::uint32_t flags) {
  const std::uint64_t taken = room_for_work(extent.length, sizeof(HashCommand));
  if (taken == 0) return 0;
  append(HashCommand{.header = header(Opcode::kHash, sizeof(HashCommand)),
                     .resource = resource.id,
                     .context = context,
                     .flags = flags,
                     .reserved = 0,
                     .offset = extent.offset,
                     .length = taken},
         taken);
  ++commands_;
  return taken;
}

std::size_t AcceleratorStream::gather(ResourceId from, ResourceId to, std::span<Piece> pieces) {
  constexpr std::size_t kLeast = sizeof(GatherCommand) + sizeof(GatherPiece);
  if (room_for_work(1, kLeast) == 0) return 0;
  const std::size_t command_at = used_;
  append(
      GatherCommand{
          .header = {}, .from_resource = from.id, .to_resource = to.id, .pieces = 0, .reserved = 0},
      0);
  std::size_t taken_whole = 0;
  std::uint32_t written = 0;
  for (Piece& piece : pieces) {
    const std::uint64_t taken = room_for_work(piece.from.length, sizeof(GatherPiece));
    if (taken == 0 && piece.from.length > 0) break;
    if (taken > 0) {
      append(
          GatherPiece{
              .from_offset = piece.from.offset, .to_offset = piece.to_offset, .length = taken},
          taken);
      ++written;
    }
    if (taken < piece.from.length) {
      piece.from.offset += taken;
      piece.from.length -= taken;
      piece.to_offset += taken;
      break;
    }
    ++taken_whole;
  }
  // Empty pieces are done with, and a gather of nothing but them is no command.
  if (written == 0) {
    used_ = command_at;
    return taken_whole;
  }
  const std::uint32_t bytes = static_cast<std::uint32_t>(used_ - command_at);
  const GatherCommand command{.header = header(Opcode::kGather, bytes),
                              .from_resource = from.id,
                              .to_resource = to.id,
                              .pieces = written,
                              .reserved = 0};
  std::memcpy(bytes_.data() + command_at, &command, sizeof command);
  ++commands_;
  return taken_whole;
}

bool AcceleratorStream::end_hash(std::uint32_t context, std::uint32_t flags) {
  if (commands_ == kMaxCommands || used_ + sizeof(HashCommand) > bytes_.size()) return false;
  append(HashCommand{.header = header(Opcode::kHash, sizeof(HashCommand)),
                     .resource = results_.id,
                     .context = context,
                     .flags = flags | kHashEnd,
                     .reserved = 0,
                     .offset = 0,
                     .length = 0},
         0);
  ++commands_;
  return true;
}

bool AcceleratorStream::counters() {
  if (commands_ == kMaxCommands || used_ + sizeof(CountersCommand) > bytes_.size()) return false;
  append(CountersCommand{.header = header(Opcode::kCounters, sizeof(CountersCommand))}, 0);
  ++commands_;
  return true;
}

std::span<const std::byte> AcceleratorStream::finish() {
  const StreamHeader front{.magic = kStreamMagic,
                           .version = kStreamVersion,
                           .bytes = static_cast<std::uint32_t>(used_),
                           .commands = commands_,
                           .results_resource = results_.id,
                           .reserved = 0,
                           .results_offset = 0};
  std::memcpy(bytes_.data(), &front, sizeof front);
  return std::span(bytes_).first(used_);
}

}  // namespace nobounce::memory
