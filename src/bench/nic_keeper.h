// SPDX-License-Identifier: Apache-2.0
// NicKeeper: sees that a bench on a real host leaves the NIC as it found it, also after a crash:
// what was there is written down before anything is changed, and whoever comes next puts it back.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/lines.h"
#include "bench/saved_nic.h"
#include "sys/file_lock.h"

namespace nobounce::bench {

/// Empty after a boot, as NICs are as they were then.
inline constexpr const char* kKeptNicsDirectory = "/run/nobounce/bench";

/// Move-only. Puts back when it dies.
class NicKeeper {
 public:
  /// Puts back what a bench that was killed has left, then looks. Errors: kBusy where another bench
  /// has this NIC, kPermission, those of looking and of putting back.
  static Result<NicKeeper> take(const std::string& nic,
                                const std::string& directory = kKeptNicsDirectory);
  NicKeeper(NicKeeper&& other) noexcept;
  NicKeeper& operator=(NicKeeper&&) = delete;
  ~NicKeeper();

  /// The Error says what could not be set; the rest is. A second call does nothing.
  Status put_back();

 private:
  NicKeeper(SavedNic before, std::string file, sys::FileLock lock)
      : before_(std::move(before)), file_(std::move(file)), lock_(std::move(lock)) {}

  SavedNic before_;
  std::string file_;  // Empty: there is nothing to be put back.
  sys::FileLock lock_;
};

/// All of them, or none. Errors: as of taking one.
Result<std::vector<NicKeeper>> keep_nics(std::span<const HostNic> nics);

/// Each of them, whatever becomes of the others. The first Error.
Status put_back_all(std::span<NicKeeper> keepers);

}  // namespace nobounce::bench
