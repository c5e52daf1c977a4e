// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_session.h"

#include <fmt/format.h>

#include <array>

#include "lab/kernel_log.h"
#include "lab/text_file.h"
#include "sys/byte_stream.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestEvent = 64 * 1024;
constexpr std::size_t kMostKernelRecords = 100'000;
constexpr std::size_t kShownConsoleLines = 40;

// After its last event the guest only has to switch itself off. One that does not is cut off: all
// that we want of it has come.
constexpr std::chrono::seconds kPowerOffPatience{20};

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
  session.out_ = OutputRelay(std::move(out.first), STDOUT_FILENO, "standard output");
  session.err_ = OutputRelay(std::move(err.first), STDERR_FILENO, "standard error");
  session.events_ = std::move(events.first);
  return session;
}

Result<GuestReport> GuestSession::run(Interruption& interruption) {
  std::optional<Interruption::Clock::time_point> cut_off;
  // QEMU's end closes the streams; each is read to its end, so nothing that came is lost.
  while (out_.is_open() || err_.is_open() || events_open_) {
    std::array<pollfd, 5> ready{
        {out_.wish_to_read(),
         out_.wish_to_write(),
         err_.wish_to_read(),
         err_.wish_to_write(),
         {.fd = events_open_ ? events_.get() : -1, .events = POLLIN, .revents = 0}}};
    NB_TRY(interruption.wait(
        ready, cut_off ? std::optional(std::chrono::milliseconds(100)) : std::nullopt));
    NB_TRY(out_.move_on(ready[0], ready[1]));
    NB_TRY(err_.move_on(ready[2], ready[3]));
    if (ready[4].revents != 0) NB_TRY(take_events());
    if (done_ && !cut_off) cut_off = Interruption::Clock::now() + kPowerOffPatience;
    if (cut_off && Interruption::Clock::now() > *cut_off) qemu_.signal_group(SIGKILL);
  }
  pollfd end{.fd = qemu_.pidfd(), .events = POLLIN, .revents = 0};
  while (!qemu_.try_wait())
    NB_TRY(interruption.wait({&end, 1}));

  if (!failure_.empty())
    return fail(
        {.code = Code::kIo, .operation = "lab", .object = "guest", .cause = failure_, .fix = {}});
  if (!done_ || !command_ended_) return fail(death());
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

Error GuestSession::death() const {
  const auto console = read_text_file(console_log_);
  const auto log = read_text_file(qemu_log_);
  std::string cause = "the guest died before it was done";
  if (console && !console->empty())
    cause += fmt::format("; its console ends with:\n{}", last_lines(*console, kShownConsoleLines));
  if (log && !log->empty()) cause += fmt::format("\nQEMU said:\n{}", last_lines(*log, 10));
  return {.code = Code::kIo,
          .operation = "lab",
          .object = "guest",
          .cause = std::move(cause),
          .fix = {}};
}

}  // namespace nobounce::lab
