// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/mapped_doorbells.h"

#include <atomic>

#include "sys/memfd.h"
#include "sys/sealed_file.h"

namespace nobounce::emulator::gvnic {

static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free, "the guest takes no lock");

Result<MappedDoorbells> MappedDoorbells::create() {
  NB_ASSIGN(sys::Fd file, sys::create_memfd("doorbells", DoorbellMap::kBarBytes));
  NB_TRY(sys::seal_for_ever(file.get(), "doorbells"));
  NB_ASSIGN(sys::Mapping page, sys::Mapping::map(file.get(), 0, DoorbellMap::kBarBytes,
                                                 sys::Mapping::Access::kReadWrite, "doorbells"));
  return MappedDoorbells(std::move(file), std::move(page));
}

std::uint32_t& MappedDoorbells::word(std::uint32_t index) const {
  return reinterpret_cast<std::uint32_t*>(page_.bytes().data())[index];
}

std::optional<std::uint32_t> MappedDoorbells::take_position(std::uint32_t index) {
  const std::uint32_t position = std::atomic_ref(word(index)).load(std::memory_order_acquire);
  if (position == positions_[index]) return std::nullopt;
  positions_[index] = position;
  return position;
}

std::optional<std::uint32_t> MappedDoorbells::take_command(std::uint32_t index) {
  const std::atomic_ref doorbell(word(index));
  // An exchange takes the cache line from the guest; a look does not.
  if (doorbell.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::uint32_t command = doorbell.exchange(0, std::memory_order_acq_rel);
  if (command == 0) return std::nullopt;
  return command;
}

void MappedDoorbells::restart(std::uint32_t index) {
  positions_[index] = 0;
  std::atomic_ref(word(index)).store(0, std::memory_order_release);
}

void MappedDoorbells::restart_all() {
  for (std::uint32_t index = 0; index < DoorbellMap::kEnd; ++index)
    restart(index);
}

}  // namespace nobounce::emulator::gvnic
