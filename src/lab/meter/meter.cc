// SPDX-License-Identifier: Apache-2.0
// The copy meter: a plugin for the QEMU of the lab's guest. It counts, for each vCPU, the bytes
// that the guest kernel's copy routines are asked to move, by the length in a register when a
// routine is entered, and the instructions executed. abi/copy_meter.h says how the guest asks for
// the counts.
//
// What it costs: an addition in each block of translated code, one more where a profile is kept
// (plugin argument profile=on), and a call at the first instruction of a watched routine; all other
// code runs as without it. It runs in QEMU's process, out of the guest root: it uses libc and what
// QEMU brings, and neither exceptions nor the C++ library.
#include <cstdio>
#include <cstring>

#include "abi/copy_meter.h"
#include "lab/meter/profile.h"
#include "lab/meter/qemu_plugin.h"

namespace {

using namespace nobounce::abi::copy_meter;

constexpr std::uint64_t kUserEnd = std::uint64_t{1} << 47;
// nopl disp32(%rax): opcode, ModRM, displacement.
constexpr std::size_t kMarkBytes = 7;
constexpr std::uint8_t kMarkStart[] = {0x0f, 0x1f, 0x80};

// Some routines take an int, whose register may hold anything above it; no copy has 4 GiB.
constexpr std::uint64_t kLengthBits = 0xffffffff;

enum WatchState : int { kNothing, kPending, kWatching };

/// All of it is written while one vCPU runs at most, but for the counts, which belong to a vCPU
/// each, and `state`.
struct Meter {
  qemu_plugin_id_t id = 0;
  unsigned vcpus = 0;
  qemu_plugin_scoreboard* counts = nullptr;  // Of VcpuCounts.
  qemu_plugin_register* rax = nullptr;
  qemu_plugin_register* rcx = nullptr;
  qemu_plugin_register* rdx = nullptr;
  bool has_registers = false;
  GByteArray* scratch[kMostVcpus] = {};
  Routine routines[kMostRoutines] = {};
  std::uint32_t routine_count = 0;
  int state = kNothing;
  Profile profile;
};

Meter meter;

VcpuCounts* counts_of(unsigned vcpu) {
  return static_cast<VcpuCounts*>(qemu_plugin_scoreboard_find(meter.counts, vcpu));
}

std::uint64_t read_register(unsigned vcpu, qemu_plugin_register* handle) {
  GByteArray* buffer = meter.scratch[vcpu];
  g_byte_array_set_size(buffer, 0);
  std::uint64_t value = 0;
  if (qemu_plugin_read_register(handle, buffer) && buffer->len >= sizeof value)
    std::memcpy(&value, buffer->data, sizeof value);
  return value;
}

void on_copy(unsigned vcpu, void* userdata) {
  const auto index = reinterpret_cast<std::uintptr_t>(userdata);
  std::uint64_t bytes = kPageBytes;
  const Length length = meter.routines[index].length;
  if (length != Length::kPage)
    bytes = read_register(vcpu, length == Length::kRcx ? meter.rcx : meter.rdx) & kLengthBits;
  // Only this vCPU writes here; a reader on another one must not see half of it.
  std::uint64_t& total = counts_of(vcpu)->bytes[index];
  __atomic_store_n(&total, total + bytes, __ATOMIC_RELAXED);
}

bool is_sound(const Block& block) {
  if (block.routine_count == 0 || block.routine_count > kMostRoutines) return false;
  for (std::uint32_t i = 0; i < block.routine_count; ++i) {
    const Routine& routine = block.routines[i];
    const bool known_length = routine.length == Length::kRcx || routine.length == Length::kRdx ||
                              routine.length == Length::kPage;
    const bool known_kind = routine.kind == Kind::kUser || routine.kind == Kind::kOther;
    if (routine.address < kUserEnd || !known_length || !known_kind ||
        std::memchr(routine.name, 0, kNameBytes) == nullptr)
      return false;
  }
  return true;
}

void register_callbacks();

void begin_to_watch(void*) {
  __atomic_store_n(&meter.state, kWatching, __ATOMIC_RELEASE);
  register_callbacks();
}

Answer watch(const Block& block) {
  int expected = kNothing;
  if (!is_sound(block)) return Answer::kRefused;
  if (!__atomic_compare_exchange_n(&meter.state, &expected, kPending, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_RELAXED))
    return Answer::kRefused;
  std::memcpy(meter.routines, block.routines, sizeof meter.routines);
  meter.routine_count = block.routine_count;
  // The routines were translated long ago: all code is dropped, and translated again as it runs.
  qemu_plugin_reset(meter.id, begin_to_watch, nullptr);
  return Answer::kTaken;
}

Answer read_counts(Block& block) {
  block.routine_count = meter.routine_count;
  std::memcpy(block.routines, meter.routines, sizeof block.routines);
  for (unsigned i = 0; i < meter.vcpus; ++i) {
    const VcpuCounts* from = counts_of(i);
    block.counts[i].instructions = __atomic_load_n(&from->instructions, __ATOMIC_RELAXED);
    for (std::size_t k = 0; k < kMostRoutines; ++k)
      block.counts[i].bytes[k] = __atomic_load_n(&from->bytes[k], __ATOMIC_RELAXED);
  }
  return Answer::kCounts;
}

Answer read_profile(Block& block, GByteArray* buffer) {
  if (!meter.profile.is_kept() || block.profile_entries < kMostProfileEntries ||
      block.profile >= kUserEnd - sizeof(ProfileEntry) * kMostProfileEntries)
    return Answer::kRefused;
  block.profile_entries = meter.profile.write_to(buffer, meter.vcpus);
  return qemu_plugin_write_memory_vaddr(block.profile, buffer) ? Answer::kProfile
                                                               : Answer::kRefused;
}

void on_mark(unsigned vcpu, void*) {
  if (!meter.has_registers) return;
  const std::uint64_t address = read_register(vcpu, meter.rax);
  GByteArray* buffer = meter.scratch[vcpu];
  if (address >= kUserEnd - sizeof(Block)) return;
  if (!qemu_plugin_read_memory_vaddr(address, buffer, sizeof(Block)) || buffer->len < sizeof(Block))
    return;
  Block block;
  std::memcpy(&block, buffer->data, sizeof block);
  if (block.magic != kMagic || block.version != kVersion) return;
  const int state = __atomic_load_n(&meter.state, __ATOMIC_ACQUIRE);
  block.vcpu = vcpu;
  block.vcpus = meter.vcpus;
  block.is_watching = state == kWatching ? 1 : 0;
  if (block.request == Request::kRead) {
    block.answer = state == kPending ? Answer::kNone : read_counts(block);
  } else if (block.request == Request::kWatch) {
    block.answer = watch(block);
  } else if (block.request == Request::kProfile) {
    block.answer = read_profile(block, buffer);
  } else {
    return;
  }
  g_byte_array_set_size(buffer, sizeof block);
  std::memcpy(buffer->data, &block, sizeof block);
  qemu_plugin_write_memory_vaddr(address, buffer);
}

bool is_mark(const qemu_plugin_insn* instruction) {
  if (qemu_plugin_insn_size(instruction) != kMarkBytes) return false;
  std::uint8_t code[kMarkBytes];
  if (qemu_plugin_insn_data(instruction, code, kMarkBytes) != kMarkBytes) return false;
  std::uint32_t displacement = 0;
  std::memcpy(&displacement, code + sizeof kMarkStart, sizeof displacement);
  return std::memcmp(code, kMarkStart, sizeof kMarkStart) == 0 && displacement == kMark;
}

void find_marks(const qemu_plugin_tb* block, std::size_t instructions) {
  for (std::size_t i = 0; i < instructions; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    if (is_mark(instruction))
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_R_REGS, nullptr);
  }
}

