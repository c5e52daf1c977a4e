// SPDX-License-Identifier: Apache-2.0
// Engine: executes one stream at a time (src/abi/accelerator.h), command by command, and leaves the
// results in the host buffer that the stream names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "abi/accelerator.h"
#include "emulator/accelerator/operations.h"

namespace nobounce::emulator::accelerator {

struct EngineStatistics {
  std::uint64_t streams = 0;   ///< Executed, whether all of their commands were or not.
  std::uint64_t commands = 0;  ///< Executed, mismatches included.
  std::uint64_t faults = 0;    ///< Commands that ended their stream.
};

/// Not thread-safe.
class Engine {
 public:
  Engine(const Reach& reach, Resources& resources) : reach_(reach), resources_(resources) {}

  /// Takes a copy of what the guest has submitted in the name of `context`. False if its header is
  /// no good: then nothing is executed.
  bool begin(Context& context, std::vector<std::byte> stream);
  /// Works off some of the budget. True when the stream has ended.
  bool step(std::uint64_t& budget);
  /// Whether the results of the stream that has ended reached their buffer.
  [[nodiscard]] bool has_delivered() const { return delivered_; }
  /// Forgets the stream; no more of it is executed. To be called before a resource goes.
  void abort();

  [[nodiscard]] const EngineStatistics& statistics() const { return statistics_; }

 private:
  bool next();
  void end(abi::accelerator::ResultStatus fault);
  void deliver();

  Reach reach_;
  Resources& resources_;
  Context* context_ = nullptr;
  std::vector<std::byte> stream_;
  abi::accelerator::StreamHeader header_{};
  std::size_t position_ = 0;  // of the next command in the stream
  std::uint32_t command_ = 0;
  std::optional<Operation> operation_;
  std::array<abi::accelerator::Result, abi::accelerator::kMaxCommands> results_{};
  bool ended_ = true;
  bool delivered_ = false;
  EngineStatistics statistics_;
};

}  // namespace nobounce::emulator::accelerator
