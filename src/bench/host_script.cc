// SPDX-License-Identifier: Apache-2.0
#include "bench/host_script.h"

#include <fmt/format.h>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/text_file.h"

namespace nobounce::bench {
namespace {

constexpr const char* kOutput = "/tmp/nobounce-script.out";
constexpr const char* kErrors = "/tmp/nobounce-script.err";

}  // namespace

Result<std::string> run_on_host(const std::string& host, const std::string& script) {
  sys::ExitStatus status;
  {
    NB_ASSIGN(const sys::Fd output, sys::create_file(kOutput));
    NB_ASSIGN(const sys::Fd errors, sys::create_file(kErrors));
    // -x: the command that failed stands before what it said.
    NB_ASSIGN(auto process,
              sys::ChildProcess::spawn({.argv = {"ip", "netns", "exec", host, "sh", "-exc", script},
                                        .stdout_fd = output.get(),
                                        .stderr_fd = errors.get()}));
    status = process.wait();
  }
  if (status.success()) return sys::read_text_file(kOutput);
  NB_ASSIGN(std::string said, sys::read_text_file(kErrors));
  // The last command and its words; what went well before is of no interest.
  const auto last = said.rfind("\n+ ");
  if (last != std::string::npos) said.erase(0, last + 1);
  while (!said.empty() && said.back() == '\n')
    said.pop_back();
  for (char& letter : said) {
    if (letter == '\n') letter = ' ';
  }
  return fail({.code = Code::kIo,
               .operation = "set-up of",
               .object = fmt::format("host {}", host),
               .cause = fmt::format("it {}: {}", to_string(status), said),
               .fix = {}});
}

}  // namespace nobounce::bench
