// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/interrupts.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "sys/event_fd.h"

namespace nobounce::emulator::gvnic {

void Interrupts::configure(std::uint32_t blocks, std::uint32_t first_block_vector) {
  reset();
  blocks_ = blocks;
  first_block_vector_ = first_block_vector;
  management_vector_ = first_block_vector == 0 ? blocks : 0;
}

void Interrupts::reset() {
  states_ = {};
  waiting_ = 0;
  management_pending_ = false;
  blocks_ = 0;
  management_vector_.reset();
}

void Interrupts::set_eventfd(std::uint32_t vector, sys::Fd eventfd) {
  if (vector >= kVectors) return;
  eventfds_[vector] = std::move(eventfd);
  if (vector == management_vector_) {
    fire_management();
  } else if (vector >= first_block_vector_ && vector - first_block_vector_ < blocks_) {
    fire(vector - first_block_vector_);
  }
}

void Interrupts::ring_doorbell(std::uint32_t block, std::uint32_t value) {
  if (block >= blocks_) return;
  Block& state = states_[block];
  if ((value & kClearPending) != 0) state.pending = false;
  if (moderation_ && (value & kKeepInterval) != kKeepInterval) {
    state.interval_ns = (value >> kIntervalShift & kIntervalMask) * kIntervalUnitNs;
  }
  state.armed = (value & kEnable) != 0;
  fire(block);
}

void Interrupts::raise(std::uint32_t block) {
  if (block >= blocks_) return;
  states_[block].pending = true;
  fire(block);
}

void Interrupts::raise_management() {
  if (!management_vector_) return;
  management_pending_ = true;
  fire_management();
}

std::optional<std::uint64_t> Interrupts::due_ns() const {
  std::optional<std::uint64_t> due;
  for (std::uint32_t left = waiting_; left != 0; left &= left - 1) {
    const std::uint64_t block_due = states_[std::countr_zero(left)].due_ns();
    due = due ? std::min(*due, block_due) : block_due;
  }
  return due;
}

void Interrupts::fire_due() {
  for (std::uint32_t left = waiting_; left != 0; left &= left - 1)
    fire(static_cast<std::uint32_t>(std::countr_zero(left)));
}

void Interrupts::fire(std::uint32_t block) {
  Block& state = states_[block];
  const std::uint32_t bit = 1U << block;
  const bool has_waited = (std::exchange(waiting_, waiting_ & ~bit) & bit) != 0;
  const sys::Fd& eventfd = eventfds_[vector_of(block)];
  if (!state.pending || !state.armed || !eventfd.is_open()) return;
  if (state.interval_ns != 0) {
    const std::uint64_t now_ns = clock_.now_ns();
    if (now_ns < state.due_ns()) {
      waiting_ |= bit;
      if (!has_waited) ++statistics_.moderated;
      return;
    }
    state.fired_at_ns = now_ns;
  }
  sys::signal_eventfd(eventfd.get());
  ++statistics_.raised;
  state.pending = false;
  state.armed = false;
}

void Interrupts::fire_management() {
  const sys::Fd& eventfd = eventfds_[*management_vector_];
  if (!management_pending_ || !eventfd.is_open()) return;
  sys::signal_eventfd(eventfd.get());
  ++statistics_.management;
  management_pending_ = false;
}

}  // namespace nobounce::emulator::gvnic
