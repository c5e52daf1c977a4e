// SPDX-License-Identifier: Apache-2.0
#include "lab/kernel_profile.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "sys/copy_meter_mark.h"

namespace nobounce::lab {
namespace {

namespace meter = abi::copy_meter;

std::string_view name_of(std::uint64_t address, const sys::KernelFunctions& functions) {
  if (address == meter::kOfUserSpace) return "user space";
  const std::string_view name =
      address == meter::kOfTheRest ? std::string_view() : functions.at(address);
  return name.empty() ? "other code of the kernel" : name;
}

}  // namespace

Result<ProfileReading> read_profile() {
  const auto block = std::make_unique<meter::Block>();
  ProfileReading entries(meter::kMostProfileEntries);
  block->magic = meter::kMagic;
  block->version = meter::kVersion;
  block->request = meter::Request::kProfile;
  block->profile = reinterpret_cast<std::uintptr_t>(entries.data());
  block->profile_entries = static_cast<std::uint32_t>(entries.size());
  sys::execute_copy_meter_mark(*block);
  if (block->answer != meter::Answer::kProfile || block->profile_entries > entries.size())
    return fail(
        {.code = Code::kUnsupported,
         .operation = "profile by",
         .object = "the copy meter",
         .cause = block->answer == meter::Answer::kNone ? "no meter answered" : "it keeps none",
         .fix = "nobounce lab run --meter-profile"});
  entries.resize(block->profile_entries);
  return entries;
}

KernelProfile profile_between(const ProfileReading& before, const ProfileReading& after,
                              const sys::KernelFunctions& functions, std::size_t most) {
  std::unordered_map<std::uint64_t, std::uint64_t> earlier;
  for (const meter::ProfileEntry& entry : before)
    earlier[entry.address] = entry.instructions;
  KernelProfile profile;
  std::map<std::string_view, std::uint64_t> by_name;
  for (const meter::ProfileEntry& entry : after) {
    const auto known = earlier.find(entry.address);
    const std::uint64_t spent = entry.instructions - (known == earlier.end() ? 0 : known->second);
    by_name[name_of(entry.address, functions)] += spent;
    profile.instructions += spent;
  }
  for (const auto& [name, instructions] : by_name)
    if (instructions > 0)
      profile.functions.push_back({.name = std::string(name), .instructions = instructions});
  std::ranges::stable_sort(profile.functions, std::ranges::greater{}, &FunctionShare::instructions);
  if (profile.functions.size() > most) profile.functions.resize(most);
  return profile;
}

Result<KernelProfile> profile_since(const ProfileReading& before, std::size_t most) {
  // Before anything is read: looking names up executes much itself.
  NB_ASSIGN(const ProfileReading after, read_profile());
  std::ifstream kallsyms(sys::kKallsymsPath);
  return profile_between(before, after, sys::KernelFunctions::read(kallsyms), most);
}

}  // namespace nobounce::lab
