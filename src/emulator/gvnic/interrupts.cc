// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/interrupts.h"

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
  sources_ = {};
  management_ = {};
  blocks_ = 0;
  management_vector_.reset();
}

void Interrupts::set_eventfd(std::uint32_t vector, sys::Fd eventfd) {
  if (vector >= kVectors) return;
  eventfds_[vector] = std::move(eventfd);
  if (vector == management_vector_) {
    fire(management_, vector);
  } else if (vector >= first_block_vector_ && vector - first_block_vector_ < blocks_) {
    Source& source = sources_[vector - first_block_vector_];
    if (fire(source, vector)) source.armed = false;
  }
}

void Interrupts::ring_doorbell(std::uint32_t block, std::uint32_t value) {
  if (block >= blocks_) return;
  Source& source = sources_[block];
  if ((value & kClearPending) != 0) source.pending = false;
  source.armed = (value & kEnable) != 0;
  if (fire(source, vector_of(block))) source.armed = false;
}

void Interrupts::raise(std::uint32_t block) {
  if (block >= blocks_) return;
  Source& source = sources_[block];
  source.pending = true;
  if (fire(source, vector_of(block))) source.armed = false;
}

void Interrupts::raise_management() {
  if (!management_vector_) return;
  management_.armed = true;
  management_.pending = true;
  fire(management_, *management_vector_);
}

bool Interrupts::fire(Source& source, std::uint32_t vector) {
  if (!source.pending || !source.armed || !eventfds_[vector].is_open()) return false;
  sys::signal_eventfd(eventfds_[vector].get());
  source.pending = false;
  return true;
}

}  // namespace nobounce::emulator::gvnic
