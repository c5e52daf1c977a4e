// SPDX-License-Identifier: Apache-2.0
// Messages of vfio-user as raw bytes: what a client sends, and how tests read a reply.
#pragma once

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "emulator/vfio_user/protocol.h"
#include "sys/fd.h"

namespace nobounce::emulator::vfio_user {

using Bytes = std::vector<std::byte>;

template <typename T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Bytes text(const std::string& characters) {
  Bytes bytes(characters.size());
  std::transform(characters.begin(), characters.end(), bytes.begin(),
                 [](char it) { return static_cast<std::byte>(it); });
  return bytes;
}

inline Bytes message(std::uint16_t command, const Bytes& payload, std::uint32_t flags = 0,
                     std::uint16_t id = 7) {
  return bytes_of(protocol::Header{
             .message_id = id,
             .command = command,
             .message_size = static_cast<std::uint32_t>(sizeof(protocol::Header) + payload.size()),
             .flags = flags,
             .error = 0}) +
         payload;
}

inline Bytes version_message(
    const std::string& json = R"({"capabilities":{"write_multiple":true}})") {
  return message(protocol::kVersion,
                 bytes_of(protocol::Version{.major = 0, .minor = 0}) + text(json) + Bytes(1));
}

inline Bytes write_message(std::uint64_t offset, const Bytes& data, std::uint32_t flags = 0,
                           std::uint32_t region = 0) {
  return message(
      protocol::kRegionWrite,
      bytes_of(protocol::RegionAccess{
          .offset = offset, .region = region, .count = static_cast<std::uint32_t>(data.size())}) +
          data,
      flags);
}

inline Bytes read_message(std::uint64_t offset, std::uint32_t count, std::uint32_t region = 0) {
  return message(protocol::kRegionRead, bytes_of(protocol::RegionAccess{
                                            .offset = offset, .region = region, .count = count}));
}

template <typename T>
T load_from(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// A memfd of `size` bytes with these seals.
inline sys::Fd make_memfd(std::size_t size, int seals = F_SEAL_SHRINK) {
  sys::Fd fd(::memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return {};
  if (::fcntl(fd.get(), F_ADD_SEALS, seals) != 0) return {};
  return fd;
}

inline sys::Fd make_eventfd() {
  return sys::Fd(::eventfd(0, EFD_CLOEXEC));
}

inline int open_descriptors() {
  int count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr)
    ++count;
  ::closedir(directory);
  return count;
}

}  // namespace nobounce::emulator::vfio_user
