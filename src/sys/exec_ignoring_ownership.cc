// SPDX-License-Identifier: Apache-2.0
#include "sys/exec_ignoring_ownership.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace nobounce::sys {
namespace {

constexpr std::array kIgnoredCalls = {SYS_chown, SYS_fchown, SYS_lchown, SYS_fchownat};

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

constexpr sock_filter answer(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// Goes on with the next instruction if the loaded word is `value`, else behind it.
constexpr sock_filter next_if(std::uint32_t value) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

// Calls of another architecture (32-bit programs) have other numbers: they are let through.
constexpr auto make_filter() {
  std::array<sock_filter, 5 + 2 * kIgnoredCalls.size()> filter{};
  std::size_t at = 0;
  filter[at++] = load(offsetof(seccomp_data, arch));
  filter[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
  filter[at++] = answer(SECCOMP_RET_ALLOW);
  filter[at++] = load(offsetof(seccomp_data, nr));
  for (const auto call : kIgnoredCalls) {
    filter[at++] = next_if(static_cast<std::uint32_t>(call));
    filter[at++] = answer(SECCOMP_RET_ERRNO | 0);  // errno 0: success.
  }
  filter[at++] = answer(SECCOMP_RET_ALLOW);
  return filter;
}

}  // namespace

Status exec_ignoring_ownership(std::vector<std::string> argv) {
  auto filter = make_filter();
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  // Without new privileges a filter needs none either.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    Error error = error_from_errno(errno, "seccomp filter", "calls that change ownership");
    error.code = Code::kUnsupported;
    error.fix = "a kernel with CONFIG_SECCOMP_FILTER";
    return fail(std::move(error));
  }
  std::vector<char*> pointers;
  for (std::string& word : argv)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  return fail(error_from_errno(errno, "start", argv.empty() ? "" : argv[0]));
}

}  // namespace nobounce::sys
