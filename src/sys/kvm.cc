// SPDX-License-Identifier: Apache-2.0
// The probe follows Documentation/virt/kvm/api.rst: one page of memory, one processor, a few bytes
// of 32-bit code.
#include "sys/kvm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sys/fd.h"
#include "sys/mapping.h"

namespace nobounce::sys {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kCodeAddress = 0x1000;
constexpr std::uint64_t kInput = 0x12345678;
constexpr std::uint64_t kRotated = 0xc091a2b3;  // kInput, rotated right by 5.

// rorx eax, ecx, 5 (BMI2, as Debian's kernel decompressor uses such); hlt.
constexpr std::array<std::uint8_t, 7> kCode = {0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 0x05, 0xf4};
// For processors without BMI2: mov eax, ecx; ror eax, 5; hlt.
constexpr std::array<std::uint8_t, 6> kOldCode = {0x89, 0xc8, 0xc1, 0xc8, 0x05, 0xf4};

// Flat 32-bit segments: the encoding does not exist in real mode.
bool set_registers(const Fd& vcpu) {
  kvm_sregs system{};
  if (::ioctl(vcpu.get(), KVM_GET_SREGS, &system) != 0) return false;
  kvm_segment segment{};
  segment.limit = 0xffffffff;
  segment.present = 1;
  segment.s = 1;
  segment.db = 1;
  segment.g = 1;
  segment.selector = 16;
  segment.type = 3;  // Data, writable, accessed.
  system.ds = system.es = system.fs = system.gs = system.ss = segment;
  segment.selector = 8;
  segment.type = 11;  // Code, readable, accessed.
  system.cs = segment;
  system.cr0 |= 1;
  kvm_regs general{};
  general.rip = kCodeAddress;
  general.rcx = kInput;
  general.rflags = 2;
  return ::ioctl(vcpu.get(), KVM_SET_SREGS, &system) == 0 &&
         ::ioctl(vcpu.get(), KVM_SET_REGS, &general) == 0;
}

bool runs_right(const Fd& vcpu, const Mapping& shared) {
  if (::ioctl(vcpu.get(), KVM_RUN, 0) != 0) return false;
  std::uint32_t reason = 0;
  std::memcpy(&reason, shared.bytes().data() + offsetof(kvm_run, exit_reason), sizeof reason);
  kvm_regs general{};
  return reason == KVM_EXIT_HLT && ::ioctl(vcpu.get(), KVM_GET_REGS, &general) == 0 &&
         (general.rax & 0xffffffff) == kRotated;
}

}  // namespace

bool kvm_works() {
  const Fd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm.is_open()) return false;
  const Fd machine(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
  const Fd memory(::memfd_create("kvm-probe", MFD_CLOEXEC));
  if (!machine.is_open() || !memory.is_open() || ::ftruncate(memory.get(), kPageBytes) != 0)
    return false;
  auto page = Mapping::map(memory.get(), 0, kPageBytes, Mapping::Access::kReadWrite, "kvm probe");
  if (!page) return false;
  auto* code = reinterpret_cast<std::uint8_t*>(page->bytes().data());
  if (__builtin_cpu_supports("bmi2")) {
    std::copy(kCode.begin(), kCode.end(), code);
  } else {
    std::copy(kOldCode.begin(), kOldCode.end(), code);
  }
  kvm_userspace_memory_region region{};
  region.guest_phys_addr = kCodeAddress;
  region.memory_size = kPageBytes;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(page->bytes().data());
  // Older Intel processors need three pages of address space that the guest does not use.
  if (::ioctl(machine.get(), KVM_SET_TSS_ADDR, 0xfffbd000) != 0 ||
      ::ioctl(machine.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0)
    return false;

  const Fd vcpu(::ioctl(machine.get(), KVM_CREATE_VCPU, 0));
  const int shared_bytes = ::ioctl(kvm.get(), KVM_GET_VCPU_MMAP_SIZE, 0);
  if (!vcpu.is_open() || shared_bytes < static_cast<int>(sizeof(kvm_run))) return false;
  const auto shared = Mapping::map(vcpu.get(), 0, static_cast<std::size_t>(shared_bytes),
                                   Mapping::Access::kReadWrite, "kvm probe");
  return shared && set_registers(vcpu) && runs_right(vcpu, *shared);
}

}  // namespace nobounce::sys
