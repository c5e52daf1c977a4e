// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_command.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <vector>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/readiness.h"
#include "sys/signal_fd.h"
#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 65536;
// Of a keyboard; what is pasted comes in pieces.
constexpr std::size_t kKeyBytes = 4096;
// From SIGTERM to SIGKILL: time to write down what was seen.
constexpr std::chrono::seconds kStopPatience{2};

/// One of COMMAND's streams on its way to the host. A pipe or a terminal and not the port itself:
/// programs reopen /dev/stdout, and a port opens only once.
struct Stream {
  sys::Fd from;
  sys::Fd port;
  bool open = true;

  /// Passes on what is there; false when there is no more now. The write blocks until the host has
  /// taken the bytes, so nothing is lost at power-off.
  Result<bool> pass_on() {
    std::array<char, kPieceBytes> piece;
    const auto got = sys::read_some(from.get(), piece, "output of the command");
    // EIO: nobody has the terminal open any more.
    const bool hung_up = !got && got.error().sys_errno == EIO;
    if (!got && !hung_up) return fail(got.error());
    if (hung_up || (*got && **got == 0)) {
      open = false;
      return false;
    }
    if (!*got) return false;
    NB_TRY(sys::write_all(port.get(), std::string_view(piece.data(), **got), "output port"));
    return true;
  }
};

/// What is typed on its way to the terminal, whose reader may be busy.
struct Keyboard {
  sys::Fd port;
  std::string pending{};

  Status move_on(bool readable, bool writable, int terminal) {
    if (readable && pending.empty()) {
      std::array<char, kKeyBytes> keys;
      NB_ASSIGN(const auto got, sys::read_some(port.get(), keys, "input port"));
      if (got == 0U) port.reset();  // Nobody will ever type again.
      pending.assign(keys.data(), got.value_or(0));
    }
    if (writable && !pending.empty()) {
      NB_ASSIGN(const auto put, sys::write_some(terminal, pending, "terminal"));
      pending.erase(0, put.value_or(0));
    }
    return {};
  }
};

class Command {
 public:
  static Result<Command> start(const GuestRequest& request);

  /// How it ended, as a shell says it; nothing while it runs.
  [[nodiscard]] std::optional<int> status() const { return status_; }
  /// Moves bytes, orphans and orders on until one of these has happened: the end, an order.
  Status take_turn(EventPort& events);
  /// Asks it to end, then makes it.
  void stop();
  Status resize(const sys::TerminalSize& size);

 private:
  explicit Command(sys::SignalFd children) : children_(std::move(children)) {}
  Status open_pipes(sys::SpawnOptions& options);
  Status open_terminal(const RequestedTerminal& terminal, sys::SpawnOptions& options);
  Status launch(const sys::SpawnOptions& options);
  Status see_end();

  sys::SignalFd children_;
  std::vector<Stream> streams_;
  std::optional<Keyboard> keyboard_;  // To the terminal, which is then the first stream.
  std::vector<sys::Fd> for_child_;    // Closed on our side once it has them.
  sys::ChildProcess child_;
  std::optional<int> status_;
  std::optional<Clock::time_point> kill_at_;
};

Status Command::open_pipes(sys::SpawnOptions& options) {
  for (const unsigned number : {kOutputPort, kErrorPort}) {
    NB_ASSIGN(sys::FdPair pipe, sys::make_pipe());
    NB_ASSIGN(sys::Fd port, open_port(number));
    (number == kOutputPort ? options.stdout_fd : options.stderr_fd) = pipe.second.get();
    streams_.push_back({.from = std::move(pipe.first), .port = std::move(port)});
    for_child_.push_back(std::move(pipe.second));
  }
  return {};
}

Status Command::open_terminal(const RequestedTerminal& terminal, sys::SpawnOptions& options) {
  NB_ASSIGN(sys::PseudoTerminal pair, sys::open_pseudo_terminal(terminal.size));
  NB_ASSIGN(sys::Fd output, open_port(kOutputPort));
  NB_ASSIGN(sys::Fd input, open_port(kInputPort));
  options.terminal_fd = pair.slave.get();
  streams_.push_back({.from = std::move(pair.master), .port = std::move(output)});
  keyboard_.emplace(Keyboard{.port = std::move(input)});
  for_child_.push_back(std::move(pair.slave));
  return {};
}

