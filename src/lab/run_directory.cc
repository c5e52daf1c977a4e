// SPDX-License-Identifier: Apache-2.0
#include "lab/run_directory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "lab/cache.h"
#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;
using sys::FileLock;

constexpr const char* kLock = "lock";
// Leaves room for "/nobounce-lab-4294967295-XXXXXX/" and a socket's name.
constexpr std::size_t kLongestParent = 48;

// The user's number in the name keeps users who share /tmp out of each other's way.
std::string name_prefix() {
  return fmt::format("nobounce-lab-{}-", sys::user_id());
}

// A directory whose lock is free belongs to nobody alive. One that has no lock yet is being made.
void remove_dead_runs(const fs::path& parent) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(parent, code)) {
    if (!entry.path().filename().string().starts_with(name_prefix())) continue;
    const fs::path lock = entry.path() / kLock;
    if (!fs::exists(lock, code)) continue;
    const auto held = FileLock::try_acquire(lock.string(), FileLock::Mode::kExclusive);
    // What cannot be removed (it is somebody else's) is left alone.
    if (held && held->has_value()) fs::remove_all(entry.path(), code);
  }
}

}  // namespace

Result<RunDirectory> RunDirectory::create() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::error_code code;
  if (runtime != nullptr && std::string_view(runtime).size() <= kLongestParent &&
      fs::is_directory(runtime, code))
    return create_in(runtime);
  return create_in("/tmp");
}

Result<RunDirectory> RunDirectory::create_in(const fs::path& parent) {
  remove_dead_runs(parent);
  NB_ASSIGN(const std::string path, sys::make_private_directory((parent / name_prefix()).string()));
  auto lock = FileLock::try_acquire((fs::path(path) / kLock).string(), FileLock::Mode::kExclusive);
  if (lock && lock->has_value()) return RunDirectory(path, std::move(**lock));
  (void)remove_tree(path);
  if (!lock) return fail(std::move(lock).error());
  return fail({.code = Code::kBusy,
               .operation = "lock",
               .object = path,
               .cause = "it is taken",
               .fix = {}});
}

RunDirectory::~RunDirectory() {
  // Moved-from objects have an empty path. A removal that fails is repeated by the next run.
  if (!path_.empty()) (void)remove_tree(path_);
}

}  // namespace nobounce::lab
