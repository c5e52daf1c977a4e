// SPDX-License-Identifier: Apache-2.0
// Cache: where guest roots and kernels are kept, per user, and how they come to be there.
//
// An entry is a directory. It is built under a name of its own (NAME.partial) and renamed into
// place when whole, so an entry that exists is complete, whatever happened to its builder: Ctrl-C,
// a full disk, a power cut. A lock (NAME.lock) lets one process build while others wait; what a
// dead builder left is removed by the next one. A lab holds a shared lock on the whole cache while
// it runs, so that `clean` cannot pull the root away from under it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "lab/interruption.h"
#include "sys/file_lock.h"

namespace nobounce::lab {

class Cache {
 public:
  /// Fills an empty directory; called with the entry's lock held.
  using Builder = std::function<Status(const std::filesystem::path& directory)>;

  /// Opens the cache in `directory`, creating it, and marks it as in use.
  /// Errors: kBusy while `clean` is at work.
  static Result<Cache> open(const std::filesystem::path& directory);

  /// $XDG_CACHE_HOME or ~/.cache, /nobounce/lab.
  static Result<std::filesystem::path> default_directory();

  /// Removes every entry. Errors: kBusy if a lab uses the cache.
  static Status clean(const std::filesystem::path& directory);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const {
    return directory_ / name;
  }

  /// The entry `name`, built by `builder` if it is not there yet.
  Result<std::filesystem::path> entry(const std::string& name, const Builder& builder,
                                      Interruption& interruption);

 private:
  Cache(std::filesystem::path directory, sys::FileLock in_use)
      : directory_(std::move(directory)), in_use_(std::move(in_use)) {}

  std::filesystem::path directory_;
  sys::FileLock in_use_;
};

/// Removes a directory and all below it. Errors: those of the file system, `path` named.
Status remove_tree(const std::filesystem::path& path);

}  // namespace nobounce::lab
