// SPDX-License-Identifier: Apache-2.0
// Dispatch, resources, parameters and reports. Queues: queue_commands.cc; RSS and flow rules:
// steering_commands.cc.
#include "emulator/gvnic/control_plane.h"

#include <array>
#include <cstring>

#include "emulator/gvnic/describe_device.h"
#include "emulator/gvnic/packet_type.h"

namespace nobounce::emulator::gvnic {

using vfio_user::DmaAccess;

ControlPlane::ControlPlane(const GvnicOptions& options, Parts parts)
    : options_(options), parts_(parts), mtu_(options.mtu) {}

AdminStatus ControlPlane::execute(const AdminCommand& command) {
  const auto opcode = static_cast<AdminOpcode>(std::uint32_t{command.opcode});
  const AdminStatus status = dispatch(opcode, command);
  const bool is_extended = opcode == AdminOpcode::kExtended;
  const auto counted =
      is_extended ? static_cast<AdminOpcode>(std::uint32_t{command.as<ExtendedCommand>().opcode})
                  : opcode;
  statistics_.count(counted, status);
  return status;
}

AdminStatus ControlPlane::dispatch(AdminOpcode opcode, const AdminCommand& command) {
  switch (opcode) {
    case AdminOpcode::kDescribeDevice:
      return describe(command.as<DescribeDeviceCommand>());
    case AdminOpcode::kVerifyDriverCompatibility:
      return verify_compatibility(command.as<VerifyDriverCompatibilityCommand>());
    case AdminOpcode::kConfigureResources:
      return configure_resources(command.as<ConfigureResourcesCommand>());
    case AdminOpcode::kDeconfigureResources:
      return deconfigure_resources();
    case AdminOpcode::kCreateTxQueue:
      return create_tx_queue(command.as<CreateTxQueueCommand>());
    case AdminOpcode::kCreateRxQueue:
      return create_rx_queue(command.as<CreateRxQueueCommand>());
    case AdminOpcode::kDestroyTxQueue:
      return destroy_tx_queue(command.as<DestroyQueueCommand>());
    case AdminOpcode::kDestroyRxQueue:
      return destroy_rx_queue(command.as<DestroyQueueCommand>());
    case AdminOpcode::kSetDriverParameter:
      return set_parameter(command.as<SetDriverParameterCommand>());
    case AdminOpcode::kReportStats:
      return report_stats(command.as<ReportStatsCommand>());
    case AdminOpcode::kReportNicTimestamp:
      return report_nic_timestamp(command.as<ReportNicTimestampCommand>());
    case AdminOpcode::kReportLinkSpeed:
      return report_link_speed(command.as<ReportLinkSpeedCommand>());
    case AdminOpcode::kGetPacketTypeMap:
      return get_packet_type_map(command.as<GetPacketTypeMapCommand>());
    case AdminOpcode::kConfigureRss:
      return configure_rss(command.as<ConfigureRssCommand>());
    case AdminOpcode::kQueryRss:
      return query_rss(command.as<QueryRssCommand>());
    case AdminOpcode::kQueryFlowRules:
      return query_flow_rules(command.as<QueryFlowRulesCommand>());
    case AdminOpcode::kExtended:
      return extended(command.as<ExtendedCommand>());
    // Page lists belong to queue formats that are not offered.
    case AdminOpcode::kRegisterPageList:
    case AdminOpcode::kUnregisterPageList:
    case AdminOpcode::kConfigureFlowRule:
      break;
  }
  return AdminStatus::kUnimplemented;
}

void ControlPlane::reset() {
  parts_.queues.destroy_all();
  parts_.steering.reset();
  parts_.interrupts.reset();
  parts_.stats_report.detach();
  configured_ = false;
  driver_set_rss_table_ = false;
  mtu_ = options_.mtu;
}

AdminStatus ControlPlane::describe(const DescribeDeviceCommand& command) {
  if (command.version != kDescriptorVersion) return AdminStatus::kInvalidArgument;
  const std::vector<std::byte> bytes = describe_device(options_, command.available_bytes);
  if (bytes.empty()) return AdminStatus::kInvalidArgument;
  return answer(command.address, command.available_bytes, bytes);
}

AdminStatus ControlPlane::verify_compatibility(const VerifyDriverCompatibilityCommand& command) {
  DriverInfo info;
  if (command.bytes < sizeof info) return AdminStatus::kInvalidArgument;
  if (!copy_in(command.address, std::as_writable_bytes(std::span(&info, 1)))) {
    return AdminStatus::kInvalidArgument;
  }
  const bool understood = (info.capabilities[0] & kCapabilityDqoRda) != 0;
  return understood ? AdminStatus::kPassed : AdminStatus::kFailedPrecondition;
}

AdminStatus ControlPlane::configure_resources(const ConfigureResourcesCommand& command) {
  if (configured_) return AdminStatus::kAlreadyExists;
  const std::uint32_t blocks = command.irq_doorbells;
  const std::uint32_t stride = command.irq_doorbell_stride;
  if (command.queue_format != kQueueFormatDqoRda || blocks == 0 || blocks > 2 * options_.queues ||
      command.first_block_vector > 1 || stride < sizeof(Be32) || stride % sizeof(Be32) != 0) {
    return AdminStatus::kInvalidArgument;
  }
  const std::uint64_t counter_bytes = std::uint64_t{command.counters} * sizeof(Be32);
  if (counter_bytes != 0 && writable(command.counter_array, counter_bytes) == nullptr) {
    return AdminStatus::kInvalidArgument;
  }
  std::byte* indices = writable(command.irq_doorbell_array, std::uint64_t{blocks} * stride);
  if (indices == nullptr) return AdminStatus::kInvalidArgument;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    store_be(indices + std::uint64_t{block} * stride, DoorbellMap::kIrqBase + block);
  }
  parts_.interrupts.configure(blocks, command.first_block_vector);
  configured_ = true;
  return AdminStatus::kPassed;
}

