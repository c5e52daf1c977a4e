// SPDX-License-Identifier: Apache-2.0
#include "lab/share_server.h"

#include <fmt/format.h>

#include "lab/last_lines.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"
#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kSocketPoll{10};
constexpr std::chrono::seconds kSocketPatience{20};
constexpr std::uint32_t kAllOtherIds = 0xfffffffe;

// What the user owns is root's in the guest, and what any user of the guest makes is the user's.
std::vector<std::string> translations(unsigned id) {
  return {fmt::format("map:0:{}:1", id), fmt::format("squash-guest:1:{}:{}", id, kAllOtherIds)};
}

}  // namespace

std::vector<std::string> share_arguments(const ShareOptions& options, const std::string& socket,
                                         unsigned user, unsigned group) {
  // It needs no namespace of its own: it serves what this user may read.
  std::vector<std::string> arguments = {
      "--socket-path", socket, "--shared-dir", options.directory.string(),
      "--sandbox",     "none", "--log-level",  "warn"};
  // A directory that changes does so from both sides: nothing of it may be remembered.
  arguments.insert(arguments.end(), {"--cache", options.read_only ? "always" : "never"});
  if (options.read_only) arguments.emplace_back("--readonly");
  if (user == 0) return arguments;
  for (const std::string& translation : translations(user))
    arguments.insert(arguments.end(), {"--translate-uid", translation});
  for (const std::string& translation : translations(group))
    arguments.insert(arguments.end(), {"--translate-gid", translation});
  return arguments;
}

Result<ShareServer> ShareServer::start(const GuestRoot& root, const ShareOptions& options,
                                       const fs::path& scratch, Interruption& interruption) {
  const fs::path socket = scratch / (options.tag + ".sock");
  const fs::path log_path = scratch / (options.tag + ".log");
  auto argv = root.host_command("/usr/libexec/virtiofsd", "virtiofsd");
  const auto arguments = share_arguments(options, socket.string(), sys::user_id(), sys::group_id());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  NB_ASSIGN(const sys::Fd log, sys::create_file(log_path.string()));
  NB_ASSIGN(sys::ChildProcess process,
            sys::ChildProcess::spawn(
                {.argv = std::move(argv), .stdout_fd = log.get(), .stderr_fd = log.get()}));

  const auto give_up = Interruption::Clock::now() + kSocketPatience;
  std::error_code code;
  while (!fs::exists(socket, code)) {
    const bool ended = process.try_wait().has_value();
    if (ended || Interruption::Clock::now() > give_up) {
      const auto said = sys::read_text_file(log_path);
      return fail({.code = Code::kIo,
                   .operation = "start of virtiofsd for",
                   .object = options.directory.string(),
                   .cause = fmt::format("it {}: {}", ended ? "ended" : "made no socket",
                                        said ? last_lines(*said, 5) : std::string_view()),
                   .fix = {}});
    }
    NB_TRY(interruption.wait({}, kSocketPoll));
  }
  return ShareServer(fmt::format("virtiofsd for {}", options.directory.string()),
                     std::move(process), {.tag = options.tag, .socket = socket.string()});
}

}  // namespace nobounce::lab
