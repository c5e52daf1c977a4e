// SPDX-License-Identifier: Apache-2.0
#include "lab/cache.h"

#include <cstdlib>
#include <system_error>

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;
using sys::FileLock;

// How often a lab looks whether another one has finished building what both want.
constexpr std::chrono::milliseconds kLockPoll{200};

Error error_of(const std::error_code& code, const char* operation, const fs::path& object) {
  return error_from_errno(code.value(), operation, object.string());
}

Status make_directories(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return fail(error_of(code, "creation of a directory", path));
  return {};
}

// The lock lies beside the cache, not in it, so that `clean` can remove all it contains.
fs::path usage_lock_of(const fs::path& directory) {
  return directory.string() + ".lock";
}

}  // namespace

Status remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return fail(error_of(code, "removal", path));
  return {};
}

Result<fs::path> Cache::default_directory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return fs::path(cache) / "nobounce" / "lab";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "nobounce" / "lab";
  return fail({.code = Code::kNotFound,
               .operation = "search",
               .object = "cache directory",
               .cause = "neither XDG_CACHE_HOME nor HOME is set",
               .fix = "export HOME"});
}

Result<Cache> Cache::open(const fs::path& directory) {
  // The lock first: `clean` may be about to remove the directory.
  NB_TRY(make_directories(directory.parent_path()));
  const fs::path lock = usage_lock_of(directory);
  NB_ASSIGN(auto in_use, FileLock::try_acquire(lock.string(), FileLock::Mode::kShared));
  if (!in_use)
    return fail({.code = Code::kBusy,
                 .operation = "opening",
                 .object = directory.string(),
                 .cause = "`nobounce lab clean` is at work on it",
                 .fix = "wait for its end"});
  NB_TRY(make_directories(directory));
  return Cache(directory, std::move(*in_use));
}

Status Cache::clean(const fs::path& directory) {
  NB_TRY(make_directories(directory.parent_path()));
  const fs::path lock = usage_lock_of(directory);
  NB_ASSIGN(const auto alone, FileLock::try_acquire(lock.string(), FileLock::Mode::kExclusive));
  if (!alone)
    return fail({.code = Code::kBusy,
                 .operation = "cleaning",
                 .object = directory.string(),
                 .cause = "a lab is running from it",
                 .fix = "wait for its end, or stop it"});
  return remove_tree(directory);
}

Result<fs::path> Cache::entry(const std::string& name, const Builder& builder,
                              Interruption& interruption) {
  fs::path whole = path_of(name);
  std::error_code code;
  if (fs::exists(whole, code)) return whole;

  const std::string lock_path = whole.string() + ".lock";
  std::optional<FileLock> lock;
  for (;;) {
    NB_ASSIGN(lock, FileLock::try_acquire(lock_path, FileLock::Mode::kExclusive));
    if (lock) break;
    NB_TRY(interruption.wait({}, kLockPoll));
  }
  if (fs::exists(whole, code)) return whole;

  const fs::path partial = whole.string() + ".partial";
  NB_TRY(remove_tree(partial));
  NB_TRY(make_directories(partial));
  if (auto built = builder(partial); !built) {
    // The builder's error matters more than one of this removal, which the next start repeats.
    (void)remove_tree(partial);
    return fail(std::move(built).error());
  }
  fs::rename(partial, whole, code);
  if (code) return fail(error_of(code, "rename", partial));
  return whole;
}

}  // namespace nobounce::lab