AdminStatus ControlPlane::deconfigure_resources() {
  // Also of a device that has none: what the driver asks for is so.
  if (configured_) reset();
  return AdminStatus::kPassed;
}

AdminStatus ControlPlane::set_parameter(const SetDriverParameterCommand& command) {
  if (command.type != kParameterMtu) return AdminStatus::kUnimplemented;
  if (command.value < kMinMtu || command.value > options_.mtu) return AdminStatus::kOutOfRange;
  mtu_ = static_cast<std::uint16_t>(command.value);
  for (std::uint32_t id = 0; id < parts_.queues.queues(); ++id) {
    if (RxQueue* queue = parts_.queues.rx(id)) queue->set_max_frame_bytes(max_frame_bytes());
  }
  return AdminStatus::kPassed;
}

AdminStatus ControlPlane::report_stats(const ReportStatsCommand& command) {
  if (command.bytes == 0) {
    parts_.stats_report.detach();
    return AdminStatus::kPassed;
  }
  const StatsReport::Page page{.iova = command.address, .bytes = command.bytes};
  const std::uint64_t now_ns = parts_.clock.now_ns();
  if (!parts_.stats_report.attach(page, command.interval_ms, now_ns)) {
    return AdminStatus::kInvalidArgument;
  }
  parts_.stats_report.write(parts_.queues);
  return AdminStatus::kPassed;
}

AdminStatus ControlPlane::report_nic_timestamp(const ReportNicTimestampCommand& command) {
  const NicTimestampReport report{.timestamp_ns = parts_.clock.now_ns(), .reserved = {}};
  return answer(command.address, command.bytes, std::as_bytes(std::span(&report, 1)));
}

AdminStatus ControlPlane::report_link_speed(const ReportLinkSpeedCommand& command) {
  const Be64 speed = options_.link_speed_mbps;
  return answer(command.address, sizeof speed, std::as_bytes(std::span(&speed, 1)));
}

AdminStatus ControlPlane::get_packet_type_map(const GetPacketTypeMapCommand& command) {
  std::array<std::byte, kPtypeMapBytes> map;
  fill_ptype_map(map);
  return answer(command.address, command.bytes, map);
}

AdminStatus ControlPlane::extended(const ExtendedCommand& command) {
  if (static_cast<AdminOpcode>(std::uint32_t{command.opcode}) != AdminOpcode::kConfigureFlowRule) {
    return AdminStatus::kUnimplemented;
  }
  ConfigureFlowRuleCommand inner;
  if (command.bytes < sizeof inner) return AdminStatus::kInvalidArgument;
  if (!copy_in(command.address, std::as_writable_bytes(std::span(&inner, 1)))) {
    return AdminStatus::kInvalidArgument;
  }
  return configure_flow_rule(inner);
}

std::byte* ControlPlane::writable(std::uint64_t iova, std::uint64_t bytes) const {
  return parts_.memory.translate(iova, bytes, DmaAccess::kWrite);
}

bool ControlPlane::copy_in(std::uint64_t iova, std::span<std::byte> to) const {
  const std::byte* from = parts_.memory.translate(iova, to.size(), DmaAccess::kRead);
  if (from == nullptr) return false;
  std::memcpy(to.data(), from, to.size());
  return true;
}

AdminStatus ControlPlane::answer(std::uint64_t iova, std::uint64_t available_bytes,
                                 std::span<const std::byte> bytes) const {
  if (available_bytes < bytes.size()) return AdminStatus::kInvalidArgument;
  std::byte* to = writable(iova, bytes.size());
  if (to == nullptr) return AdminStatus::kInvalidArgument;
  std::memcpy(to, bytes.data(), bytes.size());
  return AdminStatus::kPassed;
}

}  // namespace nobounce::emulator::gvnic
