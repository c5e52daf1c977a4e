// SPDX-License-Identifier: Apache-2.0
#include "sys/privileges.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

bool has_capability(std::uint64_t capabilities, unsigned number) {
  return (capabilities >> number & 1) != 0;
}

}  // namespace

Result<std::uint64_t> parse_effective_capabilities(std::string_view status_text) {
  constexpr std::string_view kKey = "\nCapEff:\t";
  const auto found = status_text.find(kKey);
  if (found != std::string_view::npos) {
    const auto rest = status_text.substr(found + kKey.size());
    const auto word = rest.substr(0, rest.find('\n'));
    std::uint64_t value = 0;
    const auto [stop, problem] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (problem == std::errc{} && stop == word.data() + word.size()) return value;
  }
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = "/proc/self/status",
               .cause = "no CapEff in hexadecimal"});
}

Result<std::uint64_t> effective_capabilities() {
  NB_ASSIGN(const std::string text, read_text_file("/proc/self/status"));
  return parse_effective_capabilities(text);
}

bool has_net_admin(std::uint64_t capabilities) {
  return has_capability(capabilities, CAP_NET_ADMIN);
}

bool has_ipc_lock(std::uint64_t capabilities) {
  return has_capability(capabilities, CAP_IPC_LOCK);
}

std::uint32_t effective_user() {
  return ::geteuid();
}

Result<bool> in_initial_user_namespace() {
  // The first user namespace has an inode number of its own: PROC_USER_INIT_INO.
  constexpr std::string_view kInitial = "user:[4026531837]";
  std::array<char, 64> target{};
  const ssize_t length = ::readlink("/proc/self/ns/user", target.data(), target.size());
  if (length < 0) return fail(error_from_errno(errno, "readlink", "/proc/self/ns/user"));
  return std::string_view(target.data(), static_cast<std::size_t>(length)) == kInitial;
}

Result<std::uint64_t> memlock_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
    return fail(error_from_errno(errno, "getrlimit", "RLIMIT_MEMLOCK"));
  }
  return limit.rlim_cur == RLIM_INFINITY ? ~std::uint64_t{0} : limit.rlim_cur;
}

}  // namespace nobounce::sys
