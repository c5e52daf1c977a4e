// SPDX-License-Identifier: Apache-2.0
// NicControl: the few things that a lease does to a NIC; the seam at which tests put a NIC of
// their own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "netlink/flow_rule.h"
#include "netlink/link.h"
#include "nic/nic.h"
#include "nic/setting.h"

namespace nobounce::nic {

/// Each call is complete when it returns; a failed one has changed nothing. Not thread-safe.
class NicControl {
 public:
  virtual ~NicControl() = default;

  /// The NIC as it is now.
  virtual Result<NicState> look() = 0;
  virtual Status set(const Knob& knob, const Value& value) = 0;
  virtual Status set_rss_table(std::span<const std::uint32_t> table) = 0;
  virtual Status reset_rss_table() = 0;
  /// Gives the location at which the rule now is.
  virtual Result<std::uint32_t> insert_rule(const netlink::FlowRule& rule,
                                            std::uint32_t location) = 0;
  virtual Status delete_rule(std::uint32_t location) = 0;
  /// Gives the context's number.
  virtual Result<std::uint32_t> create_rss_context(std::span<const std::uint32_t> table) = 0;
  virtual Status delete_rss_context(std::uint32_t id) = 0;
};

/// The control of a real NIC of this network namespace.
Result<std::unique_ptr<NicControl>> open_control(const netlink::Link& link);

}  // namespace nobounce::nic
