// SPDX-License-Identifier: Apache-2.0
#include "nic/journal_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "sys/message_log.h"
#include "sys/private_directory.h"
#include "sys/state_file.h"
#include "sys/text_file.h"

namespace nobounce::nic {
namespace {

constexpr int kGuardTimeoutMs = 30'000;
// Two tables of 65536 buckets and their original, six bytes each, and room for the rest.
constexpr std::size_t kMaxJournalBytes = std::size_t{4} << 20;

Error may_not_write(Error error, const std::string& directory) {
  if (error.code != Code::kPermission) return error;
  error.operation = "journal";
  error.object = "directory " + directory;
  if (error.cause.empty()) {
    error.cause = "changes to a NIC are written down there first, and this user may not write";
  }
  if (error.fix.empty()) error.fix = "run as root";
  return error;
}

Status claim_directory(const std::string& directory) {
  const std::filesystem::path path(directory);
  Status claimed = sys::claim_private_directory(path);
  if (!claimed && claimed.error().sys_errno == ENOENT && path.has_parent_path()) {
    claimed = sys::claim_private_directory(path.parent_path());
    if (claimed) claimed = sys::claim_private_directory(path);
  }
  if (!claimed) return fail(may_not_write(std::move(claimed).error(), directory));
  return {};
}

}  // namespace

JournalFile::JournalFile(std::string stem, NicIdentity nic, sys::FileLock guard)
    : stem_(std::move(stem)),
      path_(stem_ + ".journal"),
      nic_(std::move(nic)),
      guard_(std::move(guard)) {}

Status JournalFile::may_open(const std::string& directory) {
  Status found = sys::may_claim_private_directory(directory);
  if (!found) return fail(may_not_write(std::move(found).error(), directory));
  return {};
}

Result<JournalFile> JournalFile::open(const std::string& directory, const NicIdentity& nic) {
  NB_TRY(claim_directory(directory));
  const std::string stem = fmt::format("{}/{}-{}", directory, nic.network_namespace, nic.ifindex);
  const std::string guard_path = stem + ".guard";
  auto guard = sys::wait_for_lock(guard_path, kGuardTimeoutMs);
  if (!guard) return fail(may_not_write(std::move(guard).error(), directory));
  if (!*guard) {
    return fail({.code = Code::kBusy,
                 .operation = "lock",
                 .object = guard_path,
                 .cause = "somebody has been changing this NIC for half a minute",
                 .fix = fmt::format("fuser {}", guard_path)});
  }
  JournalFile file(stem, nic, std::move(**guard));
  NB_ASSIGN(file.boot_id_, sys::boot_id());
  return file;
}

Journal JournalFile::empty_journal() const {
  Journal journal;
  journal.boot_id = boot_id_;
  journal.nic = nic_;
  return journal;
}

std::string JournalFile::owner_path(OwnerId id) const {
  return fmt::format("{}.owner-{}", stem_, id);
}

Result<Journal> JournalFile::read() {
  const auto text = sys::read_text_file(path_, kMaxJournalBytes);
  if (!text && text.error().code == Code::kNotFound) return empty_journal();
  NB_TRY(text);
  NB_ASSIGN(Journal journal, parse_journal(*text, path_));
  if (journal.boot_id == boot_id_ && journal.nic == nic_) return journal;
  if (journal.boot_id == boot_id_) NB_TRY(check_other_nic(journal));
  sys::message_log()->info("{}: removed, it is of {}", path_,
                           journal.boot_id == boot_id_ ? "another NIC" : "an earlier boot");
  NB_TRY(sys::remove_file(path_));
  return empty_journal();
}

Status JournalFile::check_other_nic(const Journal& journal) {
  for (const Owner& owner : journal.owners) {
    NB_ASSIGN(const bool is_alive_now, is_alive(owner));
    if (owner.kind == Owner::Kind::kStanding || !is_alive_now) continue;
    return fail({.code = Code::kBusy,
                 .operation = "read",
                 .object = "journal " + path_,
                 .cause = fmt::format("process {} holds changes to a NIC with MAC address {}, "
                                      "which is not this one's",
                                      owner.process.pid, journal.nic.mac),
                 .fix = "end that process"});
  }
  return {};
}

Status JournalFile::write(const Journal& journal) {
  if (journal.is_empty()) return sys::remove_file(path_);
  const std::string text = to_text(journal);
  // What can't be read is never undone.
  const auto readable = parse_journal(text, path_);
  if (readable && text.size() <= kMaxJournalBytes) return sys::replace_file(path_, text);
  return fail({.code = Code::kExhausted,
               .operation = "write",
               .object = "journal " + path_,
               .cause = readable ? "it is larger than one may be"
                                 : "it could not be read again: " + readable.error().cause,
               .fix = "nobounce setup NIC --undo"});
}

Result<sys::FileLock> JournalFile::lock_owner(OwnerId id) {
  NB_ASSIGN(auto lock, sys::FileLock::try_acquire(owner_path(id), sys::FileLock::Mode::kExclusive));
  if (!lock) {
    return fail({.code = Code::kBusy,
                 .operation = "lock",
                 .object = owner_path(id),
                 .cause = "somebody who is not in the journal holds it",
                 .fix = fmt::format("fuser {}", owner_path(id))});
  }
  return std::move(*lock);
}

Result<bool> JournalFile::is_alive(const Owner& owner) {
  if (owner.kind == Owner::Kind::kStanding) return true;
  NB_ASSIGN(const auto lock,
            sys::FileLock::try_acquire(owner_path(owner.id), sys::FileLock::Mode::kExclusive));
  return !lock.has_value();
}

Status JournalFile::forget_owner(OwnerId id) {
  return sys::remove_file(owner_path(id));
}

}  // namespace nobounce::nic
