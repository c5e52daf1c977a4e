// SPDX-License-Identifier: Apache-2.0
#include "sys/mapping.h"

#include <sys/mman.h>

#include <cerrno>

namespace nobounce::sys {

Result<Mapping> Mapping::map(int fd, std::uint64_t offset, std::size_t length, Access access,
                             std::string object) {
  const int protection = access == Access::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  void* start = ::mmap(nullptr, length, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) return fail(error_from_errno(errno, "mmap", std::move(object)));
  return Mapping(std::span(static_cast<std::byte*>(start), length));
}

void Mapping::unmap() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
  bytes_ = {};
}

}  // namespace nobounce::sys
