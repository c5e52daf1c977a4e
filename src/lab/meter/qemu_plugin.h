// SPDX-License-Identifier: Apache-2.0
// The part of QEMU's plugin interface, version 7 (QEMU 11), that the meter uses, and the few types
// of GLib that appear in it. Debian ships no header for either that could be used here; names,
// layouts and calling conventions are the published ones. All functions are found in the QEMU that
// loads the plugin, so nothing is linked.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// GLib's growing arrays: what is public of them.
struct GByteArray {
  std::uint8_t* data;
  unsigned len;
};
struct GArray {
  char* data;
  unsigned len;
};
GByteArray* g_byte_array_new();
GByteArray* g_byte_array_set_size(GByteArray* array, unsigned length);
char* g_array_free(GArray* array, int free_segment);

using qemu_plugin_id_t = std::uint64_t;

/// Alive only while qemu_plugin_install runs.
struct qemu_info_t {
  const char* target_name;
  struct {
    int min;
    int cur;
  } version;
  bool system_emulation;
  struct {
    int smp_vcpus;
    int max_vcpus;
  } system;
};

struct qemu_plugin_tb;          // A block of guest code, while it is translated.
struct qemu_plugin_insn;        // An instruction of it.
struct qemu_plugin_scoreboard;  // An element for each vCPU.
struct qemu_plugin_register;    // Names a register; the value is opaque, and may be null.

/// A counter in each element of a scoreboard.
struct qemu_plugin_u64 {
  qemu_plugin_scoreboard* score;
  std::size_t offset;
};

struct qemu_plugin_reg_descriptor {
  qemu_plugin_register* handle;
  const char* name;
  const char* feature;
  bool is_readonly;
};

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

using qemu_plugin_udata_cb_t = void (*)(void* userdata);
using qemu_plugin_vcpu_udata_cb_t = void (*)(unsigned vcpu, void* userdata);
using qemu_plugin_vcpu_tb_trans_cb_t = void (*)(qemu_plugin_tb* block, void* userdata);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_udata_cb_t callback,
                                       void* userdata);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           qemu_plugin_vcpu_tb_trans_cb_t callback, void* userdata);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(qemu_plugin_tb* block, qemu_plugin_op op,
                                                       qemu_plugin_u64 entry, std::uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn* instruction,
                                            qemu_plugin_vcpu_udata_cb_t callback,
                                            qemu_plugin_cb_flags flags, void* userdata);
/// Drops all callbacks and all translated code, then calls back, while no vCPU runs.
void qemu_plugin_reset(qemu_plugin_id_t id, qemu_plugin_udata_cb_t callback, void* userdata);

std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
std::uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, std::size_t index);
std::size_t qemu_plugin_insn_data(const qemu_plugin_insn* instruction, void* to, std::size_t bytes);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn* instruction);
std::uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn* instruction);

GArray* qemu_plugin_get_registers();  // Of qemu_plugin_reg_descriptor; the caller frees it.
/// Appends the register's bytes.
bool qemu_plugin_read_register(qemu_plugin_register* handle, GByteArray* buffer);
bool qemu_plugin_read_memory_vaddr(std::uint64_t address, GByteArray* data, std::size_t bytes);
bool qemu_plugin_write_memory_vaddr(std::uint64_t address, GByteArray* data);

qemu_plugin_scoreboard* qemu_plugin_scoreboard_new(std::size_t element_bytes);
void* qemu_plugin_scoreboard_find(qemu_plugin_scoreboard* score, unsigned vcpu);

}  // extern "C"
