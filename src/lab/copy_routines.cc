// SPDX-License-Identifier: Apache-2.0
#include "lab/copy_routines.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <fstream>
#include <memory>

#include "sys/copy_meter_mark.h"
#include "sys/kernel_symbols.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace meter = abi::copy_meter;

struct Candidate {
  std::string_view name;
  meter::Length length;
  meter::Kind kind;
  bool is_needed = false;
};

// User copies all end in rep_movs_alternative, unless the CPU copies by `rep movsb` in place; the
// others are variants for special memory, with names that came and went. Routines that only call
// one of these are left out, since nothing may be counted twice.
constexpr std::array<Candidate, 12> kCandidates = {{
    {"rep_movs_alternative", meter::Length::kRcx, meter::Kind::kUser, true},
    {"copy_to_nontemporal", meter::Length::kRdx, meter::Kind::kUser},
    {"__copy_user_nocache", meter::Length::kRdx, meter::Kind::kUser},
    {"csum_partial_copy_generic", meter::Length::kRdx, meter::Kind::kUser},
    {"__memcpy", meter::Length::kRdx, meter::Kind::kOther, true},
    {"__memmove", meter::Length::kRdx, meter::Kind::kOther, true},
    {"copy_page", meter::Length::kPage, meter::Kind::kOther, true},
    {"copy_mc_fragile", meter::Length::kRdx, meter::Kind::kOther},
    {"copy_mc_enhanced_fast_string", meter::Length::kRdx, meter::Kind::kOther},
    {"__memcpy_flushcache", meter::Length::kRdx, meter::Kind::kOther},
    {"memcpy_fromio", meter::Length::kRdx, meter::Kind::kOther},
    {"memcpy_toio", meter::Length::kRdx, meter::Kind::kOther},
}};

// Of vmlinux; what follows are data, and then modules, which bring no copy routines.
constexpr std::string_view kEndOfText = "_etext";
constexpr int kMostTries = 100'000;

Error unsupported(std::string object, std::string cause) {
  return {.code = Code::kUnsupported,
          .operation = "start of the copy meter:",
          .object = std::move(object),
          .cause = std::move(cause),
          .fix = {}};
}

meter::Routine routine_of(const Candidate& candidate, std::uint64_t address) {
  meter::Routine routine{
      .address = address, .length = candidate.length, .kind = candidate.kind, .name = {}};
  static_assert(std::size(routine.name) > 30);
  candidate.name.copy(routine.name, sizeof routine.name - 1);
  return routine;
}

}  // namespace

Result<std::vector<meter::Routine>> find_copy_routines(std::istream& kallsyms) {
  std::array<std::uint64_t, kCandidates.size()> addresses{};
  for (std::string line; std::getline(kallsyms, line);) {
    const auto symbol = sys::parse_symbol(line);
    if (!symbol) continue;
    if (symbol->name == kEndOfText) break;
    for (std::size_t i = 0; i < kCandidates.size(); ++i)
      if (symbol->name == kCandidates[i].name) addresses[i] = symbol->address;
  }
  std::vector<meter::Routine> routines;
  for (std::size_t i = 0; i < kCandidates.size(); ++i) {
    if (addresses[i] != 0) routines.push_back(routine_of(kCandidates[i], addresses[i]));
    if (addresses[i] == 0 && kCandidates[i].is_needed)
      return fail(unsupported(sys::kKallsymsPath,
                              fmt::format("it shows no address of {}", kCandidates[i].name)));
  }
  return routines;
}

Status check_copies_by_call(std::string_view cpuinfo) {
  constexpr std::string_view kFlags = "flags";
  std::size_t at = cpuinfo.find(kFlags);
  const std::string_view line = cpuinfo.substr(std::min(at, cpuinfo.size()));
  const std::string flags = fmt::format("{} ", line.substr(0, line.find('\n')));
  if (flags.find(" fsrm ") == std::string::npos) return {};
  return fail(unsupported("CPU flag fsrm",
                          "with it the kernel copies in place, where nothing can be counted"));
}

Status watch_copies() {
  NB_ASSIGN(const std::string cpuinfo, sys::read_text_file("/proc/cpuinfo"));
  NB_TRY(check_copies_by_call(cpuinfo));
  std::ifstream kallsyms(sys::kKallsymsPath);
  NB_ASSIGN(const auto routines, find_copy_routines(kallsyms));

  const auto block = std::make_unique<meter::Block>();
  const auto ask = [&block](meter::Request request) {
    block->magic = meter::kMagic;
    block->version = meter::kVersion;
    block->request = request;
    block->answer = meter::Answer::kNone;
    sys::execute_copy_meter_mark(*block);
  };
  block->routine_count = static_cast<std::uint32_t>(routines.size());
  std::copy(routines.begin(), routines.end(), block->routines);
  ask(meter::Request::kWatch);
  if (block->answer == meter::Answer::kNone)
    return fail({.code = Code::kNotFound,
                 .operation = "start of",
                 .object = "the copy meter",
                 .cause = "no meter answered the mark",
                 .fix = {}});
  if (block->answer != meter::Answer::kTaken)
    return fail(unsupported("the meter", "it refused the routines"));
  // It begins when all vCPUs have stopped for a moment.
  for (int i = 0; i < kMostTries; ++i) {
    ask(meter::Request::kRead);
    if (block->answer == meter::Answer::kCounts && block->is_watching == 1) return {};
  }
  return fail({.code = Code::kTimeout,
               .operation = "start of",
               .object = "the copy meter",
               .cause = "it took the routines, and did not begin",
               .fix = {}});
}

}  // namespace nobounce::lab
