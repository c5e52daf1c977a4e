// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/operations.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/crc32c.h"
#include "base/pattern.h"

namespace nobounce::emulator::accelerator {

using abi::accelerator::GatherPiece;
using abi::accelerator::Result;
using abi::accelerator::ResultStatus;

namespace {

// A piece, or a run of scattered memory, costs something even if it is one byte.
constexpr std::uint64_t kRunCost = 64;

void spend(std::uint64_t& budget, std::uint64_t bytes) {
  budget -= std::min(budget, bytes + kRunCost);
}

// `hex` has two digits for each byte of a digest.
void set_digest(Result& result, std::string_view hex) {
  for (std::uint8_t& byte : result.digest) {
    std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    hex.remove_prefix(2);
  }
}

void set_status(Result& result, ResultStatus status) {
  result.status = static_cast<std::uint32_t>(status);
}

// Walks the rest of a range, `done` of whose `length` bytes are done, run by run, until the budget
// is spent; `work` returns whether to go on. True when the operation has ended, well or not.
template <typename Work>
bool walk(const ResourceBytes& bytes, std::uint64_t offset, std::uint64_t length,
          std::uint64_t& budget, Result& result, const Work& work) {
  while (result.value < length) {
    if (budget == 0) return false;
    const auto run = bytes.run_from(offset + result.value, std::min(budget, length - result.value));
    if (run.empty()) {
      set_status(result, ResultStatus::kUnreachable);
      return true;
    }
    spend(budget, run.size());
    if (!work(run)) return true;
    result.value += run.size();
  }
  set_status(result, ResultStatus::kDone);
  return true;
}

}  // namespace

bool Fill::step(std::uint64_t& budget, Result& result) {
  return walk(to_, command_.offset, command_.length, budget, result, [&](auto run) {
    fill_pattern(run, command_.seed, command_.position + result.value);
    return true;
  });
}

bool Compare::step(std::uint64_t& budget, Result& result) {
  return walk(from_, command_.offset, command_.length, budget, result, [&](auto run) {
    const auto at = find_pattern_mismatch(run, command_.seed, command_.position + result.value);
    if (!at) return true;
    result.value += *at;
    set_status(result, ResultStatus::kMismatch);
    return false;
  });
}

bool Move::step(std::uint64_t& budget, Result& result) {
  for (; piece_ < pieces_.size(); ++piece_, done_ = 0) {
    const GatherPiece& piece = pieces_[piece_];
    while (done_ < piece.length) {
      if (budget == 0) return false;
      std::uint64_t moved = 0;
      if (!move_some(piece, budget, moved)) {
        set_status(result, ResultStatus::kUnreachable);
        return true;
      }
      done_ += moved;
      result.value += moved;
    }
    spend(budget, 0);
  }
  set_status(result, ResultStatus::kDone);
  return true;
}

// As much as is contiguous on both sides.
bool Move::move_some(const GatherPiece& piece, std::uint64_t& budget, std::uint64_t& moved) const {
  const std::uint64_t left = piece.length - done_;
  const std::uint64_t most = std::min(budget, left);
  std::span<std::byte> from;
  std::span<std::byte> to;
  if (is_backwards_) {
    from = from_.run_before(piece.from_offset + left, most);
    if (!from.empty()) to = to_.run_before(piece.to_offset + left, from.size());
    from = from.last(std::min(from.size(), to.size()));
  } else {
    from = from_.run_from(piece.from_offset + done_, most);
    if (!from.empty()) to = to_.run_from(piece.to_offset + done_, from.size());
    from = from.first(std::min(from.size(), to.size()));
  }
  if (to.empty()) return false;
  std::memmove(to.data(), from.data(), to.size());
  moved = to.size();
  spend(budget, moved);
  return true;
}

bool Hash::step(std::uint64_t& budget, Result& result) {
  using abi::accelerator::kHashBegin;
  using abi::accelerator::kHashEnd;
  if (result.value == 0 && (command_.flags & kHashBegin) != 0) hash_->emplace();
  const bool ended = walk(from_, command_.offset, command_.length, budget, result, [&](auto run) {
    (*hash_)->crc32c = crc32c((*hash_)->crc32c, run);
    (*hash_)->sha256.update(run);
    return true;
  });
  if (!ended) return false;
  if (result.status == static_cast<std::uint32_t>(ResultStatus::kDone) &&
      (command_.flags & kHashEnd) != 0) {
    result.crc32c = (*hash_)->crc32c;
    set_digest(result, (*hash_)->sha256.hex_digest());
    hash_->reset();
  }
  return true;
}

bool Counters::step(std::uint64_t& /*budget*/, Result& result) {
  result.counters = accesses_->counters();
  set_status(result, ResultStatus::kDone);
  return true;
}

}  // namespace nobounce::emulator::accelerator
