// SPDX-License-Identifier: Apache-2.0
// The wire layouts of vfio-user 0.0, little-endian and without padding. A message is a Header and a
// payload; replies that succeed repeat the fixed part of the request's payload, filled in, and a
// reply that reports an error is a Header alone. Nothing here checks anything: see Connection.
//
// Source: the vfio-user protocol specification (QEMU, docs/interop/vfio-user.rst) and, for the
// structures that it borrows, <linux/vfio.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace nobounce::emulator::vfio_user::protocol {

enum Command : std::uint16_t {
  kVersion = 1,
  kDmaMap = 2,
  kDmaUnmap = 3,
  kDeviceGetInfo = 4,
  kDeviceGetRegionInfo = 5,
  kDeviceGetRegionIoFds = 6,
  kDeviceGetIrqInfo = 7,
  kDeviceSetIrqs = 8,
  kRegionRead = 9,
  kRegionWrite = 10,
  kDmaRead = 11,   // from server to client only
  kDmaWrite = 12,  // from server to client only
  kDeviceReset = 13,
  kRegionWriteMulti = 15,
  kCommandCount = 16,
};

/// Header::flags. The low four bits are the type: 0 for a command, 1 for a reply.
constexpr std::uint32_t kTypeMask = 0xf;
constexpr std::uint32_t kTypeCommand = 0;
constexpr std::uint32_t kTypeReply = 1;
constexpr std::uint32_t kNoReply = 1u << 4;
constexpr std::uint32_t kError = 1u << 5;

struct Header {
  std::uint16_t message_id;
  std::uint16_t command;
  std::uint32_t message_size;  ///< Bytes, the header included.
  std::uint32_t flags;
  std::uint32_t error;  ///< An errno, in replies that have kError.
};

/// Followed by JSON text with a NUL at its end, or by nothing.
struct Version {
  std::uint16_t major;
  std::uint16_t minor;
};

constexpr std::uint32_t kMapReadable = 1u << 0;
constexpr std::uint32_t kMapWriteable = 1u << 1;

struct DmaMap {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t offset;  ///< In the file whose descriptor comes along; 0 without one.
  std::uint64_t address;
  std::uint64_t size;
};

constexpr std::uint32_t kUnmapAll = 1u << 1;  // VFIO_DMA_UNMAP_FLAG_ALL: address and size are 0

struct DmaUnmap {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint64_t address;
  std::uint64_t size;
};

constexpr std::uint32_t kDeviceResets = 1u << 0;
constexpr std::uint32_t kDeviceIsPci = 1u << 1;

struct DeviceInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t region_count;
  std::uint32_t irq_count;
};

constexpr std::uint32_t kRegionReadable = 1u << 0;
constexpr std::uint32_t kRegionWriteable = 1u << 1;
constexpr std::uint32_t kRegionMappable = 1u << 2;  // a descriptor comes with the reply

struct RegionInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t capability_offset;
  std::uint64_t size;
  std::uint64_t offset;  ///< In the file whose descriptor comes along; 0 without one.
};

struct RegionIoFds {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t count;
};

constexpr std::uint32_t kIrqByEventfd = 1u << 0;

struct IrqInfo {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t count;
};

constexpr std::uint32_t kIrqDataNone = 1u << 0;
constexpr std::uint32_t kIrqDataBool = 1u << 1;
constexpr std::uint32_t kIrqDataEventfd = 1u << 2;
constexpr std::uint32_t kIrqDataMask = kIrqDataNone | kIrqDataBool | kIrqDataEventfd;
constexpr std::uint32_t kIrqActionMask = 1u << 3;
constexpr std::uint32_t kIrqActionUnmask = 1u << 4;
constexpr std::uint32_t kIrqActionTrigger = 1u << 5;
constexpr std::uint32_t kIrqActionsMask = kIrqActionMask | kIrqActionUnmask | kIrqActionTrigger;

/// Followed by `count` bytes if flags has kIrqDataBool; eventfds come as descriptors.
struct IrqSet {
  std::uint32_t argsz;
  std::uint32_t flags;
  std::uint32_t index;
  std::uint32_t start;
  std::uint32_t count;
};

/// Followed by `count` bytes in the request of a write and in the reply to a read.
struct RegionAccess {
  std::uint64_t offset;
  std::uint32_t region;
  std::uint32_t count;
};

/// Followed by `write_count` RegionWriteSmall.
struct RegionWriteMulti {
  std::uint64_t write_count;
};

struct RegionWriteSmall {
  std::uint64_t offset;
  std::uint32_t region;
  std::uint32_t count;
  std::byte data[8];
};

template <typename T, std::size_t kSize>
constexpr bool is_wire_layout = sizeof(T) == kSize && std::is_trivially_copyable_v<T> &&
                                std::has_unique_object_representations_v<T>;

static_assert(is_wire_layout<Header, 16>);
static_assert(is_wire_layout<Version, 4>);
static_assert(is_wire_layout<DmaMap, 32>);
static_assert(is_wire_layout<DmaUnmap, 24>);
static_assert(is_wire_layout<DeviceInfo, 16>);
static_assert(is_wire_layout<RegionInfo, 32>);
static_assert(is_wire_layout<RegionIoFds, 16>);
static_assert(is_wire_layout<IrqInfo, 16>);
static_assert(is_wire_layout<IrqSet, 20>);
static_assert(is_wire_layout<RegionAccess, 16>);
static_assert(is_wire_layout<RegionWriteMulti, 8>);
static_assert(is_wire_layout<RegionWriteSmall, 24>);

}  // namespace nobounce::emulator::vfio_user::protocol
