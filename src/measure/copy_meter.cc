// SPDX-License-Identifier: Apache-2.0
#include "measure/copy_meter.h"

#include <algorithm>

#include "sys/copy_meter_mark.h"

namespace nobounce::measure {
namespace {

namespace meter = abi::copy_meter;

std::size_t vcpus_of(const meter::Block& block) {
  return std::min<std::size_t>(block.vcpus, meter::kMostVcpus);
}

std::size_t routines_of(const meter::Block& block) {
  return std::min<std::size_t>(block.routine_count, meter::kMostRoutines);
}

std::uint64_t sum_over_vcpus(const meter::Block& block, std::size_t routine) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < vcpus_of(block); ++i)
    sum += block.counts[i].bytes[routine];
  return sum;
}

CopyTotals totals_of(const meter::Block& block, std::size_t vcpu) {
  CopyTotals totals;
  for (std::size_t i = 0; i < routines_of(block); ++i) {
    const bool is_user = block.routines[i].kind == meter::Kind::kUser;
    (is_user ? totals.user_bytes : totals.other_bytes) += block.counts[vcpu].bytes[i];
  }
  return totals;
}

CopyTotals totals_of(const meter::Block& block) {
  CopyTotals totals;
  for (std::size_t i = 0; i < vcpus_of(block); ++i) {
    const CopyTotals one = totals_of(block, i);
    totals.user_bytes += one.user_bytes;
    totals.other_bytes += one.other_bytes;
  }
  return totals;
}

// QEMU numbers its vCPUs as Linux does its CPUs: both begin with the one that boots.
std::vector<CpuCopies> by_cpu_between(const meter::Block& before, const meter::Block& after) {
  std::vector<CpuCopies> cpus;
  for (std::size_t i = 0; i < vcpus_of(after); ++i) {
    const CopyTotals start = totals_of(before, i);
    const CopyTotals end = totals_of(after, i);
    cpus.push_back({.cpu = static_cast<std::uint32_t>(i),
                    .user_bytes = end.user_bytes - start.user_bytes,
                    .other_bytes = end.other_bytes - start.other_bytes,
                    .instructions = after.counts[i].instructions - before.counts[i].instructions});
  }
  return cpus;
}

std::string name_of(const meter::Routine& routine) {
  const char* const end = std::find(std::begin(routine.name), std::end(routine.name), '\0');
  return {std::begin(routine.name), end};
}

}  // namespace

Result<CopyReading> read_copy_meter() {
  auto block = std::make_unique<meter::Block>();
  block->magic = meter::kMagic;
  block->version = meter::kVersion;
  block->request = meter::Request::kRead;
  sys::execute_copy_meter_mark(*block);
  const bool counts = block->answer == meter::Answer::kCounts && block->is_watching == 1;
  if (counts) return block;
  return fail(
      {.code = Code::kUnsupported,
       .operation = "mark of",
       .object = "the copy meter",
       .cause = block->answer == meter::Answer::kNone ? "no meter answered" : "it does not count",
       .fix = "nobounce lab run --meter"});
}

Copies copies_between(const meter::Block& before, const meter::Block& after) {
  const CopyTotals start = totals_of(before);
  const CopyTotals end = totals_of(after);
  Copies copies{.source = "copy meter",
                .user_bytes = end.user_bytes - start.user_bytes,
                .other_bytes = end.other_bytes - start.other_bytes,
                .instructions = std::uint64_t{0},
                .routines = {},
                .by_cpu = by_cpu_between(before, after),
                .at_start = start,
                .at_end = end};
  std::uint64_t instructions = 0;
  for (const CpuCopies& one : copies.by_cpu)
    instructions += one.instructions.value();
  copies.instructions = instructions;
  for (std::size_t i = 0; i < routines_of(after); ++i) {
    const std::uint64_t bytes = sum_over_vcpus(after, i) - sum_over_vcpus(before, i);
    if (bytes == 0) continue;
    copies.routines.push_back({.name = name_of(after.routines[i]),
                               .is_user = after.routines[i].kind == meter::Kind::kUser,
                               .bytes = bytes});
  }
  return copies;
}

}  // namespace nobounce::measure
