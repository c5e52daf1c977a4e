// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/bytes.h"
#include "base/size.h"
#include "sys/sparse_memory.h"

namespace nobounce::emulator::accelerator {
namespace {

bool holds(const Window::Range& range, std::uint64_t offset, std::uint64_t length) {
  return offset >= range.offset && range_fits(offset - range.offset, length, range.bytes);
}

}  // namespace

Result<Window> Window::create(std::uint64_t bytes, std::size_t accesses_noted) {
  if (!std::has_single_bit(bytes) || bytes < kMinMemoryBytes || bytes > kMaxMemoryBytes)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "make an accelerator",
                 .object = fmt::format("{} of memory", format_size(bytes)),
                 .cause = "its BAR can have no such size",
                 .fix = fmt::format("ask for a power of two from {} to {}",
                                    format_size(kMinMemoryBytes), format_size(kMaxMemoryBytes))});
  const char* const name = "accelerator memory";
  NB_ASSIGN(sys::Fd file, sys::create_sparse_memfd(name, bytes));
  NB_ASSIGN(sys::Mapping mapping,
            sys::Mapping::map(file.get(), 0, bytes, sys::Mapping::Access::kReadWrite, name));
  return Window(std::move(file), std::move(mapping), accesses_noted);
}

bool Window::is_free(const Range& range) const {
  if (range.bytes == 0 || (range.offset | range.bytes) % kPageBytes != 0 ||
      !range_fits(range.offset, range.bytes, bytes()))
    return false;
  return std::ranges::none_of(blobs_, [&](const Range& blob) {
    return blob.offset < range.offset + range.bytes && range.offset < blob.offset + blob.bytes;
  });
}

Status Window::allocate(const Range& range) {
  return sys::allocate_pages(file_.get(), range.offset, range.bytes);
}

void Window::lay(const Range& range) {
  blobs_.insert(std::ranges::lower_bound(blobs_, range.offset, {}, &Range::offset), range);
}

void Window::remove(const Range& range) {
  const auto blob = std::ranges::lower_bound(blobs_, range.offset, {}, &Range::offset);
  if (blob == blobs_.end() || blob->offset != range.offset) return;
  dirty_.push_back(*blob);
  blobs_.erase(blob);
  last_blob_ = 0;
}

void Window::discard(const Range& range) {
  if (range.bytes != 0) dirty_.push_back(range);
}

void Window::remove_all() {
  dirty_.insert(dirty_.end(), blobs_.begin(), blobs_.end());
  blobs_.clear();
  last_blob_ = 0;
}

void Window::scrub(std::uint64_t most_bytes) {
  while (most_bytes != 0 && !dirty_.empty()) {
    Range& range = dirty_.back();
    const std::uint64_t bytes = std::min(range.bytes, most_bytes);
    range.bytes -= bytes;
    most_bytes -= bytes;
    const std::uint64_t offset = range.offset + range.bytes;
    // Whatever keeps the host from taking the pages back, no byte of them may stay.
    if (!sys::drop_pages(file_.get(), offset, bytes))
      std::memset(mapping_.bytes().data() + offset, 0, bytes);
    if (range.bytes == 0) dirty_.pop_back();
  }
}

std::byte* Window::locate(std::uint64_t offset, std::uint64_t length) const {
  if (last_blob_ >= blobs_.size() || !holds(blobs_[last_blob_], offset, length)) {
    const auto next = std::ranges::upper_bound(blobs_, offset, {}, &Range::offset);
    if (next == blobs_.begin() || !holds(*std::prev(next), offset, length)) return nullptr;
    last_blob_ = static_cast<std::size_t>(std::prev(next) - blobs_.begin());
  }
  return mapping_.bytes().data() + offset;
}

void Window::read(std::uint64_t offset, std::span<std::byte> to) {
  accesses_.note({.offset = offset, .bytes = static_cast<std::uint32_t>(to.size())});
  if (const std::byte* const from = locate(offset, to.size())) {
    std::memcpy(to.data(), from, to.size());
  } else {
    std::ranges::fill(to, std::byte{0});
  }
}

void Window::write(std::uint64_t offset, std::span<const std::byte> from) {
  accesses_.note(
      {.offset = offset, .bytes = static_cast<std::uint32_t>(from.size()), .is_write = true});
  if (std::byte* const to = locate(offset, from.size())) std::memcpy(to, from.data(), from.size());
}

std::uint64_t Window::laid_bytes() const {
  return std::accumulate(blobs_.begin(), blobs_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Range& blob) { return sum + blob.bytes; });
}

}  // namespace nobounce::emulator::accelerator
