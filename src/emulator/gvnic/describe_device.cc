// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/describe_device.h"

#include <algorithm>
#include <cstring>

#include "emulator/gvnic/admin_layout.h"
#include "emulator/gvnic/steering.h"

namespace nobounce::emulator::gvnic {
namespace {

constexpr std::uint32_t kOffered = kFeatureModifyRing | kFeatureJumboFrames | kFeatureBufferSizes |
                                   kFeatureFlowSteering | kFeatureRssConfig | kFeatureNicTimestamp;

/// The options after a descriptor, up to the first for which there is no room.
class OptionWriter {
 public:
  OptionWriter(std::vector<std::byte>& bytes, std::uint64_t available_bytes)
      : bytes_(bytes), available_bytes_(available_bytes) {}

  template <typename Option>
  void put(OptionId id, const Option& option) {
    const OptionHeader header{.id = static_cast<std::uint16_t>(id),
                              .bytes = static_cast<std::uint16_t>(sizeof option),
                              .required_features = 0U};
    const std::size_t at = bytes_.size();
    is_full_ |= sizeof header + sizeof option > available_bytes_ - at;
    if (is_full_) return;
    bytes_.resize(at + sizeof header + sizeof option);
    std::memcpy(bytes_.data() + at, &header, sizeof header);
    std::memcpy(bytes_.data() + at + sizeof header, &option, sizeof option);
    ++count_;
  }

  [[nodiscard]] std::uint16_t count() const { return count_; }

 private:
  std::vector<std::byte>& bytes_;
  std::uint64_t available_bytes_;
  std::uint16_t count_ = 0;
  bool is_full_ = false;
};

/// The queue format first: without it a driver has nothing.
void put_options(OptionWriter& writer, const GvnicOptions& options) {
  writer.put(OptionId::kDqoRda, DqoRdaOption{.features = kOffered,
                                             .tx_completion_entries = kDefaultRingEntries,
                                             .rx_buffer_entries = kDefaultRingEntries});
  writer.put(
      OptionId::kJumboFrames,
      JumboFramesOption{.features = kFeatureJumboFrames, .max_mtu = options.mtu, .reserved = {}});
  writer.put(OptionId::kBufferSizes,
             BufferSizesOption{.features = kFeatureBufferSizes,
                               .packet_buffer_bytes = kOfferedPacketBufferBytes,
                               .header_buffer_bytes = kHeaderBufferBytes});
  writer.put(OptionId::kModifyRing, ModifyRingOption{.features = kFeatureModifyRing,
                                                     .max_rx_entries = kMaxRingEntries,
                                                     .max_tx_entries = kMaxRingEntries,
                                                     .min_rx_entries = kMinRingEntries,
                                                     .min_tx_entries = kMinRingEntries});
  writer.put(OptionId::kFlowSteering,
             FlowSteeringOption{
                 .features = kFeatureFlowSteering, .reserved = 0U, .max_rules = kMaxFlowRules});
  writer.put(OptionId::kRssConfig,
             RssConfigOption{.features = kFeatureRssConfig,
                             .key_bytes = static_cast<std::uint16_t>(kRssKeyBytes),
                             .table_entries = static_cast<std::uint16_t>(kRssTableEntries)});
  writer.put(OptionId::kNicTimestamp, NicTimestampOption{.features = kFeatureNicTimestamp});
}

}  // namespace

std::vector<std::byte> describe_device(const GvnicOptions& options, std::uint64_t available_bytes) {
  DeviceDescriptor descriptor{};
  if (available_bytes < sizeof descriptor) return {};
  std::vector<std::byte> bytes(sizeof descriptor);
  OptionWriter writer(bytes, available_bytes);
  put_options(writer, options);

  descriptor.tx_ring_entries = kDefaultRingEntries;
  descriptor.rx_ring_entries = kDefaultRingEntries;
  descriptor.default_queues = static_cast<std::uint16_t>(options.queues);
  descriptor.mtu = std::min(options.mtu, kPlainMtu);
  // One for each queue: DQO counts in its completion rings, yet the driver allocates the array.
  descriptor.event_counters = static_cast<std::uint16_t>(2 * options.queues);
  descriptor.mac = options.mac;
  descriptor.option_count = writer.count();
  descriptor.total_bytes = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(bytes.data(), &descriptor, sizeof descriptor);
  return bytes;
}

}  // namespace nobounce::emulator::gvnic