void find_routines(const qemu_plugin_tb* block, std::size_t instructions) {
  const std::uint64_t first = qemu_plugin_tb_vaddr(block);
  const std::uint64_t last =
      qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, instructions - 1));
  for (std::uintptr_t k = 0; k < meter.routine_count; ++k) {
    const std::uint64_t address = meter.routines[k].address;
    if (address < first || address > last) continue;
    for (std::size_t i = 0; i < instructions; ++i) {
      qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
      if (qemu_plugin_insn_vaddr(instruction) == address)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_copy, QEMU_PLUGIN_CB_R_REGS,
                                               reinterpret_cast<void*>(k));
    }
  }
}

void on_translation(qemu_plugin_tb* block, void*) {
  const std::size_t instructions = qemu_plugin_tb_n_insns(block);
  if (instructions == 0) return;
  qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
      block, QEMU_PLUGIN_INLINE_ADD_U64, {meter.counts, offsetof(VcpuCounts, instructions)},
      instructions);
  meter.profile.count(block, instructions);
  if (qemu_plugin_tb_vaddr(block) < kUserEnd) {
    find_marks(block, instructions);
  } else if (__atomic_load_n(&meter.state, __ATOMIC_ACQUIRE) == kWatching) {
    find_routines(block, instructions);
  }
}

// The registers have the same names for all vCPUs.
void on_vcpu(unsigned vcpu, void*) {
  if (vcpu >= kMostVcpus) return;
  if (meter.scratch[vcpu] == nullptr) meter.scratch[vcpu] = g_byte_array_new();
  if (meter.has_registers) return;
  GArray* registers = qemu_plugin_get_registers();
  const auto* found = reinterpret_cast<const qemu_plugin_reg_descriptor*>(registers->data);
  unsigned wanted = 3;
  for (unsigned i = 0; i < registers->len; ++i) {
    qemu_plugin_register** slot = nullptr;
    if (std::strcmp(found[i].name, "rax") == 0) slot = &meter.rax;
    if (std::strcmp(found[i].name, "rcx") == 0) slot = &meter.rcx;
    if (std::strcmp(found[i].name, "rdx") == 0) slot = &meter.rdx;
    if (slot == nullptr) continue;
    *slot = found[i].handle;
    --wanted;
  }
  meter.has_registers = wanted == 0;
  // No mark is answered then, and whoever asks learns that.
  if (!meter.has_registers) std::fputs("copy meter: this QEMU names no rax, rcx, rdx\n", stderr);
  g_array_free(registers, 1);
}

void register_callbacks() {
  qemu_plugin_register_vcpu_init_cb(meter.id, on_vcpu, nullptr);
  qemu_plugin_register_vcpu_tb_trans_cb(meter.id, on_translation, nullptr);
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] extern const int qemu_plugin_version;
const int qemu_plugin_version = 7;

[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info,
                                                       int argc, char** argv) {
  const bool fits = info->system_emulation && std::strcmp(info->target_name, "x86_64") == 0 &&
                    info->system.max_vcpus <= static_cast<int>(kMostVcpus);
  if (!fits) {
    std::fputs("copy meter: it wants an emulated x86_64 machine with at most 64 vCPUs\n", stderr);
    return -1;
  }
  meter.id = id;
  meter.vcpus = static_cast<unsigned>(info->system.max_vcpus);
  meter.counts = qemu_plugin_scoreboard_new(sizeof(VcpuCounts));
  for (int i = 0; i < argc; ++i)
    if (std::strcmp(argv[i], "profile=on") == 0) meter.profile.keep();
  register_callbacks();
  return 0;
}

}  // extern "C"
