// SPDX-License-Identifier: Apache-2.0
// Writes and reads a known number of bytes through a pipe between two readings of the copy meter:
// the kernel copies each byte twice, and nothing else in this process copies meanwhile. Other
// processes may, so the smallest of many tries is the one to be exact.
//
//   known_copy BYTES     prints "user OVER other OVER", over all tries' least; ends with 0 if it
//   could read
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "measure/copy_meter.h"
#include "sys/byte_stream.h"
#include "sys/child_process.h"

namespace {

using namespace nobounce;

constexpr int kTries = 50;

Result<measure::Copies> copy_once(std::vector<char>& bytes) {
  NB_ASSIGN(sys::FdPair pipe, sys::make_pipe());
  NB_ASSIGN(const auto before, measure::read_copy_meter());
  NB_ASSIGN(const auto written,
            sys::write_some(pipe.second.get(), {bytes.data(), bytes.size()}, "pipe"));
  NB_ASSIGN(const auto got, sys::read_some(pipe.first.get(), bytes, "pipe"));
  NB_ASSIGN(const auto after, measure::read_copy_meter());
  if (written != bytes.size() || got != bytes.size())
    return fail({.code = Code::kIo, .operation = "copy", .object = "a pipe", .cause = {}});
  return measure::copies_between(*before, *after);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  std::vector<char> bytes(size, 'x');
  std::uint64_t user = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t instructions = user;
  for (int i = 0; i < kTries; ++i) {
    const auto copies = copy_once(bytes);
    if (!copies) {
      std::fprintf(stderr, "%s\n", to_string(copies.error()).c_str());
      return 1;
    }
    user = std::min(user, copies->user_bytes);
    instructions = std::min(instructions, copies->instructions.value());
  }
  std::printf("%ju %ju\n", static_cast<std::uintmax_t>(user),
              static_cast<std::uintmax_t>(instructions));
  return 0;
}
