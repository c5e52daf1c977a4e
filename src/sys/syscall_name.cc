// SPDX-License-Identifier: Apache-2.0
#include "sys/syscall_name.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace nobounce::sys {
namespace {

struct Known {
  std::int64_t number;
  std::string_view name;
};

#define NB_CALL(name) \
  Known {             \
    SYS_##name, #name \
  }
constexpr auto kKnown = std::to_array<Known>({
    NB_CALL(read),
    NB_CALL(write),
    NB_CALL(readv),
    NB_CALL(writev),
    NB_CALL(pread64),
    NB_CALL(pwrite64),
    NB_CALL(sendfile),
    NB_CALL(splice),
    NB_CALL(vmsplice),
    NB_CALL(recvfrom),
    NB_CALL(recvmsg),
    NB_CALL(recvmmsg),
    NB_CALL(sendto),
    NB_CALL(sendmsg),
    NB_CALL(sendmmsg),
    NB_CALL(io_uring_setup),
    NB_CALL(io_uring_enter),
    NB_CALL(io_uring_register),
    NB_CALL(socket),
    NB_CALL(bind),
    NB_CALL(listen),
    NB_CALL(accept),
    NB_CALL(accept4),
    NB_CALL(connect),
    NB_CALL(shutdown),
    NB_CALL(setsockopt),
    NB_CALL(getsockopt),
    NB_CALL(getsockname),
    NB_CALL(getpeername),
    NB_CALL(pselect6),
    NB_CALL(ppoll),
    NB_CALL(epoll_create1),
    NB_CALL(epoll_ctl),
    NB_CALL(epoll_pwait),
    NB_CALL(futex),
    NB_CALL(nanosleep),
    NB_CALL(clock_nanosleep),
    NB_CALL(clock_gettime),
    NB_CALL(timerfd_create),
    NB_CALL(timerfd_settime),
    NB_CALL(sched_yield),
    NB_CALL(mmap),
    NB_CALL(mprotect),
    NB_CALL(munmap),
    NB_CALL(mremap),
    NB_CALL(madvise),
    NB_CALL(brk),
    NB_CALL(memfd_create),
    NB_CALL(openat),
    NB_CALL(close),
    NB_CALL(dup),
    NB_CALL(fcntl),
    NB_CALL(ioctl),
    NB_CALL(lseek),
    NB_CALL(ftruncate),
    NB_CALL(fallocate),
    NB_CALL(fstat),
    NB_CALL(statx),
    NB_CALL(faccessat),
    NB_CALL(readlinkat),
    NB_CALL(getdents64),
    NB_CALL(unlinkat),
    NB_CALL(renameat2),
    NB_CALL(pipe2),
    NB_CALL(eventfd2),
    NB_CALL(signalfd4),
    NB_CALL(rt_sigaction),
    NB_CALL(rt_sigprocmask),
    NB_CALL(rt_sigreturn),
    NB_CALL(sigaltstack),
    NB_CALL(clone),
    NB_CALL(clone3),
    NB_CALL(execve),
    NB_CALL(exit),
    NB_CALL(exit_group),
    NB_CALL(wait4),
    NB_CALL(waitid),
    NB_CALL(kill),
    NB_CALL(tgkill),
    NB_CALL(getpid),
    NB_CALL(gettid),
    NB_CALL(getuid),
    NB_CALL(geteuid),
    NB_CALL(getrusage),
    NB_CALL(getrandom),
    NB_CALL(prlimit64),
    NB_CALL(prctl),
    NB_CALL(uname),
    NB_CALL(sysinfo),
    NB_CALL(setitimer),
    NB_CALL(sched_setaffinity),
    NB_CALL(sched_getaffinity),
    NB_CALL(set_tid_address),
    NB_CALL(set_robust_list),
    NB_CALL(rseq),
    NB_CALL(bpf),
    NB_CALL(perf_event_open),
    NB_CALL(pidfd_open),
    NB_CALL(pidfd_getfd),
// Of architectures that have older ways as well.
#ifdef SYS_open
    NB_CALL(open),
#endif
#ifdef SYS_access
    NB_CALL(access),
#endif
#ifdef SYS_stat
    NB_CALL(stat),
#endif
#ifdef SYS_newfstatat
    NB_CALL(newfstatat),
#endif
#ifdef SYS_readlink
    NB_CALL(readlink),
#endif
#ifdef SYS_unlink
    NB_CALL(unlink),
#endif
#ifdef SYS_select
    NB_CALL(select),
#endif
#ifdef SYS_poll
    NB_CALL(poll),
#endif
#ifdef SYS_epoll_wait
    NB_CALL(epoll_wait),
#endif
#ifdef SYS_arch_prctl
    NB_CALL(arch_prctl),
#endif
});
#undef NB_CALL

}  // namespace

std::string syscall_name(std::int64_t number) {
  const auto* found = std::ranges::find(kKnown, number, &Known::number);
  return found != kKnown.end() ? std::string(found->name) : fmt::format("syscall {}", number);
}

}  // namespace nobounce::sys
