// SPDX-License-Identifier: Apache-2.0
// What the emulated accelerator is asked to do: the layout of the command streams that go through
// virtio-gpu's SUBMIT_3D (in the guest: DRM_IOCTL_VIRTGPU_EXECBUFFER), and of what comes back.
// Included by the emulator, which executes them, and by the library, which writes them; nothing
// but layout lives here.
//
// The concepts. A *resource* is a virtio-gpu resource, named by its id: device memory (a blob of
// kind HOST3D, mapped in the host-visible window) or a *host buffer* (a blob of kind GUEST, the
// guest's own pages). Device memory can be reached by commands and by peers over the bus; a CPU
// that reaches into the window is counted. Host buffers are how bytes get in and out without that.
// A *stream* is one submission: a header and commands, executed in order, stopping at the first
// that fails; a mismatch is an answer and no failure. Each command leaves a *result* in the host
// buffer that the header names; it is written before the submission's fence is signalled, and all
// of it is zero for a command not executed.
//
// Everything is little-endian, and naturally aligned in the stream. Offsets and lengths are in
// bytes and need no alignment. The device checks all of it: a malformed header is the submission's
// error; a command's own fault is in its result.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nobounce::abi::accelerator {

inline constexpr std::uint32_t kStreamMagic = 0x4341424e;  // "NBAC"
inline constexpr std::uint32_t kStreamVersion = 1;
inline constexpr std::uint32_t kMaxStreamBytes = 64 << 10;
inline constexpr std::uint32_t kMaxCommands = 256;     ///< Of a stream.
inline constexpr std::uint32_t kMaxHashContexts = 64;  ///< Of a virtio-gpu context.

struct StreamHeader {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t bytes;             ///< Of the whole stream, this header included.
  std::uint32_t commands;          ///< How many follow, 1 to kMaxCommands.
  std::uint32_t results_resource;  ///< A host buffer that holds `commands` results …
  std::uint32_t reserved;          ///< 0.
  std::uint64_t results_offset;    ///< … from here on.
};
static_assert(sizeof(StreamHeader) == 32);

enum class Opcode : std::uint32_t {
  kFill = 1,      ///< FillCommand: writes the seeded pattern of base/pattern.h.
  kCompare = 2,   ///< CompareCommand: is the pattern there?
  kCopy = 3,      ///< CopyCommand: between any two resources; load and store are copies too.
  kGather = 4,    ///< GatherCommand: many pieces of one resource to places in another.
  kHash = 5,      ///< HashCommand: adds bytes to a running CRC32C and SHA-256.
  kCounters = 6,  ///< CountersCommand: the CPU's accesses to device memory so far.
};

/// In front of every command.
struct CommandHeader {
  std::uint32_t opcode;
  std::uint32_t bytes;  ///< Of the command, this header included; a multiple of 8.
};
static_assert(sizeof(CommandHeader) == 8);

struct FillCommand {
  CommandHeader header;
  std::uint32_t resource;
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t length;
  std::uint64_t seed;
  std::uint64_t position;  ///< Of the pattern's stream that the first byte gets.
};
static_assert(sizeof(FillCommand) == 48);

/// As FillCommand. Result::value is the index of the first byte that differs, where the status is
/// kMismatch.
using CompareCommand = FillCommand;

/// The two ranges may overlap where they are of one resource: it is as if all were read first.
struct CopyCommand {
  CommandHeader header;
  std::uint32_t from_resource;
  std::uint32_t to_resource;
  std::uint64_t from_offset;
  std::uint64_t to_offset;
  std::uint64_t length;
};
static_assert(sizeof(CopyCommand) == 40);

struct GatherPiece {
  std::uint64_t from_offset;
  std::uint64_t to_offset;
  std::uint64_t length;
};

/// Followed by `pieces` GatherPieces, which are moved in order; to a resource other than the one
/// that they come from.
struct GatherCommand {
  CommandHeader header;
  std::uint32_t from_resource;
  std::uint32_t to_resource;
  std::uint32_t pieces;
  std::uint32_t reserved;
};
static_assert(sizeof(GatherCommand) == 24 && sizeof(GatherPiece) == 24);

enum HashFlags : std::uint32_t {
  kHashBegin = 1,  ///< The context starts anew, before the bytes are added. Malformed without it,
                   ///< where the context was not begun.
  kHashEnd = 2,    ///< Result::digest and Result::crc32c are set, and the context is free again.
};

struct HashCommand {
  CommandHeader header;
  std::uint32_t resource;
  std::uint32_t context;  ///< Below kMaxHashContexts; the guest's to hand out.
  std::uint32_t flags;    ///< HashFlags.
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t length;  ///< May be 0, to end.
};
static_assert(sizeof(HashCommand) == 40);

struct CountersCommand {
  CommandHeader header;
};

enum class ResultStatus : std::uint32_t {
  kNotExecuted = 0,
  kDone = 1,
  kMismatch = 2,   ///< Of a comparison.
  kMalformed = 3,  ///< An opcode, size, flag or reserved field that is none.
  /// No such resource in the submission's context, or device memory that is not mapped in the
  /// window.
  kNoResource = 4,
  kOutOfBounds = 5,  ///< A range that leaves its resource, or the pattern's stream.
  kUnreachable = 6,  ///< A host buffer that the device can't reach by DMA.
};

/// The CPU's accesses to the window since the device was powered on, whoever made them; never
/// reset, so that a difference of two readings is the truth of what lies between.
struct AccessCounters {
  std::uint64_t reads;
  std::uint64_t read_bytes;
  std::uint64_t writes;
  std::uint64_t written_bytes;
};

struct Result {
  std::uint32_t status;  ///< ResultStatus.
  std::uint32_t crc32c;  ///< Of kHash: CRC-32C (Castagnoli), as RFC 3720 has it.
  std::uint64_t value;   ///< Bytes that were written, read or compared.
  union {
    std::uint8_t digest[32];  ///< Of kHash: SHA-256.
    AccessCounters counters;  ///< Of kCounters.
  };
  std::uint64_t reserved[2];  ///< 0.
};
static_assert(sizeof(Result) == 64);

}  // namespace nobounce::abi::accelerator
