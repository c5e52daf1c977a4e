// SPDX-License-Identifier: Apache-2.0
#include "memory/accelerator_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace nobounce::memory {
namespace {

using abi::accelerator::HashFlags;
using abi::accelerator::ResultStatus;

std::string_view name_of(std::uint32_t status) {
  switch (static_cast<ResultStatus>(status)) {
    case ResultStatus::kNotExecuted:
      return "it was not executed";
    case ResultStatus::kDone:
      return "it was done";
    case ResultStatus::kMismatch:
      return "the bytes differ";
    case ResultStatus::kMalformed:
      return "the device calls it malformed";
    case ResultStatus::kNoResource:
      return "the memory is not in the device's window";
    case ResultStatus::kOutOfBounds:
      return "the device calls it out of bounds";
    default:
      return "the device can't reach a buffer of this host";
  }
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    text += fmt::format("{:02x}", byte);
  return text;
}

/// The front of `extents` as one extent: neighbours in the region are one piece of work.
Extent take_neighbours(std::span<const Extent>& extents) {
  Extent joined = extents.front();
  extents = extents.subspan(1);
  while (!extents.empty() && extents.front().offset == joined.offset + joined.length) {
    joined.length += extents.front().length;
    extents = extents.subspan(1);
  }
  return joined;
}

Extent without_front(Extent extent, std::uint64_t bytes) {
  return {.offset = extent.offset + bytes, .length = extent.length - bytes};
}

}  // namespace

Result<std::unique_ptr<AcceleratorDevice>> AcceleratorDevice::open(
    std::unique_ptr<sys::VirtgpuCalls> node, std::string name) {
  NB_ASSIGN(HostBuffer buffer, HostBuffer::create(*node));
  std::unique_ptr<AcceleratorDevice> device(
      new AcceleratorDevice(std::move(node), std::move(buffer), std::move(name)));
  const auto counted = device->cpu_accesses();
  if (!counted && counted.error().code != Code::kTimeout) {
    return fail({.code = Code::kUnsupported,
                 .operation = "open",
                 .object = device->name_,
                 .cause = fmt::format("it does not know our commands: {}", counted.error().cause),
                 .fix = {}});
  }
  NB_TRY(counted);
  return device;
}

AcceleratorDevice::AcceleratorDevice(std::unique_ptr<sys::VirtgpuCalls> node, HostBuffer buffer,
                                     std::string name)
    : node_(std::move(node)),
      buffer_(std::move(buffer)),
      stream_(buffer_.resource()),
      name_(std::move(name)) {
  stream_.begin();
}

Status AcceleratorDevice::run() {
  if (stream_.is_empty()) return {};
  const std::uint32_t commands = stream_.commands();
  buffer_.clear_results(commands);
  const Status executed = node_->execute(stream_.finish());
  stream_.begin();
  NB_TRY(executed);
  for (std::uint32_t i = 0; i < commands; ++i)
    NB_TRY(check(i));
  return {};
}

Status AcceleratorDevice::check(std::uint32_t command) const {
  const std::uint32_t status = buffer_.result(command).status;
  if (status == static_cast<std::uint32_t>(ResultStatus::kDone) ||
      status == static_cast<std::uint32_t>(ResultStatus::kMismatch)) {
    return {};
  }
  return fail({.code = Code::kIo,
               .operation = "execute on",
               .object = name_,
               .cause = fmt::format("command {} of the stream: {}", command, name_of(status)),
               .fix = {}});
}

Status AcceleratorDevice::load(ResourceId to, std::uint64_t offset,
                               std::span<const std::byte> from) {
  const auto staging = buffer_.staging();
  while (!from.empty()) {
    const auto piece = from.first(std::min(from.size(), staging.size()));
    std::memcpy(staging.data(), piece.data(), piece.size());
    NB_TRY(copy(buffer_.resource(), {HostBuffer::staging_offset(), piece.size()}, to, offset));
    offset += piece.size();
    from = from.subspan(piece.size());
  }
  return {};
}

Status AcceleratorDevice::store(ResourceId from, std::span<const Extent> extents,
                                std::span<std::byte> to) {
  const auto staging = buffer_.staging();
  Extent left{};
  while (left.length > 0 || !extents.empty()) {
    pieces_.clear();
    std::uint64_t staged = 0;
    while (staged < staging.size() && (left.length > 0 || !extents.empty())) {
      if (left.length == 0) left = take_neighbours(extents);
      const std::uint64_t length = std::min(left.length, staging.size() - staged);
      pieces_.push_back(
          {.from = {left.offset, length}, .to_offset = HostBuffer::staging_offset() + staged});
      left = without_front(left, length);
      staged += length;
    }
    NB_TRY(gather_pieces(from, buffer_.resource()));
    std::memcpy(to.data(), staging.data(), staged);
    to = to.subspan(staged);
  }
  return {};
}

Status AcceleratorDevice::fill(ResourceId resource, Extent extent, std::uint64_t seed,
                               std::uint64_t position) {
  while (extent.length > 0) {
    const std::uint64_t taken = stream_.fill(resource, extent, seed, position);
    if (taken == 0) NB_TRY(run());
    extent = without_front(extent, taken);
    position += taken;
  }
  return run();
}

