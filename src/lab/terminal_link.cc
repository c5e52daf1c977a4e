// SPDX-License-Identifier: Apache-2.0
#include "lab/terminal_link.h"

#include <array>
#include <csignal>
#include <cstdlib>

#include "sys/byte_stream.h"
#include "sys/pseudo_terminal.h"

namespace nobounce::lab {
namespace {

constexpr char kEscapeKey = 0x1d;  // Ctrl-]
constexpr unsigned kEscapeCount = 3;
constexpr std::size_t kKeyBytes = 4096;

}  // namespace

bool EscapeKeys::complete(std::string_view keys) {
  for (const char key : keys) {
    struck_ = key == kEscapeKey ? struck_ + 1 : 0;
    if (struck_ == kEscapeCount) return true;
  }
  return false;
}

Result<TerminalLink> TerminalLink::open() {
  for (const int fd : {sys::kStandardInput, sys::kStandardOutput})
    if (!sys::is_terminal(fd))
      return fail({.code = Code::kInvalidArgument,
                   .operation = "lab shell on",
                   .object = fd == sys::kStandardInput ? "standard input" : "standard output",
                   .cause = "it is no terminal",
                   .fix = "without a terminal, nobounce lab run -- bash -c '…'"});
  NB_ASSIGN(sys::SignalFd size_changes, sys::SignalFd::open({SIGWINCH}));
  return TerminalLink(std::move(size_changes));
}

RequestedTerminal TerminalLink::requested() const {
  RequestedTerminal terminal;
  if (const char* type = std::getenv("TERM"); type != nullptr && *type != '\0')
    terminal.type = type;
  terminal.size = sys::terminal_size(sys::kStandardInput).value_or(terminal.size);
  return terminal;
}

Status TerminalLink::begin(Guest& guest) {
  NB_ASSIGN(sys::RawTerminal raw, sys::RawTerminal::open(sys::kStandardInput));
  raw_.emplace(std::move(raw));
  reading_ = true;
  // It may have changed while the guest booted.
  return guest.order(ResizeTerminal{.size = requested().size});
}

void TerminalLink::add_wishes(std::vector<pollfd>& wishes, const Guest& guest) const {
  const bool holds = !held_.empty();
  wishes.push_back({.fd = reading_ ? size_changes_.fd() : -1, .events = POLLIN, .revents = 0});
  wishes.push_back(
      {.fd = reading_ && !holds ? sys::kStandardInput : -1, .events = POLLIN, .revents = 0});
  wishes.push_back({.fd = holds ? guest.keyboard() : -1, .events = POLLOUT, .revents = 0});
}

Status TerminalLink::move_on(std::span<const pollfd>& answers, Guest& guest) {
  const bool resized = answers[0].revents != 0;
  const bool readable = answers[1].revents != 0;
  const bool writable = answers[2].revents != 0;
  answers = answers.subspan(3);
  if (resized) {
    while (size_changes_.take()) {
    }
    NB_TRY(guest.order(ResizeTerminal{.size = requested().size}));
  }
  if (readable) {
    std::array<char, kKeyBytes> keys;
    NB_ASSIGN(const auto got, sys::read_some(sys::kStandardInput, keys, "terminal"));
    if (got == 0U) reading_ = false;
    held_.assign(keys.data(), got.value_or(0));
    if (escape_.complete(held_))
      return fail({.code = Code::kInterrupted,
                   .operation = "lab",
                   .object = {},
                   .cause = "stopped by Ctrl-], struck three times",
                   .fix = {}});
  }
  if (writable) {
    NB_ASSIGN(const auto put, sys::write_some(guest.keyboard(), held_, "keys for the guest"));
    held_.erase(0, put.value_or(0));
  }
  return {};
}

}  // namespace nobounce::lab
