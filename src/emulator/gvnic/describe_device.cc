// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/describe_device.h"

#include <algorithm>
#include <cstring>

#include "emulator/gvnic/admin_layout.h"
#include "emulator/gvnic/steering.h"

namespace nobounce::emulator::gvnic {
namespace {

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <typename Option>
void append_option(std::vector<std::byte>& bytes, OptionId id, const Option& option) {
  append(bytes, OptionHeader{.id = static_cast<std::uint16_t>(id),
                             .bytes = static_cast<std::uint16_t>(sizeof option),
                             .required_features = 0U});
  append(bytes, option);
}

constexpr std::uint16_t kOptionCount = 6;

void append_options(std::vector<std::byte>& bytes, const GvnicOptions& options) {
  constexpr std::uint32_t kOffered = kFeatureModifyRing | kFeatureJumboFrames |
                                     kFeatureBufferSizes | kFeatureFlowSteering | kFeatureRssConfig;
  append_option(bytes, OptionId::kDqoRda, DqoRdaOption{.features = kOffered, .reserved = 0U});
  append_option(bytes, OptionId::kModifyRing,
                ModifyRingOption{.features = kFeatureModifyRing,
                                 .max_rx_entries = kMaxRingEntries,
                                 .max_tx_entries = kMaxRingEntries,
                                 .min_rx_entries = kMinRingEntries,
                                 .min_tx_entries = kMinRingEntries});
  append_option(
      bytes, OptionId::kJumboFrames,
      JumboFramesOption{.features = kFeatureJumboFrames, .max_mtu = options.mtu, .reserved = {}});
  append_option(bytes, OptionId::kBufferSizes,
                BufferSizesOption{.features = kFeatureBufferSizes,
                                  .packet_buffer_bytes = kPacketBufferBytes,
                                  .header_buffer_bytes = kHeaderBufferBytes});
  append_option(bytes, OptionId::kFlowSteering,
                FlowSteeringOption{
                    .features = kFeatureFlowSteering, .reserved = 0U, .max_rules = kMaxFlowRules});
  append_option(bytes, OptionId::kRssConfig,
                RssConfigOption{.features = kFeatureRssConfig,
                                .key_bytes = static_cast<std::uint16_t>(kRssKeyBytes),
                                .table_entries = static_cast<std::uint16_t>(kRssTableEntries)});
}

}  // namespace

std::vector<std::byte> describe_device(const GvnicOptions& options) {
  DeviceDescriptor descriptor{};
  descriptor.tx_ring_entries = kDefaultRingEntries;
  descriptor.rx_ring_entries = kDefaultRingEntries;
  descriptor.default_queues = static_cast<std::uint16_t>(options.queues);
  descriptor.mtu = std::min(options.mtu, kPlainMtu);
  // One for each queue: DQO counts in its completion rings, yet the driver allocates the array.
  descriptor.event_counters = static_cast<std::uint16_t>(2 * options.queues);
  descriptor.mac = options.mac;
  descriptor.option_count = kOptionCount;

  std::vector<std::byte> bytes(sizeof descriptor);
  append_options(bytes, options);
  descriptor.total_bytes = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(bytes.data(), &descriptor, sizeof descriptor);
  return bytes;
}

}  // namespace nobounce::emulator::gvnic
