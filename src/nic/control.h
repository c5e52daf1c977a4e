// SPDX-License-Identifier: Apache-2.0
// NicControl: the few things that a lease sets on a NIC; the seam at which tests put a NIC of
// their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/ethtool.h"
#include "netlink/flow_rule.h"
#include "netlink/link.h"

namespace nobounce::nic {

/// What others have of a NIC at this moment, as far as undoing must spare it.
struct NicUse {
  std::uint32_t rx_queues = 0;
  std::vector<std::uint32_t> held_queues;  ///< Receive queues that somebody's memory is bound to.
  std::vector<std::uint32_t> rss_table;
  std::size_t flow_rules = 0;
};

/// Each call is complete when it returns; a failed one has changed nothing. Not thread-safe.
class NicControl {
 public:
  virtual ~NicControl() = default;

  virtual Status set_header_split(netlink::HeaderSplit wanted) = 0;
  virtual Status set_hds_threshold(std::uint32_t bytes) = 0;
  virtual Status set_feature(const std::string& name, bool on) = 0;
  virtual Status set_rss_table(std::span<const std::uint32_t> table) = 0;
  virtual Status reset_rss_table() = 0;
  /// Gives the location at which the rule now is.
  virtual Result<std::uint32_t> insert_rule(const netlink::FlowRule& rule,
                                            std::uint32_t location) = 0;
  virtual Status delete_rule(std::uint32_t location) = 0;
  virtual Result<NicUse> use() = 0;
};

/// The control of a real NIC of this network namespace.
Result<std::unique_ptr<NicControl>> open_control(const netlink::Link& link);

}  // namespace nobounce::nic
