// SPDX-License-Identifier: Apache-2.0
// Terminals: their size, their modes, and a program that runs on one.
#include "sys/pseudo_terminal.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <termios.h>

#include <array>
#include <string>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/raw_terminal.h"

namespace nobounce::sys {
namespace {

termios mode_of(const Fd& terminal) {
  termios mode{};
  EXPECT_EQ(::tcgetattr(terminal.get(), &mode), 0);
  return mode;
}

TEST(PseudoTerminal, BothSidesKnowItsSize) {
  auto terminal = open_pseudo_terminal({.rows = 33, .columns = 101});
  ASSERT_TRUE(terminal.has_value());
  EXPECT_EQ(terminal_size(terminal->slave.get()), (TerminalSize{.rows = 33, .columns = 101}));
  ASSERT_TRUE(set_terminal_size(terminal->master.get(), {.rows = 44, .columns = 120}));
  EXPECT_EQ(terminal_size(terminal->slave.get()), (TerminalSize{.rows = 44, .columns = 120}));
}

TEST(PseudoTerminal, WhatIsNoTerminalHasNoSize) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  EXPECT_FALSE(terminal_size(pipe->first.get()).has_value());
  EXPECT_FALSE(set_terminal_size(pipe->first.get(), {}).has_value());
}

TEST(RawTerminal, KeysPassAsTheyAreUntilItDies) {
  auto terminal = open_pseudo_terminal({});
  ASSERT_TRUE(terminal.has_value());
  const termios before = mode_of(terminal->slave);
  ASSERT_NE(before.c_lflag & ISIG, 0u);
  {
    auto raw = RawTerminal::open(terminal->slave.get());
    ASSERT_TRUE(raw.has_value());
    const RawTerminal moved(std::move(*raw));
    const termios during = mode_of(terminal->slave);
    EXPECT_EQ(during.c_lflag & (ISIG | ICANON | ECHO), 0u);
    EXPECT_EQ(during.c_oflag & OPOST, 0u);
  }
  const termios after = mode_of(terminal->slave);
  EXPECT_EQ(after.c_lflag, before.c_lflag);
  EXPECT_EQ(after.c_iflag, before.c_iflag);
  EXPECT_EQ(after.c_oflag, before.c_oflag);
}

TEST(RawTerminal, WhatIsNoTerminalIsRefused) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  const auto raw = RawTerminal::open(pipe->first.get());
  ASSERT_FALSE(raw.has_value());
  EXPECT_EQ(raw.error().code, Code::kInvalidArgument);
}

TEST(ChildProcess, LeadsASessionOnItsTerminal) {
  auto terminal = open_pseudo_terminal({.rows = 33, .columns = 101});
  ASSERT_TRUE(terminal.has_value());
  // /dev/tty opens only for those who have a controlling terminal.
  auto child = ChildProcess::spawn({.argv = {"sh", "-c", "stty size </dev/tty; echo end >&2"},
                                    .terminal_fd = terminal->slave.get()});
  ASSERT_TRUE(child.has_value());
  std::string seen;
  while (seen.find("end") == std::string::npos) {
    pollfd entry{.fd = terminal->master.get(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&entry, 1, 10'000), 1) << seen;
    std::array<char, 256> piece;
    const auto got = read_some(terminal->master.get(), piece, "terminal");
    ASSERT_TRUE(got && *got) << seen;
    seen.append(piece.data(), **got);
  }
  EXPECT_EQ(seen.substr(0, 8), "33 101\r\n");
  EXPECT_TRUE(child->wait().success());
}

}  // namespace
}  // namespace nobounce::sys
