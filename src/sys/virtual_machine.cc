// SPDX-License-Identifier: Apache-2.0
#include "sys/virtual_machine.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace nobounce::sys {

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

unsigned user_id() {
  return ::getuid();
}

unsigned group_id() {
  return ::getgid();
}

unsigned process_id() {
  return static_cast<unsigned>(::getpid());
}

Result<std::string> make_private_directory(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return fail(error_from_errno(errno, "creation of a directory", path));
  return path;
}

void reap_ended(ChildProcess& child) {
  for (;;) {
    siginfo_t info{};
    // First a look, then the reaping: the status of `child` must not be taken from its owner.
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    if (info.si_pid == child.pid()) {
      child.try_wait();
    } else {
      ::waitpid(info.si_pid, nullptr, WNOHANG);
    }
  }
}

void write_back_files() {
  ::sync();
}

Status power_off() {
  ::reboot(RB_POWER_OFF);
  return fail(error_from_errno(errno, "power-off", "this machine"));
}

}  // namespace nobounce::sys
