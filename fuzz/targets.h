// SPDX-License-Identifier: Apache-2.0
// What can be fuzzed. A target reads its input as a row of decisions (see choices.h), so that any
// bytes are a plausible conversation, and one changed byte changes one decision.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nobounce::fuzz {

using Input = std::span<const std::uint8_t>;

/// A vfio-user client: messages, whole, cut and damaged, with descriptors of all kinds.
void vfio_user(Input input);
/// A driver's control plane: registers, admin commands, and what their addresses point to.
void admin_queue(Input input);
/// Two drivers' queues, joined by a wire, over memory that changes between any two accesses.
void rings(Input input);
/// An accelerator's driver: virtqueues, commands, and streams.
void accelerator(Input input);
/// A host profile's file.
void profile(Input input);
/// Whoever reaches the port of a bench's agent.
void bench_agent(Input input);

struct Target {
  std::string_view name;
  void (*run)(Input input);
};

std::span<const Target> targets();

/// The target of that name; nullptr if there is none.
const Target* find_target(std::string_view name);

/// Input number `number` of the seeds that a corpus starts with, the same on every machine.
std::vector<std::uint8_t> seed_input(std::uint64_t number);

}  // namespace nobounce::fuzz
