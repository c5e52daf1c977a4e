// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_session.h"

#include <fmt/format.h>

#include <array>

#include "lab/kernel_log.h"
#include "lab/last_lines.h"
#include "sys/byte_stream.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestEvent = std::size_t{64} * 1024;
constexpr std::size_t kMostKernelRecords = 100'000;
constexpr std::size_t kMostConsoleBytes = std::size_t{64} << 20;
constexpr std::size_t kShownConsoleLines = 40;

// Standard output and standard error, a wish to read and one to write each; and the events.
constexpr std::size_t kOwnStreams = 5;

Error failure(std::string cause) {
  return {.code = Code::kIo,
          .operation = "lab",
          .object = "guest",
          .cause = std::move(cause),
          .fix = {}};
}

}  // namespace

Result<GuestSession> GuestSession::boot(const GuestRoot& root, const fs::path& run_directory,
                                        MachineOptions machine) {
  GuestSession session;
  session.console_log_ = machine.console_log;
  session.qemu_log_ = run_directory / "qemu.log";
  NB_ASSIGN(sys::FdPair out, sys::make_socket_pair());
  NB_ASSIGN(sys::FdPair err, sys::make_socket_pair());
  NB_ASSIGN(sys::FdPair events, sys::make_socket_pair());
  machine.ports = {{.number = kOutputPort, .fd = out.second.get()},
                   {.number = kErrorPort, .fd = err.second.get()},
                   {.number = kEventPort, .fd = events.second.get()}};

  auto argv = root.host_command("/usr/bin/qemu-system-x86_64", "qemu-system-x86_64");
  const auto arguments = qemu_arguments(machine);
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  NB_ASSIGN(const sys::Fd log, sys::create_file(session.qemu_log_.string()));
  NB_ASSIGN(session.qemu_,
            sys::ChildProcess::spawn(
                {.argv = std::move(argv),
                 .stdout_fd = log.get(),
                 .stderr_fd = log.get(),
                 .passed_fds = {out.second.get(), err.second.get(), events.second.get()}}));
  session.out_ = OutputRelay(std::move(out.first), sys::kStandardOutput, "standard output");
  session.err_ = OutputRelay(std::move(err.first), sys::kStandardError, "standard error");
  session.events_ = std::move(events.first);
  return session;
}

Result<GuestReport> GuestSession::run(Interruption& interruption,
                                      const std::vector<Companion>& companions) {
  // QEMU's end closes the streams; each is read to its end, so nothing that came is lost.
  std::vector<pollfd> ready;
  while (out_.is_open() || err_.is_open() || events_open_) {
    ready = {out_.wish_to_read(),
             out_.wish_to_write(),
             err_.wish_to_read(),
             err_.wish_to_write(),
             {.fd = events_open_ ? events_.get() : -1, .events = POLLIN, .revents = 0}};
    for (const Companion& companion : companions)
      ready.push_back({.fd = done_ ? -1 : companion.pidfd, .events = POLLIN, .revents = 0});
    if (Status waited = interruption.wait(ready); !waited) {
      Error error = std::move(waited).error();
      if (error.code == Code::kTimeout) error.cause += last_words();
      return fail(std::move(error));
    }
    NB_TRY(out_.move_on(ready[0], ready[1]));
    NB_TRY(err_.move_on(ready[2], ready[3]));
    if (ready[4].revents != 0) NB_TRY(take_events());
    // All that we want of the guest has come, and it has written back what it had.
    if (done_) qemu_.signal_group(SIGKILL);
    for (std::size_t i = 0; i < companions.size(); ++i)
      if (ready[kOwnStreams + i].revents != 0 && !done_)
        return fail(failure(companions[i].name + " ended under the guest" + last_words()));
  }
  qemu_.wait();
  if (!failure_.empty()) return fail(failure(failure_));
  if (!done_ || !command_ended_) return fail(failure("it died before it was done" + last_words()));
  return std::move(report_);
}

Status GuestSession::take_events() {
  std::array<char, 65536> piece;
  NB_ASSIGN(const auto got, sys::read_some(events_.get(), piece, "events of the guest"));
  if (!got) return {};
  if (*got == 0) events_open_ = false;
  std::string_view bytes(piece.data(), *got);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    pending_line_ += bytes.substr(0, end);
    if (pending_line_.size() > kLongestEvent)
      return fail({.code = Code::kProtocol,
                   .operation = "reading",
                   .object = "an event of the guest",
                   .cause = fmt::format("it is longer than {} bytes", kLongestEvent),
                   .fix = {}});
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    NB_TRY(take_line(std::exchange(pending_line_, {})));
  }
  return {};
}

Status GuestSession::take_line(std::string_view line) {
  NB_ASSIGN(const GuestEvent event, decode_event(line));
  if (const auto* ended = std::get_if<CommandEnded>(&event)) {
    report_.status = ended->status;
    command_ended_ = true;
  } else if (const auto* record = std::get_if<KernelRecord>(&event)) {
    if (report_.kernel_log.size() < kMostKernelRecords) report_.kernel_log.push_back(*record);
  } else if (const auto* failed = std::get_if<GuestFailed>(&event)) {
    failure_ = failed->message;
  } else {
    done_ = true;
  }
  return {};
}

std::string GuestSession::last_words() const {
  const auto console = sys::read_text_file(console_log_, kMostConsoleBytes);
  const auto log = sys::read_text_file(qemu_log_);
  std::string words;
  if (console && !console->empty())
    words += fmt::format("; the guest's console ends with:\n{}",
                         last_lines(*console, kShownConsoleLines));
  if (log && !log->empty()) words += fmt::format("\nQEMU said:\n{}", last_lines(*log, 10));
  return words;
}

}  // namespace nobounce::lab
