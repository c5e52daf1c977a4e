// SPDX-License-Identifier: Apache-2.0
// JournalFile: where a NIC's journal is kept, and the locks that say who may write it and which of
// its owners live.
//
// Three kinds of file, all of mode 0600 in a directory of mode 0700: the journal, which is replaced
// whole; the guard, locked for the length of one change to the NIC; and one file for each owner,
// locked for as long as it lives. The kernel releases the locks of a process that dies.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "nic/journal.h"
#include "sys/file_lock.h"

namespace nobounce::nic {

/// Where journals are kept unless a caller says otherwise. Empty after a boot, as what they are
/// about is.
inline constexpr const char* kJournalDirectory = "/run/nobounce/leases";

/// Holds the guard: while it lives nobody else changes this NIC by a lease. Move-only.
class JournalFile {
 public:
  /// Whether this process may keep journals in `directory`, by looking alone.
  static Status may_open(const std::string& directory);
  /// Makes the directory where it is missing, and waits for the guard. Errors: kPermission for
  /// somebody who may not write there, kBusy where the guard is not to be had for half a minute.
  static Result<JournalFile> open(const std::string& directory, const NicIdentity& nic);

  /// The journal of this NIC; an empty one where there is none, and where what is there is of an
  /// earlier boot or of another NIC (then it is removed). Errors: those of parse_journal; kBusy
  /// where a process lives that holds changes to a NIC which is no longer there.
  Result<Journal> read();
  /// Replaces it; an empty one is removed.
  Status write(const Journal& journal);

  /// Says that an owner lives, for as long as the lock does.
  Result<sys::FileLock> lock_owner(OwnerId id);
  Result<bool> is_alive(const Owner& owner);
  /// Removes the file that the owner locked.
  Status forget_owner(OwnerId id);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  JournalFile(std::string stem, NicIdentity nic, sys::FileLock guard);
  [[nodiscard]] std::string owner_path(OwnerId id) const;
  [[nodiscard]] Journal empty_journal() const;
  Status check_other_nic(const Journal& journal);

  std::string stem_;
  std::string path_;
  NicIdentity nic_;
  std::string boot_id_;
  sys::FileLock guard_;
};

}  // namespace nobounce::nic
