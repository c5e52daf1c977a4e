// SPDX-License-Identifier: Apache-2.0
// Journal: what leases have changed on one NIC, for whom, and what was there before. Every change
// stands here before it is made, so that whoever comes after a crash can undo it.
//
// Data and its text form, nothing else: where the text is kept is journal_file's, what follows from
// it is journaled_nic's. The form is lines of words, described in docs/leases.md. It is read
// strictly: a journal that is cut short, or that names what no lease would do, is an error and
// never an action.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netlink/flow_rule.h"
#include "nic/setting.h"
#include "sys/process_identity.h"

namespace nobounce::nic {

/// Which NIC a journal is about. A number alone is not enough: it may be another NIC's by now.
struct NicIdentity {
  std::uint64_t network_namespace = 0;  ///< Its inode.
  int ifindex = 0;
  std::string mac;  ///< The permanent one; empty where the NIC has none.

  friend bool operator==(const NicIdentity&, const NicIdentity&) = default;
};

/// Counts up from 1 for the life of a journal.
using OwnerId = std::uint32_t;

/// A device-wide setting that is not as it was found. Its users share it; the last one restores it.
struct ChangedSetting {
  Knob knob;
  Value before;
  Value wanted;
  std::vector<OwnerId> users;  ///< None: it could not be restored when the last one left.
  /// What the last one wanted, until `wanted` is set: the NIC may still be so, and that is ours
  /// too.
  std::optional<Value> previous{};
};

/// The RSS table, which all owners share. A bucket that is neither as in `previous` nor as in
/// `next` was moved by somebody else.
struct ChangedRss {
  bool was_default = false;  ///< The driver's own, which follows the number of queues.
  std::vector<std::uint32_t> original;
  std::vector<std::uint32_t> previous;
  std::vector<std::uint32_t> next;
};

struct OwnedRule {
  netlink::FlowRule rule;
  std::optional<std::uint32_t> location;  ///< Empty while the driver has yet to choose it.
};

struct OwnedContext {
  std::optional<std::uint32_t> id;  ///< Empty while it is being made.
  std::vector<std::uint32_t> table;
  std::vector<std::uint32_t> others;  ///< The contexts that there were before.
};

/// Whoever holds changes: a process, for as long as it lives, or the setup that stands until it is
/// undone.
struct Owner {
  enum class Kind { kProcess, kStanding };
  OwnerId id = 0;
  Kind kind = Kind::kProcess;
  sys::ProcessIdentity process;       ///< Which made it.
  std::vector<std::uint32_t> queues;  ///< Its own: RSS spreads nothing over them.
  std::vector<OwnedRule> rules;       ///< In the order in which they were made.
  std::optional<OwnedContext> context;
};

struct Journal {
  std::string boot_id;
  NicIdentity nic;
  OwnerId next_owner = 1;
  std::vector<ChangedSetting> settings;  ///< In the order in which they were first changed.
  std::optional<ChangedRss> rss;
  std::vector<Owner> owners;

  /// True where nothing is changed and nobody holds anything.
  [[nodiscard]] bool is_empty() const { return settings.empty() && !rss && owners.empty(); }
  [[nodiscard]] Owner* find_owner(OwnerId id);
  [[nodiscard]] ChangedSetting* find_setting(const Knob& knob);
};

std::string to_text(const Journal& journal);

/// Errors: kProtocol naming the line; kUnsupported for a version that is not this one's. `path` is
/// for messages.
Result<Journal> parse_journal(std::string_view text, const std::string& path);

}  // namespace nobounce::nic
