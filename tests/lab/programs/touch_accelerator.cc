// SPDX-License-Identifier: Apache-2.0
// Does what nothing else here does: the CPU writes and reads the memory of an accelerator, so many
// times, eight bytes each. The device must have counted each of them.
//
//   touch_accelerator accelerator:N WRITES READS
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "memory/accelerator.h"

namespace nobounce {
namespace {

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Status touch(std::string_view name, std::uint64_t writes, std::uint64_t reads) {
  const auto index = memory::accelerator_index(name);
  if (!index) return fail({.code = Code::kInvalidArgument, .operation = "touch"});
  NB_ASSIGN(const auto device, memory::open_accelerator_device(*index));
  NB_ASSIGN(const auto blob, device->node().create_device_blob(1 << 20));
  NB_ASSIGN(const auto mapping, device->node().map(blob));
  auto* const words = reinterpret_cast<volatile std::uint64_t*>(mapping.bytes().data());
  for (std::uint64_t i = 0; i < writes; ++i)
    words[i] = i;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < reads; ++i)
    sum += words[i];
  fmt::print("{} writes, {} reads, sum {}\n", writes, reads, sum);
  device->node().close(blob);
  return {};
}

int run(int argc, char** argv) {
  if (argc != 4) return 2;
  const Status touched = touch(argv[1], number(argv[2]), number(argv[3]));
  if (touched) return 0;
  fmt::print(stderr, "touch_accelerator: {}\n", to_string(touched.error()));
  return 1;
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  return nobounce::run(argc, argv);
}
