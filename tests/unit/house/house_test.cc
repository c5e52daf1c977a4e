// SPDX-License-Identifier: Apache-2.0
// The rules of the house, held by a test: which room may include which, where system calls are
// made, how long lines and files may be.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <regex>
#include <set>
#include <string>

#include "unit/house/source_tree.h"

namespace nobounce::house {
namespace {

/// The number of UTF-8 characters in a line.
std::size_t width(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(House, RoomsIncludeOnlyWhatArchitectureAllows) {
  const Arrows arrows = read_arrows();
  ASSERT_FALSE(arrows.empty()) << "ARCHITECTURE.md has no ```arrows block";
  for (const SourceFile& file : read_sources({"src"})) {
    const auto allowed = arrows.find(file.room());
    ASSERT_NE(allowed, arrows.end())
        << file.path << ": ARCHITECTURE.md has no room " << file.room();
    for (const std::string& include : file.quoted_includes()) {
      const std::string room = room_of_include(include);
      EXPECT_TRUE(room == file.room() || allowed->second.contains(room))
          << file.path << " includes " << include << ", but " << file.room() << " may not include "
          << room;
    }
  }
}

TEST(House, ArrowsHaveNoCircle) {
  const Arrows arrows = read_arrows();
  std::set<std::string> done;
  std::set<std::string> open;
  std::function<void(const std::string&)> visit = [&](const std::string& room) {
    if (done.contains(room)) return;
    ASSERT_TRUE(open.insert(room).second) << "a circle through " << room;
    const auto next = arrows.find(room);
    ASSERT_NE(next, arrows.end()) << "an arrow to " << room << ", which is no room";
    for (const std::string& target : next->second)
      visit(target);
    open.erase(room);
    done.insert(room);
  };
  for (const auto& [room, targets] : arrows)
    visit(room);
}

TEST(House, EveryRoomOfTheArrowsExists) {
  std::set<std::string> rooms;
  for (const SourceFile& file : read_sources({"src"}))
    rooms.insert(file.room());
  for (const auto& [room, targets] : read_arrows())
    EXPECT_TRUE(rooms.contains(room)) << room;
}

TEST(House, EveryHeaderIsIncludedBySomeone) {
  std::set<std::string> included;
  const auto sources = read_sources({"src", "tests", "fuzz"});
  for (const SourceFile& file : sources) {
    for (const std::string& include : file.quoted_includes()) {
      // A header's own .cc does not count: it would keep dead code alive.
      const bool own = file.path.ends_with(".cc") &&
                       file.path.find(include.substr(0, include.size() - 2)) != std::string::npos;
      if (!own) included.insert(include);
    }
  }
  for (const SourceFile& file : sources) {
    if (!file.path.starts_with("src/") || !file.path.ends_with(".h")) continue;
    EXPECT_TRUE(included.contains(file.path.substr(4))) << file.path << " is included by nobody";
  }
}

// Headers that bring nothing but calls are for sys alone. <sys/socket.h> and <poll.h> also bring
// types and constants that a path speaks in; of them the calls are looked for by name.
TEST(House, SystemCallsAreMadeInSysOnly) {
  constexpr std::array kSystemHeaders = {
      "<sys/epoll.h>",   "<sys/ioctl.h>",    "<sys/mman.h>",  "<sys/eventfd.h>", "<sys/wait.h>",
      "<sys/un.h>",      "<sys/signalfd.h>", "<fcntl.h>",     "<unistd.h>",      "<sys/mount.h>",
      "<sys/syscall.h>", "<sched.h>",        "<sys/prctl.h>", "<sys/file.h>"};
  const std::regex call(
      R"((^|[^\w>])::(socket|poll)\(|(^|[^\w.>:])(ppoll|recvmsg|sendmsg|setsockopt|accept4)\()");
  for (const SourceFile& file : read_sources({"src"})) {
    if (file.room() == "sys") continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      for (const char* header : kSystemHeaders) {
        EXPECT_FALSE(line.starts_with("#include <") && line.find(header) != std::string::npos)
            << file.path << ":" << i + 1 << ": " << line;
      }
      const std::string code = line.substr(0, line.find("//"));
      EXPECT_FALSE(std::regex_search(code, call)) << file.path << ":" << i + 1 << ": " << line;
    }
  }
}

TEST(House, FilesKeepTheForm) {
  for (const SourceFile& file : read_sources({"src", "tests", "fuzz"})) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_EQ(file.lines.front(), "// SPDX-License-Identifier: Apache-2.0") << file.path;
    EXPECT_LE(file.lines.size(), 500u) << file.path << " is too long: split it";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_LE(width(file.lines[i]), 100u) << file.path << ":" << i + 1;
      for (const char* unfinished : {"TO"
                                     "DO",
                                     "FIX"
                                     "ME"}) {
        EXPECT_EQ(file.lines[i].find(unfinished), std::string::npos) << file.path << ":" << i + 1;
      }
    }
    if (file.path.ends_with(".h")) {
      EXPECT_NE(std::ranges::find(file.lines, "#pragma once"), file.lines.end()) << file.path;
    }
  }
}

TEST(House, NoRoomForOddsAndEnds) {
  for (const SourceFile& file : read_sources({"src"})) {
    for (const char* name : {"util", "common", "helper", "manager", "misc"}) {
      EXPECT_EQ(file.path.find(name), std::string::npos) << file.path;
    }
  }
}

}  // namespace
}  // namespace nobounce::house
