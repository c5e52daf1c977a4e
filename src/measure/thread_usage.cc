// SPDX-License-Identifier: Apache-2.0
#include "measure/thread_usage.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "sys/directory_names.h"
#include "sys/text_file.h"

namespace nobounce::measure {
namespace {

// Fields of a stat file behind the name, counted from the state on, which is field 3.
constexpr std::size_t kUserTime = 14 - 3;
constexpr std::size_t kSystemTime = 15 - 3;
constexpr std::size_t kStartTime = 22 - 3;

Error unreadable(std::string_view cause) {
  return {.code = Code::kProtocol,
          .operation = "parse",
          .object = "the stat file of a thread",
          .cause = std::string(cause),
          .fix = {}};
}

template <typename T>
bool to_number(std::string_view text, T& number) {
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && stop == text.data() + text.size();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

Result<Thread> parse_thread(std::string_view stat_text, std::uint64_t ticks_per_second) {
  // The name stands in parentheses and may hold spaces and parentheses itself.
  const std::size_t open = stat_text.find('(');
  const std::size_t close = stat_text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return fail(unreadable("no name in parentheses"));
  }
  const auto words = words_of(stat_text.substr(close + 1));
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  Thread thread{.name = std::string(stat_text.substr(open + 1, close - open - 1)), .times = {}};
  if (words.size() <= kStartTime || !to_number(words[kUserTime], user) ||
      !to_number(words[kSystemTime], system) ||
      !to_number(words[kStartTime], thread.started_ticks)) {
    return fail(unreadable("times that are no numbers"));
  }
  thread.times = {.user_us = user * 1'000'000 / ticks_per_second,
                  .system_us = system * 1'000'000 / ticks_per_second};
  return thread;
}

Result<Threads> read_threads(const std::string& root, std::uint64_t ticks_per_second) {
  NB_ASSIGN(const auto names, sys::names_in(root));
  Threads threads;
  for (const std::string& name : names) {
    std::uint32_t tid = 0;
    if (!to_number(name, tid)) continue;
    const auto text = sys::read_text_file(fmt::format("{}/{}/stat", root, name));
    if (!text) continue;  // It ended meanwhile.
    NB_ASSIGN(Thread thread, parse_thread(*text, ticks_per_second));
    threads.emplace(tid, std::move(thread));
  }
  return threads;
}

ThreadUsage thread_usage_between(const Threads& before, const Threads& after) {
  ThreadUsage usage;
  for (const auto& [tid, thread] : after) {
    const auto earlier = before.find(tid);
    const bool is_same =
        earlier != before.end() && earlier->second.started_ticks == thread.started_ticks;
    add(usage[thread.name], growth(is_same ? earlier->second.times : ThreadTimes{}, thread.times));
  }
  return usage;
}

}  // namespace nobounce::measure
