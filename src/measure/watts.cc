// SPDX-License-Identifier: Apache-2.0
#include "measure/watts.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <span>

#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/directory_names.h"
#include "sys/number_file.h"
#include "sys/readiness.h"

namespace nobounce::measure {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::chrono::milliseconds kTimeout{10'000};
constexpr std::size_t kMostText = 4096;

Error failed(Code code, const std::string& command, std::string cause) {
  return {.code = code,
          .sys_errno = 0,
          .operation = "measure power by",
          .object = fmt::format("'{}'", command),
          .cause = std::move(cause),
          .fix = {}};
}

/// What comes out of `fd` until its end, or until the time is over.
Result<std::string> read_to_end(int fd, const std::string& command) {
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  std::string text;
  std::array<char, 512> piece{};
  while (true) {
    using std::chrono::milliseconds;
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    std::array wanted{pollfd{.fd = fd, .events = POLLIN, .revents = 0}};
    if (left <= milliseconds(0)) return fail(failed(Code::kTimeout, command, "it takes too long"));
    NB_ASSIGN(const bool is_ready, sys::wait_ready(wanted, left));
    if (!is_ready) continue;
    NB_ASSIGN(const auto got, sys::read_some(fd, piece, command));
    if (!got) continue;
    if (*got == 0) return text;
    text.append(piece.data(), *got);
    if (text.size() > kMostText) {
      return fail(failed(Code::kProtocol, command, "it prints more than a number"));
    }
  }
}

}  // namespace

Result<Watts> read_hwmon_watts(const std::string& root) {
  NB_ASSIGN(const auto chips, sys::names_in(root));
  Watts watts;
  for (const std::string& chip : chips) {
    const std::string directory = fmt::format("{}/{}", root, chip);
    NB_ASSIGN(const auto files, sys::names_in(directory));
    for (const std::string& file : files) {
      // Some meters tell an average only.
      const bool is_input = file.ends_with("_input");
      if (!file.starts_with("power") || (!is_input && !file.ends_with("_average"))) continue;
      NB_ASSIGN(const std::string name, sys::read_word_file(directory + "/name"));
      const auto microwatts = sys::read_number_file(fmt::format("{}/{}", directory, file));
      // A sensor that sleeps, as that of an idle GPU, gives no number.
      if (!microwatts) continue;
      const std::string sensor = file.substr(0, file.find('_'));
      const auto label = sys::read_word_file(fmt::format("{}/{}_label", directory, sensor));
      watts[fmt::format("{}/{}", name, label ? *label : sensor)] =
          static_cast<double>(*microwatts) / 1e6;
    }
  }
  if (!watts.empty()) return watts;
  return fail({.code = Code::kNotFound,
               .operation = "open",
               .object = root + "/hwmon*/power*_input",
               .cause = "no sensor tells watts",
               .fix = {}});
}

Result<double> parse_watts(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  text.remove_prefix(first == std::string_view::npos ? text.size() : first);
  double watts = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), watts);
  std::string_view rest = text.substr(static_cast<std::size_t>(stop - text.data()));
  const std::size_t unit = rest.find_first_not_of(kSpace);
  rest = unit == std::string_view::npos ? std::string_view() : rest.substr(unit);
  rest = rest.substr(0, rest.find_last_not_of(kSpace) + 1);
  if (problem == std::errc{} && std::isfinite(watts) && watts >= 0 &&
      (rest.empty() || rest == "W")) {
    return watts;
  }
  return fail({.code = Code::kProtocol,
               .operation = "parse",
               .object = fmt::format("'{}'", text.substr(0, 64)),
               .cause = "it is no number of watts",
               .fix = "a command that prints a number, or a number and W"});
}

Result<double> run_watts_command(const std::string& command) {
  NB_ASSIGN(sys::FdPair pipe, sys::make_pipe());
  NB_ASSIGN(auto child, sys::ChildProcess::spawn(
                            {.argv = {"/bin/sh", "-c", command}, .stdout_fd = pipe.second.get()}));
  pipe.second = sys::Fd();
  NB_ASSIGN(const std::string text, read_to_end(pipe.first.get(), command));
  const sys::ExitStatus status = child.wait();
  if (!status.success()) return fail(failed(Code::kIo, command, "it " + to_string(status)));
  return parse_watts(text);
}

}  // namespace nobounce::measure
