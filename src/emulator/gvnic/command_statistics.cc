// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/command_statistics.h"

namespace nobounce::emulator::gvnic {
namespace {

constexpr AdminOpcode kUnknown{};
constexpr std::string_view kUnknownName = "unknown";

}  // namespace

std::string_view name_of(AdminOpcode opcode) {
  switch (opcode) {
    case AdminOpcode::kDescribeDevice:
      return "describe_device";
    case AdminOpcode::kConfigureResources:
      return "configure_device_resources";
    case AdminOpcode::kRegisterPageList:
      return "register_page_list";
    case AdminOpcode::kUnregisterPageList:
      return "unregister_page_list";
    case AdminOpcode::kCreateTxQueue:
      return "create_tx_queue";
    case AdminOpcode::kCreateRxQueue:
      return "create_rx_queue";
    case AdminOpcode::kDestroyTxQueue:
      return "destroy_tx_queue";
    case AdminOpcode::kDestroyRxQueue:
      return "destroy_rx_queue";
    case AdminOpcode::kDeconfigureResources:
      return "deconfigure_device_resources";
    case AdminOpcode::kConfigureRss:
      return "configure_rss";
    case AdminOpcode::kSetDriverParameter:
      return "set_driver_parameter";
    case AdminOpcode::kReportStats:
      return "report_stats";
    case AdminOpcode::kReportLinkSpeed:
      return "report_link_speed";
    case AdminOpcode::kGetPacketTypeMap:
      return "get_ptype_map";
    case AdminOpcode::kVerifyDriverCompatibility:
      return "verify_driver_compatibility";
    case AdminOpcode::kQueryFlowRules:
      return "query_flow_rules";
    case AdminOpcode::kReportNicTimestamp:
      return "report_nic_timestamp";
    case AdminOpcode::kQueryRss:
      return "query_rss";
    case AdminOpcode::kExtended:
      return "extended_command";
    case AdminOpcode::kConfigureFlowRule:
      return "configure_flow_rule";
  }
  return kUnknownName;
}

void CommandStatistics::count(AdminOpcode opcode, AdminStatus status) {
  Counts& counts = by_opcode_[name_of(opcode) == kUnknownName ? kUnknown : opcode];
  ++(status == AdminStatus::kPassed ? counts.passed : counts.refused);
}

std::uint64_t CommandStatistics::passed() const {
  std::uint64_t sum = 0;
  for (const auto& [opcode, counts] : by_opcode_)
    sum += counts.passed;
  return sum;
}

std::uint64_t CommandStatistics::refused() const {
  std::uint64_t sum = 0;
  for (const auto& [opcode, counts] : by_opcode_)
    sum += counts.refused;
  return sum;
}

}  // namespace nobounce::emulator::gvnic
