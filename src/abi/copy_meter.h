// SPDX-License-Identifier: Apache-2.0
// How a program in the lab's guest talks to the copy meter, a plugin of the QEMU that runs it.
//
// The program lays a Block into memory that it has written to, puts its address into RAX and
// executes a *mark*: a NOP whose displacement is a number that no compiler chooses. Where a meter
// is, it reads the request, carries it out and writes the answer into the block before the next
// instruction; where none is, nothing happens at all, on any x86-64, and `answer` stays 0. So a
// mark is at once the call and the probe. Included by the plugin and by those who ask it; layout
// only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nobounce::abi::copy_meter {

/// The displacement of `nopl displacement(%rax)`: the mark.
inline constexpr std::uint32_t kMark = 0x5e70c0b7;
inline constexpr std::uint64_t kMagic = 0x4d59504f43424e01;
inline constexpr std::uint32_t kVersion = 2;

inline constexpr std::size_t kMostRoutines = 24;
inline constexpr std::size_t kMostVcpus = 64;
inline constexpr std::size_t kNameBytes = 40;
inline constexpr std::uint64_t kPageBytes = 4096;

enum class Request : std::uint32_t {
  kRead = 1,     ///< Give the counts since the guest's start.
  kWatch = 2,    ///< Count at these routines from now on; only the first such request counts.
  kProfile = 3,  ///< Give the instructions executed since the guest's start, by where they stand.
};

enum class Answer : std::uint32_t {
  kNone = 0,     ///< No meter read this.
  kCounts = 1,   ///< To kRead: all below is filled in.
  kTaken = 2,    ///< To kWatch: it takes effect within the next few thousand instructions.
  kRefused = 3,  ///< To kWatch: the routines are not what they must be, or were given already. To
                 ///< kProfile: it keeps no profile, or there is too little room for it.
  kProfile = 4,  ///< To kProfile: the entries are filled in.
};

/// Instructions of all vCPUs in the blocks of translated code that start at an address. A block
/// ends with the first branch at the latest, so it belongs to one function, nearly always.
struct ProfileEntry {
  std::uint64_t address;
  std::uint64_t instructions;
};
inline constexpr std::size_t kMostProfileEntries = 65536;

// What stands in the place of an address.
inline constexpr std::uint64_t kOfUserSpace = 0;
inline constexpr std::uint64_t kOfTheRest = 1;  ///< Kernel code that came when the table was full.

/// Where a routine's length stands when it is entered.
enum class Length : std::uint32_t { kRcx = 1, kRdx = 2, kPage = 3 };

enum class Kind : std::uint32_t {
  kUser = 1,   ///< Between user memory and the kernel.
  kOther = 2,  ///< Within the kernel.
};

struct Routine {
  std::uint64_t address;  ///< Of its first instruction, in the kernel's half.
  Length length;
  Kind kind;
  char name[kNameBytes];  ///< Ends with a 0.
};
static_assert(sizeof(Routine) == 56);

struct VcpuCounts {
  std::uint64_t instructions;
  std::uint64_t bytes[kMostRoutines];  ///< In the order of the routines.
};

struct Block {
  std::uint64_t magic;
  std::uint32_t version;
  Request request;
  Answer answer;
  std::uint32_t vcpu;           ///< Answer: which one executed the mark.
  std::uint32_t vcpus;          ///< Answer: how many there are.
  std::uint32_t routine_count;  ///< Request kWatch, answer kCounts.
  std::uint32_t is_watching;    ///< Answer: 1 once a kWatch has taken effect.
  /// kProfile: how many entries have room at `profile`, kMostProfileEntries as a rule; answer: how
  /// many were written. Their memory must have been written to, as the block's.
  std::uint32_t profile_entries;
  std::uint64_t profile;  ///< kProfile: the address of the first ProfileEntry.
  Routine routines[kMostRoutines];
  VcpuCounts counts[kMostVcpus];
};
static_assert(offsetof(Block, routines) == 48);
static_assert(sizeof(Block) == 48 + 56 * kMostRoutines + 8 * (1 + kMostRoutines) * kMostVcpus);

}  // namespace nobounce::abi::copy_meter
