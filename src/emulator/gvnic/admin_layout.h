// SPDX-License-Identifier: Apache-2.0
// The admin queue as it lies in guest memory: commands, what they point to, and what is answered.
// Layouts only; what they mean is in control_plane.h. Integers are big-endian.
// Source: gve_adminq.h of the Linux kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/bytes.h"

namespace nobounce::emulator::gvnic {

enum class AdminOpcode : std::uint32_t {
  kDescribeDevice = 0x01,
  kConfigureResources = 0x02,
  kRegisterPageList = 0x03,
  kUnregisterPageList = 0x04,
  kCreateTxQueue = 0x05,
  kCreateRxQueue = 0x06,
  kDestroyTxQueue = 0x07,
  kDestroyRxQueue = 0x08,
  kDeconfigureResources = 0x09,
  kConfigureRss = 0x0a,
  kSetDriverParameter = 0x0b,
  kReportStats = 0x0c,
  kReportLinkSpeed = 0x0d,
  kGetPacketTypeMap = 0x0e,
  kVerifyDriverCompatibility = 0x0f,
  kQueryFlowRules = 0x10,
  kReportNicTimestamp = 0x11,
  kQueryRss = 0x12,
  kExtended = 0xff,
  kConfigureFlowRule = 0x101,  ///< Only within kExtended.
};

/// What the device writes into a command's status.
enum class AdminStatus : std::uint32_t {
  kUnset = 0,
  kPassed = 1,
  kAlreadyExists = 0xfffffff1,
  kFailedPrecondition = 0xfffffff5,
  kInvalidArgument = 0xfffffff7,
  kNotFound = 0xfffffff8,
  kOutOfRange = 0xfffffff9,
  kResourceExhausted = 0xfffffffc,
  kUnimplemented = 0xfffffffe,
};

inline constexpr std::uint32_t kAdminCommandBytes = 64;
inline constexpr std::size_t kAdminStatusOffset = 4;

struct AdminCommand {
  Be32 opcode;
  Be32 status;
  std::array<std::byte, 56> body;

  template <typename T>
  [[nodiscard]] T as() const {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(body));
    T value;
    std::memcpy(&value, body.data(), sizeof value);
    return value;
  }
};
static_assert(sizeof(AdminCommand) == kAdminCommandBytes);

/// Raw DMA addressing: the only "page list" that a DQO-RDA queue may name.
inline constexpr std::uint32_t kNoPageList = 0xffffffff;
/// What drivers before Linux 6.6, and DPDK's, leave in its place.
inline constexpr std::uint32_t kUnsetPageList = 0;

struct DescribeDeviceCommand {
  Be64 address;
  Be32 version;
  Be32 available_bytes;
};
static_assert(sizeof(DescribeDeviceCommand) == 16);

inline constexpr std::uint32_t kDescriptorVersion = 1;

struct DeviceDescriptor {
  Be64 max_registered_pages;
  Be16 reserved;
  Be16 tx_ring_entries;
  Be16 rx_ring_entries;
  Be16 default_queues;
  Be16 mtu;  ///< For drivers that don't know the jumbo option.
  Be16 event_counters;
  Be16 tx_pages_per_list;
  Be16 rx_pages_per_list;
  std::array<std::uint8_t, 6> mac;
  Be16 option_count;
  Be16 total_bytes;
  std::array<std::uint8_t, 6> reserved_end;
};
static_assert(sizeof(DeviceDescriptor) == 40);

enum class OptionId : std::uint16_t {
  kDqoRda = 0x04,
  kModifyRing = 0x06,
  kJumboFrames = 0x08,
  kBufferSizes = 0x0a,
  kFlowSteering = 0x0b,
  kNicTimestamp = 0x0d,
  kRssConfig = 0x0e,
};

/// Bits of the feature masks: that of DQO-RDA says which of the other options count.
enum Feature : std::uint32_t {
  kFeatureModifyRing = 1U << 0,
  kFeatureJumboFrames = 1U << 2,
  kFeatureBufferSizes = 1U << 4,
  kFeatureFlowSteering = 1U << 5,
  kFeatureRssConfig = 1U << 7,
  kFeatureNicTimestamp = 1U << 8,
};

struct OptionHeader {
  Be16 id;
  Be16 bytes;  ///< Of what follows the header.
  Be32 required_features;
};
static_assert(sizeof(OptionHeader) == 8);

