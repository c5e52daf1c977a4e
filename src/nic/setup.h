// SPDX-License-Identifier: Apache-2.0
// Setup: a NIC made ready for good, that is until it is undone or the machine boots.
//
// It is a lease without a process: the same plan, the same journal, an owner that stands. A second
// setup of the same NIC adds to the first; one undo takes all of it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netlink/flow_rule.h"
#include "nic/journal_file.h"

namespace nobounce::nic {

/// A flow rule as asked for: which packets, and to which queue. Without a queue: to those that are
/// set aside, in turn.
struct SetupRule {
  netlink::FlowMatch match;
  std::optional<std::uint32_t> queue{};
};

/// "tcp4:10.0.0.2:5000=3", "tcp6:[fd00::2]:5000", "tcp4:*:5000". Error: kInvalidArgument, which
/// says what was expected.
Result<SetupRule> parse_setup_rule(const std::string& text);

/// Counts that are to be; what is empty stays.
struct ChannelsWanted {
  std::optional<std::uint32_t> rx{}, tx{}, combined{};
};
struct RingsWanted {
  std::optional<std::uint32_t> rx{}, tx{};    ///< Descriptors.
  std::optional<std::uint32_t> rx_buf_len{};  ///< Bytes.
};

/// "rx=4,tx=4" or "combined=8"; "rx=1024,rx-buf-len=4096". Error: kInvalidArgument.
Result<ChannelsWanted> parse_channels_wanted(const std::string& text);
Result<RingsWanted> parse_rings_wanted(const std::string& text);

struct SetupRequest {
  std::string interface;
  std::uint32_t queues = 1;  ///< To set aside, from the last one down; 0: none.
  std::vector<SetupRule> flows{};
  ChannelsWanted channels{};
  RingsWanted rings{};
  bool sysctls = false;  ///< Raise the kernel parameters that TCP without copies wants higher.
  bool force = false;    ///< As in ReceiveRequest.
  std::string journal_directory = kJournalDirectory;
};

struct SetupResult {
  std::vector<std::uint32_t> queues;
  std::vector<std::string> changes;  ///< One line each; none where all was so already.
};

/// Errors: those of a lease; whatever this call applied before the failing step has been undone.
Result<SetupResult> set_up(const SetupRequest& request);

/// The commands of ethtool and sysctl that would do the same. Changes nothing, needs no privilege.
Result<std::vector<std::string>> setup_commands(const SetupRequest& request);

struct UndoResult {
  std::vector<std::string> undone;  ///< One line each.
  std::vector<std::string> in_use;  ///< What stays since somebody needs it, and who.
};

/// Takes every setup of this NIC back, and whatever processes that died have left. Error: what
/// could not be undone, after all else has been.
Result<UndoResult> undo_setup(const std::string& interface,
                              const std::string& journal_directory = kJournalDirectory);

}  // namespace nobounce::nic
