// SPDX-License-Identifier: Apache-2.0
// ControlPlane: what each admin command does to a NIC. Commands arrive copied; everything in them
// is checked here before anything changes, so that a refused command leaves no trace. The queues
// and the steering table that it changes belong to the NIC.
// Source: gve_adminq.c and gve_adminq.h of the Linux kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "emulator/gvnic/admin_layout.h"
#include "emulator/gvnic/admin_queue.h"
#include "emulator/gvnic/command_statistics.h"
#include "emulator/gvnic/gvnic_options.h"
#include "emulator/gvnic/interrupts.h"
#include "emulator/gvnic/queue_set.h"
#include "emulator/gvnic/stats_report.h"
#include "emulator/gvnic/steering.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

class ControlPlane final : public AdminExecutor {
 public:
  /// The parts of a NIC that commands change; they outlive the control plane.
  struct Parts {
    const vfio_user::GuestMemory& memory;
    QueueSet& queues;
    Steering& steering;
    Interrupts& interrupts;
    StatsReport& stats_report;
    const Clock& clock;
  };

  ControlPlane(const GvnicOptions& options, Parts parts);

  AdminStatus execute(const AdminCommand& command) override;

  /// Forgets all that commands have set up; destroys the queues.
  void reset();

  /// Since the NIC was made.
  [[nodiscard]] const CommandStatistics& statistics() const { return statistics_; }

 private:
  AdminStatus dispatch(AdminOpcode opcode, const AdminCommand& command);

  AdminStatus describe(const DescribeDeviceCommand& command);
  AdminStatus verify_compatibility(const VerifyDriverCompatibilityCommand& command);
  AdminStatus configure_resources(const ConfigureResourcesCommand& command);
  AdminStatus deconfigure_resources();
  AdminStatus set_parameter(const SetDriverParameterCommand& command);
  AdminStatus report_stats(const ReportStatsCommand& command);
  AdminStatus report_nic_timestamp(const ReportNicTimestampCommand& command);
  AdminStatus report_link_speed(const ReportLinkSpeedCommand& command);
  AdminStatus get_packet_type_map(const GetPacketTypeMapCommand& command);
  AdminStatus extended(const ExtendedCommand& command);

  AdminStatus create_tx_queue(const CreateTxQueueCommand& command);
  AdminStatus create_rx_queue(const CreateRxQueueCommand& command);
  AdminStatus destroy_tx_queue(const DestroyQueueCommand& command);
  AdminStatus destroy_rx_queue(const DestroyQueueCommand& command);
  /// What depends on which receive queues there are follows them.
  void rx_queues_changed();
  [[nodiscard]] std::uint32_t max_frame_bytes() const { return mtu_ + kLinkOverheadBytes; }

  AdminStatus configure_rss(const ConfigureRssCommand& command);
  AdminStatus query_rss(const QueryRssCommand& command);
  AdminStatus configure_flow_rule(const ConfigureFlowRuleCommand& command);
  AdminStatus add_flow_rule(std::uint32_t location, const FlowRuleLayout& layout);
  AdminStatus query_flow_rules(const QueryFlowRulesCommand& command);

  /// Spreads over the receive queues that exist, as long as the driver has set no table itself.
  void spread_by_default();

  /// Guest memory that may be written, or nullptr.
  [[nodiscard]] std::byte* writable(std::uint64_t iova, std::uint64_t bytes) const;
  /// Copies guest memory; false where it can't be read.
  [[nodiscard]] bool copy_in(std::uint64_t iova, std::span<std::byte> to) const;
  /// Writes `answer` if `available_bytes` at `iova` hold it.
  AdminStatus answer(std::uint64_t iova, std::uint64_t available_bytes,
                     std::span<const std::byte> bytes) const;

  GvnicOptions options_;
  Parts parts_;
  bool configured_ = false;
  bool driver_set_rss_table_ = false;
  std::uint16_t mtu_;
  CommandStatistics statistics_;
};

}  // namespace nobounce::emulator::gvnic