struct DqoRdaOption {
  Be32 features;
  /// Reserved since Linux 6.9; drivers before it, and DPDK's, make their completion rings and
  /// buffer rings of these sizes.
  Be16 tx_completion_entries;
  Be16 rx_buffer_entries;
};
static_assert(sizeof(DqoRdaOption) == 8);

struct ModifyRingOption {
  Be32 features;
  Be16 max_rx_entries;
  Be16 max_tx_entries;
  Be16 min_rx_entries;
  Be16 min_tx_entries;
};
static_assert(sizeof(ModifyRingOption) == 12);

struct JumboFramesOption {
  Be32 features;
  Be16 max_mtu;
  Be16 reserved;
};
static_assert(sizeof(JumboFramesOption) == 8);

struct BufferSizesOption {
  Be32 features;
  Be16 packet_buffer_bytes;
  Be16 header_buffer_bytes;
};
static_assert(sizeof(BufferSizesOption) == 8);

struct FlowSteeringOption {
  Be32 features;
  Be32 reserved;
  Be32 max_rules;
};
static_assert(sizeof(FlowSteeringOption) == 12);

struct RssConfigOption {
  Be32 features;
  Be16 key_bytes;
  Be16 table_entries;
};
static_assert(sizeof(RssConfigOption) == 8);

struct NicTimestampOption {
  Be32 features;
};
static_assert(sizeof(NicTimestampOption) == 4);

inline constexpr std::uint8_t kQueueFormatDqoRda = 3;

struct ConfigureResourcesCommand {
  Be64 counter_array;
  Be64 irq_doorbell_array;
  Be32 counters;
  Be32 irq_doorbells;
  Be32 irq_doorbell_stride;
  Be32 first_block_vector;
  std::uint8_t queue_format;
  std::array<std::uint8_t, 7> reserved;
};
static_assert(sizeof(ConfigureResourcesCommand) == 40);

struct CreateTxQueueCommand {
  Be32 id;
  Be32 reserved;
  Be64 queue_resources;
  Be64 descriptor_ring;
  Be32 page_list;
  Be32 notify_block;
  Be64 completion_ring;
  Be16 descriptor_entries;
  Be16 completion_entries;
  Be32 reserved_end;
};
static_assert(sizeof(CreateTxQueueCommand) == 48);

struct CreateRxQueueCommand {
  Be32 id;
  Be32 index;
  Be32 reserved;
  Be32 notify_block;
  Be64 queue_resources;
  Be64 completion_ring;
  Be64 buffer_ring;
  Be32 page_list;
  Be16 completion_entries;
  Be16 packet_buffer_bytes;
  Be16 buffer_entries;
  std::uint8_t rsc;
  std::uint8_t reserved_rsc;
  Be16 header_buffer_bytes;
  Be16 reserved_end;
};
static_assert(sizeof(CreateRxQueueCommand) == 56);

/// Where the device tells the driver a new queue's doorbell; the driver reserves 64 bytes.
struct QueueResources {
  Be32 doorbell_index;
  Be32 counter_index;
};
static_assert(sizeof(QueueResources) == 8);
inline constexpr std::size_t kQueueResourcesBytes = 64;

struct DestroyQueueCommand {
  Be32 id;
};
static_assert(sizeof(DestroyQueueCommand) == 4);

inline constexpr std::uint32_t kParameterMtu = 1;

struct SetDriverParameterCommand {
  Be32 type;
  Be32 reserved;
  Be64 value;
};
static_assert(sizeof(SetDriverParameterCommand) == 16);

struct ReportStatsCommand {
  Be64 bytes;
  Be64 address;
  Be64 interval_ms;
};
static_assert(sizeof(ReportStatsCommand) == 24);

enum class StatName : std::uint32_t {
  kRxQueueDrops = 65,
  kRxNoBuffersPosted = 66,
  kRxDropsOverMru = 67,
  kRxDropsInvalidChecksum = 68,
};

struct StatEntry {
  Be32 name;
  Be32 queue;
  Be64 value;
};
static_assert(sizeof(StatEntry) == 16);
inline constexpr std::size_t kStatsReportHeaderBytes = 8;  ///< The driver's own write counter.

struct ReportLinkSpeedCommand {
  Be64 address;
};
static_assert(sizeof(ReportLinkSpeedCommand) == 8);