Status Command::launch(const sys::SpawnOptions& options) {
  auto child = sys::ChildProcess::spawn(options);
  for_child_.clear();
  if (child) {
    child_ = std::move(*child);
    return {};
  }
  status_ = child.error().code == Code::kNotFound ? 127 : 126;
  const std::string message = fmt::format("nobounce lab: {}\n", to_string(child.error()));
  return sys::write_all(streams_.back().port.get(), message, "error port");
}

Result<Command> Command::start(const GuestRequest& request) {
  NB_ASSIGN(sys::SignalFd children, sys::SignalFd::open({SIGCHLD}));
  Command command(std::move(children));
  if (request.command.empty()) {
    command.status_ = 0;
    return command;
  }
  sys::SpawnOptions options{
      .argv = request.command,
      .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                      "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8",
                      "TERM=" + (request.terminal ? request.terminal->type : "dumb")},
      .working_directory = request.share ? "/share" : "/root",
      .clear_environment = true};
  if (request.terminal) {
    NB_TRY(command.open_terminal(*request.terminal, options));
  } else {
    NB_TRY(command.open_pipes(options));
  }
  NB_TRY(command.launch(options));
  return command;
}

Status Command::take_turn(EventPort& events) {
  std::vector<pollfd> ready = {{.fd = children_.fd(), .events = POLLIN, .revents = 0},
                               {.fd = events.fd(), .events = POLLIN, .revents = 0}};
  const std::size_t first_stream = ready.size();
  for (const Stream& stream : streams_)
    ready.push_back({.fd = stream.open ? stream.from.get() : -1, .events = POLLIN, .revents = 0});
  const std::size_t first_key = ready.size();
  if (keyboard_) {
    const bool holds = !keyboard_->pending.empty();
    ready.push_back({.fd = holds ? -1 : keyboard_->port.get(), .events = POLLIN, .revents = 0});
    ready.push_back({.fd = holds ? streams_[0].from.get() : -1, .events = POLLOUT, .revents = 0});
  }
  std::optional<std::chrono::milliseconds> patience;
  if (kill_at_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*kill_at_ - Clock::now());
    patience = std::max(left, std::chrono::milliseconds(0));
  }
  NB_TRY(sys::wait_ready(ready, patience));

  for (std::size_t i = 0; i < streams_.size(); ++i)
    if (ready[first_stream + i].revents != 0) NB_TRY(streams_[i].pass_on());
  if (keyboard_)
    NB_TRY(keyboard_->move_on(ready[first_key].revents != 0, ready[first_key + 1].revents != 0,
                              streams_[0].from.get()));
  if (ready[1].revents != 0) NB_TRY(events.receive());
  while (children_.take()) {
  }
  sys::reap_ended(child_);
  if (kill_at_ && Clock::now() >= *kill_at_) child_.signal_group(SIGKILL);
  return see_end();
}

Status Command::see_end() {
  if (status_) return {};
  const auto ended = child_.try_wait();
  if (!ended) return {};
  // What the command wrote before it ended; a child that it left behind is not waited for.
  for (Stream& stream : streams_) {
    for (;;) {
      NB_ASSIGN(const bool more, stream.pass_on());
      if (!more) break;
    }
  }
  status_ = ended->as_shell();
  return {};
}

void Command::stop() {
  if (status_ || kill_at_) return;
  child_.signal_group(SIGTERM);
  kill_at_ = Clock::now() + kStopPatience;
}

Status Command::resize(const sys::TerminalSize& size) {
  if (!keyboard_) return {};
  return sys::set_terminal_size(streams_[0].from.get(), size);
}

}  // namespace

Status run_command(const GuestRequest& request, EventPort& events) {
  const bool by_order = request.end == CommandEnd::kByOrder;
  bool stopped = false;
  bool reported = false;
  NB_ASSIGN(Command command, Command::start(request));
  if (by_order) NB_TRY(events.send(GuestReady{}));
  for (;;) {
    while (const auto order = events.take_order()) {
      if (const auto* resize = std::get_if<ResizeTerminal>(&*order))
        NB_TRY(command.resize(resize->size));
      if (std::holds_alternative<StopCommand>(*order)) {
        stopped = true;
        command.stop();
      }
    }
    if (command.status() && !std::exchange(reported, true))
      NB_TRY(events.send(CommandEnded{.status = *command.status()}));
    if (command.status() && (stopped || !by_order)) return {};
    NB_TRY(command.take_turn(events));
  }
}

}  // namespace nobounce::lab
