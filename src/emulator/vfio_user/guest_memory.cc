// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/guest_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "sys/sealed_file.h"

namespace nobounce::emulator::vfio_user {
namespace {

constexpr std::uint64_t kPageSize = 4096;
constexpr std::uint64_t kHighestAddress = std::numeric_limits<std::uint64_t>::max();

std::string name_of_range(std::uint64_t iova, std::uint64_t size) {
  return fmt::format("guest memory at {:#x}, {:#x} bytes", iova, size);
}

tl::unexpected<Error> refuse(Code code, int sys_errno, const char* operation, std::uint64_t iova,
                             std::uint64_t size, const char* cause) {
  return fail({.code = code,
               .sys_errno = sys_errno,
               .operation = operation,
               .object = name_of_range(iova, size),
               .cause = cause,
               .fix = {}});
}

// The last byte's address. A range may end with the last address there is.
std::uint64_t last_of(const GuestMemory::Range& range) {
  return range.iova + (range.size - 1);
}

Result<sys::Mapping> map_file(const GuestMemory::Range& range, const sys::Fd& fd,
                              std::uint64_t fd_offset) {
  std::string object = name_of_range(range.iova, range.size);
  NB_ASSIGN(const std::uint64_t file_size, sys::size_of_sealed_file(fd.get(), object));
  if (!range_fits(fd_offset, range.size, file_size))
    return refuse(Code::kInvalidArgument, EINVAL, "map", range.iova, range.size,
                  "the file ends before the range does");
  return sys::Mapping::map(
      fd.get(), fd_offset, range.size,
      range.writeable ? sys::Mapping::Access::kReadWrite : sys::Mapping::Access::kRead,
      std::move(object));
}

}  // namespace

Status GuestMemory::map(const Range& range, sys::Fd fd, std::uint64_t fd_offset) {
  const auto refused = [&](Code code, int sys_errno, const char* cause) {
    return refuse(code, sys_errno, "map", range.iova, range.size, cause);
  };
  if (range.size == 0 || range.size - 1 > kHighestAddress - range.iova)
    return refused(Code::kInvalidArgument, EINVAL, "the range is empty or wraps");
  if (((range.iova | range.size | fd_offset) & (kPageSize - 1)) != 0)
    return refused(Code::kInvalidArgument, EINVAL, "the range is not aligned to pages");

  const auto next =
      std::upper_bound(regions_.begin(), regions_.end(), last_of(range),
                       [](std::uint64_t last, const Region& it) { return last < it.range.iova; });
  if (next != regions_.begin() && last_of(std::prev(next)->range) >= range.iova)
    return refused(Code::kBusy, EEXIST, "the range overlaps one that is mapped");
  if (regions_.size() >= kMaxRegions)
    return refused(Code::kExhausted, ENOSPC, "there are too many regions");

  Region region{.range = range, .mapping = {}};
  if (fd.is_open()) {
    NB_ASSIGN(region.mapping, map_file(range, fd, fd_offset));
  }
  regions_.insert(next, std::move(region));
  return {};
}

Status GuestMemory::unmap(std::uint64_t iova, std::uint64_t size) {
  if (size == 0 || size - 1 > kHighestAddress - iova)
    return refuse(Code::kInvalidArgument, EINVAL, "unmap", iova, size,
                  "the range is empty or wraps");
  const std::uint64_t last = iova + (size - 1);
  const auto begin =
      std::lower_bound(regions_.begin(), regions_.end(), iova,
                       [](const Region& it, std::uint64_t at) { return last_of(it.range) < at; });
  const auto end =
      std::upper_bound(begin, regions_.end(), last,
                       [](std::uint64_t at, const Region& it) { return at < it.range.iova; });
  if (begin == end)
    return refuse(Code::kNotFound, ENOENT, "unmap", iova, size, "nothing is mapped there");
  if (begin->range.iova < iova || last_of(std::prev(end)->range) > last)
    return refuse(Code::kInvalidArgument, EINVAL, "unmap", iova, size,
                  "a region would be cut in two");
  regions_.erase(begin, end);
  last_region_ = 0;
  return {};
}

void GuestMemory::unmap_all() {
  regions_.clear();
  last_region_ = 0;
}

const GuestMemory::Region* GuestMemory::find(std::uint64_t iova, std::uint64_t length) const {
  const auto next =
      std::upper_bound(regions_.begin(), regions_.end(), iova,
                       [](std::uint64_t at, const Region& it) { return at < it.range.iova; });
  if (next == regions_.begin() || !std::prev(next)->holds(iova, length)) return nullptr;
  last_region_ = static_cast<std::size_t>(std::prev(next) - regions_.begin());
  return &regions_[last_region_];
}

}  // namespace nobounce::emulator::vfio_user
