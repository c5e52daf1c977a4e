// SPDX-License-Identifier: Apache-2.0
// Operations: the commands of a stream at work, as kernels and copy engines of a GPU would do them.
// Each goes on by steps, so that no long command holds up the thread that runs the device: a step
// takes what it has worked off its budget of bytes, and says whether it was the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "abi/accelerator.h"
#include "emulator/accelerator/resource_bytes.h"

namespace nobounce::emulator::accelerator {

/// Writes the seeded pattern.
class Fill {
 public:
  Fill(const ResourceBytes& to, const abi::accelerator::FillCommand& command)
      : to_(to), command_(command) {}
  bool step(std::uint64_t& budget, abi::accelerator::Result& result);

 private:
  ResourceBytes to_;
  abi::accelerator::FillCommand command_;
};

/// Looks for the first byte that is not the pattern's.
class Compare {
 public:
  Compare(const ResourceBytes& from, const abi::accelerator::CompareCommand& command)
      : from_(from), command_(command) {}
  bool step(std::uint64_t& budget, abi::accelerator::Result& result);

 private:
  ResourceBytes from_;
  abi::accelerator::CompareCommand command_;
};

/// Moves pieces from one resource to another; or one piece within one, where it goes backwards if
/// the piece moves up, so that no byte is overwritten before it was read.
class Move {
 public:
  Move(const ResourceBytes& from, const ResourceBytes& to,
       std::vector<abi::accelerator::GatherPiece> pieces, bool is_backwards)
      : from_(from), to_(to), pieces_(std::move(pieces)), is_backwards_(is_backwards) {}
  bool step(std::uint64_t& budget, abi::accelerator::Result& result);

 private:
  bool move_some(const abi::accelerator::GatherPiece& piece, std::uint64_t& budget,
                 std::uint64_t& moved) const;

  ResourceBytes from_;
  ResourceBytes to_;
  std::vector<abi::accelerator::GatherPiece> pieces_;
  bool is_backwards_;
  std::size_t piece_ = 0;
  std::uint64_t done_ = 0;  // of that piece
};

/// Adds bytes to a context's running hash.
class Hash {
 public:
  Hash(const ResourceBytes& from, const abi::accelerator::HashCommand& command,
       std::optional<RunningHash>& hash)
      : from_(from), command_(command), hash_(&hash) {}
  bool step(std::uint64_t& budget, abi::accelerator::Result& result);

 private:
  ResourceBytes from_;
  abi::accelerator::HashCommand command_;
  std::optional<RunningHash>* hash_;
};

/// Tells the counters.
class Counters {
 public:
  explicit Counters(const CpuAccesses& accesses) : accesses_(&accesses) {}
  bool step(std::uint64_t& budget, abi::accelerator::Result& result);

 private:
  const CpuAccesses* accesses_;
};

using Operation = std::variant<Fill, Compare, Move, Hash, Counters>;

/// What can go wrong before anything was done.
using OperationOrFault = std::variant<Operation, abi::accelerator::ResultStatus>;

/// What operations work on.
struct Workplace {
  Reach reach;
  const Resources& resources;
  Context& context;
};

/// Checks one command of a stream, `bytes` of which its header says that they are all of it.
OperationOrFault make_operation(const Workplace& place, std::span<const std::byte> bytes);

}  // namespace nobounce::emulator::accelerator
