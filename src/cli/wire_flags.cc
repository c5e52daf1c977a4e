// SPDX-License-Identifier: Apache-2.0
#include "cli/wire_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/quantity.h"
#include "base/size.h"
#include "emulator/chassis/layout.h"

namespace nobounce::cli {
namespace {

constexpr const char* kGroup = "Wire";
constexpr const char* kNoRate = "none";

// Leaves `to` as it is where the flag was not given.
template <typename T>
Status take(const std::string& text, Result<T> (*parse)(std::string_view), T& to) {
  if (text.empty()) return {};
  NB_ASSIGN(to, parse(text));
  return {};
}

}  // namespace

void add_wire_flags(CLI::App& app, WireFlags& flags, const std::string& prefix) {
  const auto add = [&](const char* name, std::string& to, const char* what, const char* type) {
    app.add_option(prefix + name, to, what)->type_name(type)->group(kGroup);
  };
  add("rate", flags.rate, "Line rate, as in 10G, or none", "BIT/S");
  add("delay", flags.delay, "How long a frame takes, as in 50us", "TIME");
  add("jitter", flags.jitter, "How far that varies either way; not above the delay", "TIME");
  add("loss", flags.loss, "Part of the segments that are lost, as in 1% or 0.01", "PART");
  add("reorder", flags.reorder, "Part that goes ahead of those that wait; needs a delay or a rate",
      "PART");
  add("duplicate", flags.duplicate, "Part that comes out twice", "PART");
  add("corrupt", flags.corrupt, "Part in which one bit is flipped", "PART");
}

void add_wire_making_flags(CLI::App& app, WireMaking& making) {
  app.add_option("--wire-seed", making.seed, "Where the dice of the wires start")
      ->type_name("N")
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--wire-queue", making.queue, "What may wait in a wire, for each port")
      ->type_name("SIZE")
      ->capture_default_str()
      ->group(kGroup);
}

Result<emulator::wire::Impairments> impairments_of(const WireFlags& flags,
                                                   const emulator::wire::Impairments& start) {
  emulator::wire::Impairments wanted = start;
  if (flags.rate == kNoRate) {
    wanted.rate_bits_per_s = 0;
  } else {
    NB_TRY(take(flags.rate, parse_bit_rate, wanted.rate_bits_per_s));
  }
  NB_TRY(take(flags.delay, parse_duration_ns, wanted.delay_ns));
  NB_TRY(take(flags.jitter, parse_duration_ns, wanted.jitter_ns));
  NB_TRY(take(flags.loss, parse_probability, wanted.loss));
  NB_TRY(take(flags.reorder, parse_probability, wanted.reorder));
  NB_TRY(take(flags.duplicate, parse_probability, wanted.duplicate));
  NB_TRY(take(flags.corrupt, parse_probability, wanted.corrupt));
  NB_TRY(emulator::wire::check(wanted));
  return wanted;
}

Result<std::size_t> queue_bytes_of(const WireMaking& making) {
  NB_ASSIGN(const std::uint64_t bytes, parse_size(making.queue));
  if (bytes < emulator::kMinWireQueueBytes || bytes > emulator::kMaxWireQueueBytes)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "--wire-queue",
                 .object = making.queue,
                 .cause = "a queue holds a TSO frame at least, and is no place to keep data",
                 .fix = "give 128K to 1G"});
  return bytes;
}

}  // namespace nobounce::cli