struct ReportNicTimestampCommand {
  Be64 bytes;
  Be64 address;
};
static_assert(sizeof(ReportNicTimestampCommand) == 16);

struct NicTimestampReport {
  Be64 timestamp_ns;
  std::array<Be64, 4> reserved;
};
static_assert(sizeof(NicTimestampReport) == 40);

struct GetPacketTypeMapCommand {
  Be64 bytes;
  Be64 address;
};
static_assert(sizeof(GetPacketTypeMapCommand) == 16);

struct VerifyDriverCompatibilityCommand {
  Be64 bytes;
  Be64 address;
};
static_assert(sizeof(VerifyDriverCompatibilityCommand) == 16);

struct DriverInfo {
  std::uint8_t os_type;
  std::array<std::uint8_t, 3> driver_version;
  std::array<Be32, 3> os_version;
  std::array<Be64, 4> capabilities;
  std::array<std::array<std::uint8_t, 128>, 2> os_version_text;
};
static_assert(sizeof(DriverInfo) == 304);
inline constexpr std::uint64_t kCapabilityDqoRda = 1ULL << 3;  ///< In the first word.

struct ConfigureRssCommand {
  Be16 hash_types;
  std::uint8_t algorithm;
  std::uint8_t reserved;
  Be16 key_bytes;      ///< 0: the key stays.
  Be16 table_entries;  ///< 0: the table stays.
  Be64 key;
  Be64 table;  ///< Be32 each.
};
static_assert(sizeof(ConfigureRssCommand) == 24);

inline constexpr std::uint8_t kRssToeplitz = 1;

struct QueryRssCommand {
  Be64 available_bytes;
  Be64 address;
};
static_assert(sizeof(QueryRssCommand) == 16);

/// The key and the table (Be32 each) follow it.
struct RssDescriptor {
  Be32 total_bytes;
  Be16 hash_types;
  std::uint8_t algorithm;
  std::uint8_t reserved;
};
static_assert(sizeof(RssDescriptor) == 8);

struct ExtendedCommand {
  Be32 opcode;
  Be32 bytes;
  Be64 address;
};
static_assert(sizeof(ExtendedCommand) == 16);

struct FlowSpec {
  std::array<std::byte, 16> source_address;  ///< In network order; IPv4 in the first 4 bytes.
  std::array<std::byte, 16> destination_address;
  std::array<std::byte, 4> ports_or_spi;  ///< Source and destination port, or the SPI.
  std::uint8_t tos;
  std::array<std::uint8_t, 3> reserved;
};
static_assert(sizeof(FlowSpec) == 40);

/// TCP, UDP, SCTP, AH and ESP, in this order, over IPv4 and then over IPv6.
inline constexpr std::uint16_t kFlowProtocols = 5;
inline constexpr std::uint16_t kFlowTypes = 2 * kFlowProtocols;

struct FlowRuleLayout {
  Be16 flow_type;
  Be16 queue;
  FlowSpec key;
  FlowSpec mask;
};
static_assert(sizeof(FlowRuleLayout) == 84);

enum class FlowRuleChange : std::uint16_t { kAdd = 0, kDelete = 1, kReset = 2 };

struct ConfigureFlowRuleCommand {
  Be16 change;
  Be16 reserved;
  FlowRuleLayout rule;
  Be32 location;
};
static_assert(sizeof(ConfigureFlowRuleCommand) == 92);

enum class FlowRuleQuery : std::uint16_t { kRules = 0, kLocations = 1, kCounts = 2 };

struct QueryFlowRulesCommand {
  Be16 query;
  Be16 reserved;
  Be32 first_location;
  Be64 available_bytes;
  Be64 address;
};
static_assert(sizeof(QueryFlowRulesCommand) == 24);

/// Rules (QueriedFlowRule each) or locations (Be32 each) follow it.
struct FlowRulesDescriptor {
  Be32 rules;
  Be32 max_rules;
  Be32 returned_rules;
  Be32 total_bytes;
};
static_assert(sizeof(FlowRulesDescriptor) == 16);

struct QueriedFlowRule {
  Be32 location;
  FlowRuleLayout rule;
};
static_assert(sizeof(QueriedFlowRule) == 88);

}  // namespace nobounce::emulator::gvnic
