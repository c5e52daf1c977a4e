// SPDX-License-Identifier: Apache-2.0
#include "lab/agent.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "lab/guest_protocol.h"
#include "lab/guest_script.h"
#include "lab/guest_setup.h"
#include "lab/kernel_log.h"
#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/readiness.h"
#include "sys/signal_fd.h"
#include "sys/text_file.h"
#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

constexpr std::size_t kPieceBytes = 65536;
constexpr std::size_t kLongestKernelRecord = 8192;

constexpr std::chrono::milliseconds kPortPoll{10};
constexpr int kPortPolls = 1000;

// The device of the port that QEMU named nobounce.<number>; empty while there is none.
std::string find_port(unsigned number) {
  const std::string wanted = fmt::format("nobounce.{}\n", number);
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/virtio-ports", code)) {
    const auto name = sys::read_text_file(entry.path() / "name");
    if (name && *name == wanted) return "/dev/" + entry.path().filename().string();
  }
  return {};
}

// Ports are announced one by one after boot, so the first look may come too early.
Result<sys::Fd> open_port(unsigned number) {
  for (int attempt = 0; attempt < kPortPolls; ++attempt) {
    if (const std::string path = find_port(number); !path.empty())
      return sys::open_for_writing(path);
    NB_TRY(sys::wait_ready({}, kPortPoll));
  }
  return fail({.code = Code::kNotFound,
               .operation = "search",
               .object = fmt::format("virtio-serial port {}", number),
               .cause = "QEMU has not announced it",
               .fix = {}});
}

/// Our end of the event port.
class EventPort {
 public:
  static Result<EventPort> open() {
    NB_ASSIGN(sys::Fd fd, open_port(kEventPort));
    return EventPort(std::move(fd));
  }
  Status send(const GuestEvent& event) {
    return sys::write_all(fd_.get(), encode(event) + "\n", "event port");
  }

 private:
  explicit EventPort(sys::Fd fd) : fd_(std::move(fd)) {}
  sys::Fd fd_;
};

/// One of COMMAND's streams on its way to the host. A pipe and not the port itself: programs reopen
/// /dev/stdout, and a port opens only once.
struct Stream {
  sys::Fd pipe_read;
  sys::Fd pipe_write;
  sys::Fd port;
  bool open = true;

  static Result<Stream> create(unsigned port_number) {
    NB_ASSIGN(sys::FdPair pipe, sys::make_pipe());
    NB_ASSIGN(sys::Fd port, open_port(port_number));
    return Stream{std::move(pipe.first), std::move(pipe.second), std::move(port)};
  }

  /// Passes on what is there; false when there is no more now. The write blocks until the host has
  /// taken the bytes, so nothing is lost at power-off.
  Result<bool> pass_on() {
    std::array<char, kPieceBytes> piece;
    NB_ASSIGN(const auto got, sys::read_some(pipe_read.get(), piece, "output of the command"));
    if (!got) return false;
    if (*got == 0) {
      open = false;
      return false;
    }
    NB_TRY(sys::write_all(port.get(), std::string_view(piece.data(), *got), "output port"));
    return true;
  }
};

Result<sys::ChildProcess> start_command(const GuestRequest& request, Stream& out, Stream& err) {
  auto child = sys::ChildProcess::spawn(
      {.argv = request.command,
       .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8",
                       "TERM=dumb"},
       .working_directory = request.share ? "/share" : "/root",
       .stdout_fd = out.pipe_write.get(),
       .stderr_fd = err.pipe_write.get(),
       .clear_environment = true});
  out.pipe_write.reset();
  err.pipe_write.reset();
  return child;
}

// As a shell: 127 for a command that is not there, 126 for one that will not start.
Result<int> run_command(const GuestRequest& request) {
  NB_ASSIGN(sys::SignalFd children, sys::SignalFd::open({SIGCHLD}));
  NB_ASSIGN(Stream out, Stream::create(kOutputPort));
  NB_ASSIGN(Stream err, Stream::create(kErrorPort));
  auto child = start_command(request, out, err);
  if (!child) {
    const std::string message = fmt::format("nobounce lab: {}\n", to_string(child.error()));
    NB_TRY(sys::write_all(err.port.get(), message, "error port"));
    return child.error().code == Code::kNotFound ? 127 : 126;
  }

  std::optional<sys::ExitStatus> status;
  while (!(status = child->try_wait())) {
    std::array<pollfd, 3> ready{
        {{.fd = children.fd(), .events = POLLIN, .revents = 0},
         {.fd = out.open ? out.pipe_read.get() : -1, .events = POLLIN, .revents = 0},
         {.fd = err.open ? err.pipe_read.get() : -1, .events = POLLIN, .revents = 0}}};
    NB_TRY(sys::wait_ready(ready, std::nullopt));
    if (ready[1].revents != 0) NB_TRY(out.pass_on());
    if (ready[2].revents != 0) NB_TRY(err.pass_on());
    while (children.take()) {
    }
    sys::reap_ended(*child);
  }
  // What the command wrote before it ended; a child that it left behind is not waited for.
  for (Stream* stream : {&out, &err}) {
    for (;;) {
      NB_ASSIGN(const bool more, stream->pass_on());
      if (!more) break;
    }
  }
  return status->as_shell();
}

Status send_kernel_log(EventPort& events) {
  NB_ASSIGN(const sys::Fd log, sys::open_for_reading("/dev/kmsg", true));
  std::array<char, kLongestKernelRecord> record;
  for (;;) {
    const auto got = sys::read_some(log.get(), record, "/dev/kmsg");
    // EPIPE: records were overwritten before we read them; the next read goes on behind the gap.
    if (!got && got.error().sys_errno == EPIPE) continue;
    if (!got) return fail(got.error());
    if (!*got || **got == 0) return {};
    NB_TRY(events.send(parse_kernel_record({record.data(), **got})));
  }
}

Status serve(EventPort& events) {
  NB_ASSIGN(const std::string text, sys::read_text_file(kRequestPath));
  NB_ASSIGN(const GuestRequest request, decode_request(text));
  NB_TRY(set_guest_up(request));
  NB_ASSIGN(const int status, run_command(request));
  return events.send(CommandEnded{.status = status});
}

}  // namespace

Status run_agent() {
  NB_ASSIGN(EventPort events, EventPort::open());
  if (const Status served = serve(events); !served)
    NB_TRY(events.send(GuestFailed{.message = to_string(served.error())}));
  NB_TRY(send_kernel_log(events));
  // The host ends the machine as soon as it hears this: what was written to the share must be
  // there.
  sys::write_back_files();
  NB_TRY(events.send(GuestDone{}));
  return sys::power_off();
}

}  // namespace nobounce::lab