Status AcceleratorDevice::clear(ResourceId resource, std::uint64_t size) {
  std::ranges::fill(buffer_.staging(), std::byte{0});
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t length = std::min<std::uint64_t>(size - done, buffer_.staging().size());
    const std::uint64_t taken =
        stream_.copy(buffer_.resource(), {HostBuffer::staging_offset(), length}, resource, done);
    if (taken == 0) NB_TRY(run());
    done += taken;
  }
  return run();
}

Result<std::optional<std::uint64_t>> AcceleratorDevice::find_mismatch(
    ResourceId resource, std::span<const Extent> extents, std::uint64_t seed,
    std::uint64_t position) {
  std::array<std::uint64_t, abi::accelerator::kMaxCommands> starts;  // Of each command's bytes.
  std::uint64_t done = 0;
  const auto look = [&]() -> Result<std::optional<std::uint64_t>> {
    const std::uint32_t commands = stream_.commands();
    NB_TRY(run());
    for (std::uint32_t i = 0; i < commands; ++i) {
      const auto result = buffer_.result(i);
      if (result.status == static_cast<std::uint32_t>(ResultStatus::kMismatch)) {
        return starts[i] + result.value;
      }
    }
    return std::nullopt;
  };
  while (!extents.empty()) {
    Extent extent = take_neighbours(extents);
    while (extent.length > 0) {
      const std::uint32_t command = stream_.commands();
      const std::uint64_t taken = stream_.compare(resource, extent, seed, position + done);
      if (taken == 0) {
        NB_ASSIGN(const auto found, look());
        if (found) return found;
        continue;
      }
      starts[command] = done;
      extent = without_front(extent, taken);
      done += taken;
    }
  }
  return look();
}

Status AcceleratorDevice::copy(ResourceId from, Extent extent, ResourceId to,
                               std::uint64_t to_offset) {
  // Cut into commands, a copy within one resource to behind itself must go from the back.
  const bool backwards = from == to && to_offset > extent.offset;
  constexpr std::uint64_t kPiece = AcceleratorStream::kMaxWorkBytes;
  while (extent.length > 0) {
    Extent piece = extent;
    if (backwards) {
      const std::uint64_t length = std::min(extent.length, kPiece);
      piece = {.offset = extent.offset + extent.length - length, .length = length};
      NB_TRY(run());  // So that the piece fits as a whole.
    }
    const std::uint64_t taken =
        stream_.copy(from, piece, to, to_offset + (piece.offset - extent.offset));
    if (taken == 0) NB_TRY(run());
    if (backwards) {
      extent.length -= taken;
    } else {
      extent = without_front(extent, taken);
      to_offset += taken;
    }
  }
  return run();
}

Status AcceleratorDevice::gather(ResourceId from, std::span<const Piece> pieces, ResourceId to) {
  pieces_.assign(pieces.begin(), pieces.end());
  return gather_pieces(from, to);
}

Status AcceleratorDevice::gather_pieces(ResourceId from, ResourceId to) {
  std::span<Piece> left = pieces_;
  while (!left.empty()) {
    left = left.subspan(stream_.gather(from, to, left));
    if (!left.empty()) NB_TRY(run());
  }
  return run();
}

Result<CpuAccesses> AcceleratorDevice::cpu_accesses() {
  stream_.counters();
  NB_TRY(run());
  const auto counters = buffer_.result(0).counters;
  return CpuAccesses{.reads = counters.reads,
                     .read_bytes = counters.read_bytes,
                     .writes = counters.writes,
                     .written_bytes = counters.written_bytes};
}

Result<std::uint32_t> AcceleratorDevice::take_hash_context() {
  for (std::uint32_t context = 0; context < contexts_.size(); ++context) {
    if (contexts_.test(context)) continue;
    contexts_.set(context);
    return context;
  }
  return fail({.code = Code::kExhausted,
               .operation = "hash on",
               .object = name_,
               .cause = fmt::format("it computes {} hashes already", contexts_.size()),
               .fix = {}});
}

Status AcceleratorDevice::hash(ResourceId resource, std::span<const Extent> extents,
                               std::uint32_t context, std::uint32_t& flags) {
  while (!extents.empty()) {
    Extent extent = take_neighbours(extents);
    while (extent.length > 0) {
      const std::uint64_t taken = stream_.hash(resource, extent, context, flags);
      if (taken == 0) {
        NB_TRY(run());
        continue;
      }
      flags = 0;
      extent = without_front(extent, taken);
    }
  }
  return run();
}

Status AcceleratorDevice::hash_host(std::span<const std::byte> bytes, std::uint32_t context,
                                    std::uint32_t& flags) {
  const auto staging = buffer_.staging();
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), staging.size()));
    std::memcpy(staging.data(), piece.data(), piece.size());
    const Extent staged{HostBuffer::staging_offset(), piece.size()};
    NB_TRY(hash(buffer_.resource(), std::span(&staged, 1), context, flags));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<AcceleratorDevice::Digests> AcceleratorDevice::end_hash(std::uint32_t context,
                                                               std::uint32_t flags) {
  stream_.end_hash(context, flags);
  NB_TRY(run());
  const auto result = buffer_.result(0);
  return Digests{.sha256 = hex(result.digest), .crc32c = result.crc32c};
}

}  // namespace nobounce::memory
