// SPDX-License-Identifier: Apache-2.0
#include "bench/host_script.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <vector>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/readiness.h"

namespace nobounce::bench {
namespace {

/// Reads two streams side by side until both have ended, so that neither holds its writer up.
Status read_both(sys::Fd first, std::string& into_first, sys::Fd second, std::string& into_second) {
  std::array<char, 16384> piece;
  while (first.is_open() || second.is_open()) {
    std::array<pollfd, 2> entries = {{{.fd = first.get(), .events = POLLIN, .revents = 0},
                                      {.fd = second.get(), .events = POLLIN, .revents = 0}}};
    NB_TRY(sys::wait_ready(entries, std::nullopt));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].revents == 0) continue;
      NB_ASSIGN(const auto count, sys::read_some(entries[i].fd, piece, "what a script said"));
      if (count) (i == 0 ? into_first : into_second).append(piece.data(), *count);
      if (count == std::size_t{0}) (i == 0 ? first : second).reset();
    }
  }
  return {};
}

/// The last command of what `sh -x` said, and its words; what went well before is of no interest.
std::string last_command(std::string said) {
  const auto last = said.rfind("\n+ ");
  if (last != std::string::npos) said.erase(0, last + 1);
  while (!said.empty() && said.back() == '\n')
    said.pop_back();
  for (char& letter : said) {
    if (letter == '\n') letter = ' ';
  }
  return said;
}

Result<std::string> run(std::vector<std::string> enter, const std::string& host,
                        const std::string& script) {
  std::vector<std::string> argv = std::move(enter);
  argv.insert(argv.end(), {"sh", "-exc", script});
  NB_ASSIGN(auto output, sys::make_pipe());
  NB_ASSIGN(auto errors, sys::make_pipe());
  // -x: the command that failed stands before what it said.
  NB_ASSIGN(auto process, sys::ChildProcess::spawn({.argv = std::move(argv),
                                                    .stdout_fd = output.second.get(),
                                                    .stderr_fd = errors.second.get()}));
  output.second.reset();
  errors.second.reset();
  std::string printed;
  std::string said;
  NB_TRY(read_both(std::move(output.first), printed, std::move(errors.first), said));
  const sys::ExitStatus status = process.wait();
  if (status.success()) return printed;
  return fail({.code = Code::kIo,
               .operation = "set-up of",
               .object = host,
               .cause = fmt::format("it {}: {}", to_string(status), last_command(std::move(said))),
               .fix = {}});
}

}  // namespace

Result<std::string> run_on_host(const std::string& host, const std::string& script) {
  return run({"ip", "netns", "exec", host}, "host " + host, script);
}

Result<std::string> run_here(const std::string& script) {
  return run({}, "this host", script);
}

}  // namespace nobounce::bench
