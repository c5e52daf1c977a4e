// SPDX-License-Identifier: Apache-2.0
#include "sys/process_identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "sys/text_file.h"

namespace nobounce::sys {
namespace {

Result<std::uint64_t> inode_of(const char* path) {
  struct stat status{};
  if (::stat(path, &status) != 0) return fail(error_from_errno(errno, "stat", path));
  return status.st_ino;
}

}  // namespace

Result<std::uint64_t> parse_start_ticks(std::string_view stat_text) {
  // The second field is the command in parentheses, and may hold spaces and parentheses itself.
  constexpr int kFieldsFromStateToStart = 19;
  const auto malformed = [] {
    return fail({.code = Code::kProtocol,
                 .operation = "read",
                 .object = "/proc/PID/stat",
                 .cause = "it has no start time",
                 .fix = {}});
  };
  const auto command_end = stat_text.rfind(')');
  if (command_end == std::string_view::npos) return malformed();
  std::string_view rest = stat_text.substr(command_end + 1);
  for (int i = 0; i <= kFieldsFromStateToStart; ++i) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return malformed();
    rest.remove_prefix(space + 1);
  }
  std::uint64_t ticks = 0;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
  if (problem != std::errc{} || end == rest.data() + rest.size() || *end != ' ') return malformed();
  return ticks;
}

Result<ProcessIdentity> this_process() {
  NB_ASSIGN(const std::string text, read_text_file("/proc/self/stat"));
  NB_ASSIGN(const std::uint64_t ticks, parse_start_ticks(text));
  return ProcessIdentity{.pid = ::getpid(), .start_ticks = ticks};
}

Result<std::string> boot_id() {
  NB_ASSIGN(std::string text, read_text_file("/proc/sys/kernel/random/boot_id"));
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

Result<std::uint64_t> network_namespace_id() {
  return inode_of("/proc/thread-self/ns/net");
}

Result<std::uint64_t> pid_namespace_id() {
  return inode_of("/proc/self/ns/pid");
}

}  // namespace nobounce::sys
