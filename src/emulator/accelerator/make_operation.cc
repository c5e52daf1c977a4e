// SPDX-License-Identifier: Apache-2.0
// From the bytes of a command to an operation: where a guest's words are checked.
#include <cstring>
#include <limits>
#include <utility>

#include "base/bytes.h"
#include "emulator/accelerator/operations.h"

namespace nobounce::emulator::accelerator {
namespace {

using namespace abi::accelerator;  // NOLINT(google-build-using-namespace): all lines speak of it
using Access = vfio_user::DmaAccess;

template <typename T>
bool load_whole(std::span<const std::byte> bytes, T& command) {
  if (bytes.size() != sizeof command) return false;
  std::memcpy(&command, bytes.data(), sizeof command);
  return true;
}

// Finds resources, and keeps the first fault.
class Finder {
 public:
  explicit Finder(const Workplace& place) : place_(place) {}

  const Resource* find(std::uint32_t id) {
    const Resource* const resource = place_.resources.find_in(place_.context, id);
    if (resource != nullptr && is_present(*resource)) return resource;
    fault_ = ResultStatus::kNoResource;
    return nullptr;
  }
  [[nodiscard]] ResultStatus fault() const { return fault_; }

 private:
  const Workplace& place_;
  ResultStatus fault_ = ResultStatus::kDone;
};

OperationOrFault make_pattern(const Workplace& place, std::span<const std::byte> bytes,
                              bool is_fill) {
  FillCommand command{};
  if (!load_whole(bytes, command) || command.reserved != 0) return ResultStatus::kMalformed;
  Finder finder(place);
  const Resource* const resource = finder.find(command.resource);
  if (resource == nullptr) return finder.fault();
  if (!range_fits(command.offset, command.length, resource->bytes) ||
      command.position > std::numeric_limits<std::uint64_t>::max() - command.length)
    return ResultStatus::kOutOfBounds;
  const ResourceBytes reached(place.reach, *resource, is_fill ? Access::kWrite : Access::kRead);
  if (is_fill) return Operation(Fill(reached, command));
  return Operation(Compare(reached, command));
}

// Both ends of every piece lie in their resources.
bool all_fit(std::span<const GatherPiece> pieces, const Resource& from, const Resource& to) {
  for (const GatherPiece& piece : pieces)
    if (!range_fits(piece.from_offset, piece.length, from.bytes) ||
        !range_fits(piece.to_offset, piece.length, to.bytes))
      return false;
  return true;
}

OperationOrFault make_move(const Workplace& place, std::uint32_t from_id, std::uint32_t to_id,
                           std::vector<GatherPiece> pieces, bool is_backwards) {
  Finder finder(place);
  const Resource* const from = finder.find(from_id);
  const Resource* const to = finder.find(to_id);
  if (from == nullptr || to == nullptr) return finder.fault();
  if (!all_fit(pieces, *from, *to)) return ResultStatus::kOutOfBounds;
  return Operation(Move(ResourceBytes(place.reach, *from, Access::kRead),
                        ResourceBytes(place.reach, *to, Access::kWrite), std::move(pieces),
                        is_backwards));
}

OperationOrFault make_copy(const Workplace& place, std::span<const std::byte> bytes) {
  CopyCommand command{};
  if (!load_whole(bytes, command)) return ResultStatus::kMalformed;
  const bool is_backwards =
      command.from_resource == command.to_resource && command.to_offset > command.from_offset;
  return make_move(place, command.from_resource, command.to_resource,
                   {{.from_offset = command.from_offset,
                     .to_offset = command.to_offset,
                     .length = command.length}},
                   is_backwards);
}

OperationOrFault make_gather(const Workplace& place, std::span<const std::byte> bytes) {
  GatherCommand command{};
  if (bytes.size() < sizeof command) return ResultStatus::kMalformed;
  std::memcpy(&command, bytes.data(), sizeof command);
  bytes = bytes.subspan(sizeof command);
  if (command.reserved != 0 || command.from_resource == command.to_resource ||
      bytes.size() != std::uint64_t{command.pieces} * sizeof(GatherPiece))
    return ResultStatus::kMalformed;
  std::vector<GatherPiece> pieces(command.pieces);
  if (!pieces.empty()) std::memcpy(pieces.data(), bytes.data(), bytes.size());
  return make_move(place, command.from_resource, command.to_resource, std::move(pieces), false);
}

OperationOrFault make_hash(const Workplace& place, std::span<const std::byte> bytes) {
  HashCommand command{};
  if (!load_whole(bytes, command) || command.reserved != 0 ||
      (command.flags & ~(kHashBegin | kHashEnd)) != 0 || command.context >= kMaxHashContexts)
    return ResultStatus::kMalformed;
  std::optional<RunningHash>& hash = place.context.hashes[command.context];
  if (!hash && (command.flags & kHashBegin) == 0) return ResultStatus::kMalformed;
  Finder finder(place);
  const Resource* const resource = finder.find(command.resource);
  if (resource == nullptr) return finder.fault();
  if (!range_fits(command.offset, command.length, resource->bytes))
    return ResultStatus::kOutOfBounds;
  return Operation(Hash(ResourceBytes(place.reach, *resource, Access::kRead), command, hash));
}

}  // namespace

OperationOrFault make_operation(const Workplace& place, std::span<const std::byte> bytes) {
  CommandHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  switch (static_cast<Opcode>(header.opcode)) {
    case Opcode::kFill:
      return make_pattern(place, bytes, true);
    case Opcode::kCompare:
      return make_pattern(place, bytes, false);
    case Opcode::kCopy:
      return make_copy(place, bytes);
    case Opcode::kGather:
      return make_gather(place, bytes);
    case Opcode::kHash:
      return make_hash(place, bytes);
    case Opcode::kCounters:
      if (bytes.size() != sizeof(CountersCommand)) return ResultStatus::kMalformed;
      return Operation(Counters(place.reach.window.accesses()));
  }
  return ResultStatus::kMalformed;
}

}  // namespace nobounce::emulator::accelerator
