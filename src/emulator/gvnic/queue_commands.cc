// SPDX-License-Identifier: Apache-2.0
// The admin commands that create and destroy queues, one by one, while others live.
#include <bit>

#include "emulator/gvnic/control_plane.h"

namespace nobounce::emulator::gvnic {
namespace {

bool is_ring_size(std::uint32_t entries, std::uint32_t most = kMaxRingEntries) {
  return std::has_single_bit(entries) && entries >= kMinRingEntries && entries <= most;
}

bool is_packet_buffer_size(std::uint32_t bytes) {
  return bytes >= kMinPacketBufferBytes && bytes <= kMaxPacketBufferBytes &&
         bytes % kPacketBufferGranuleBytes == 0;
}

bool is_header_buffer_size(std::uint32_t bytes) {
  return bytes == 0 || (bytes >= kMinHeaderBufferBytes && bytes <= kHeaderBufferBytes);
}

bool is_raw_addressing(std::uint32_t page_list) {
  return page_list == kNoPageList || page_list == kUnsetPageList;
}

AdminStatus status_of(const Status& result) {
  if (result) return AdminStatus::kPassed;
  switch (result.error().code) {
    case Code::kBusy:
      return AdminStatus::kAlreadyExists;
    case Code::kNotFound:
      return AdminStatus::kNotFound;
    case Code::kExhausted:
      return AdminStatus::kResourceExhausted;
    default:
      return AdminStatus::kInvalidArgument;
  }
}

void tell_doorbell(std::byte* resources, std::uint32_t doorbell_index,
                   std::uint32_t counter_index) {
  const QueueResources told{.doorbell_index = doorbell_index, .counter_index = counter_index};
  std::memcpy(resources, &told, sizeof told);
}

}  // namespace

AdminStatus ControlPlane::create_tx_queue(const CreateTxQueueCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  const TxQueueConfig config{.id = command.id,
                             .descriptor_ring_iova = command.descriptor_ring,
                             .completion_ring_iova = command.completion_ring,
                             .descriptor_entries = command.descriptor_entries,
                             .completion_entries = command.completion_entries,
                             .notify_block = command.notify_block};
  if (!is_raw_addressing(command.page_list) || config.notify_block >= parts_.interrupts.blocks() ||
      !is_ring_size(config.descriptor_entries) ||
      !is_ring_size(config.completion_entries, kMaxTxCompletionEntries)) {
    return AdminStatus::kInvalidArgument;
  }
  std::byte* resources = writable(command.queue_resources, kQueueResourcesBytes);
  if (resources == nullptr) return AdminStatus::kInvalidArgument;
  const AdminStatus status = status_of(parts_.queues.create_tx(config));
  if (status != AdminStatus::kPassed) return status;
  tell_doorbell(resources, DoorbellMap::kTxBase + config.id, config.id);
  return status;
}

AdminStatus ControlPlane::create_rx_queue(const CreateRxQueueCommand& command) {
  if (!configured_) return AdminStatus::kFailedPrecondition;
  const RxQueueConfig config{.id = command.id,
                             .completion_ring_iova = command.completion_ring,
                             .buffer_ring_iova = command.buffer_ring,
                             .completion_entries = command.completion_entries,
                             .buffer_entries = command.buffer_entries,
                             .notify_block = command.notify_block,
                             .packet_buffer_bytes = command.packet_buffer_bytes,
                             .header_buffer_bytes = command.header_buffer_bytes,
                             .rsc = command.rsc != 0};
  const bool buffers_fit = is_packet_buffer_size(config.packet_buffer_bytes) &&
                           is_header_buffer_size(config.header_buffer_bytes);
  if (!is_raw_addressing(command.page_list) || config.notify_block >= parts_.interrupts.blocks() ||
      !is_ring_size(config.completion_entries) || !is_ring_size(config.buffer_entries) ||
      config.completion_entries < config.buffer_entries || !buffers_fit) {
    return AdminStatus::kInvalidArgument;
  }
  std::byte* resources = writable(command.queue_resources, kQueueResourcesBytes);
  if (resources == nullptr) return AdminStatus::kInvalidArgument;
  const AdminStatus status = status_of(parts_.queues.create_rx(config, max_frame_bytes()));
  if (status != AdminStatus::kPassed) return status;
  tell_doorbell(resources, DoorbellMap::kRxBase + config.id, options_.queues + config.id);
  rx_queues_changed();
  return status;
}

AdminStatus ControlPlane::destroy_tx_queue(const DestroyQueueCommand& command) {
  return status_of(parts_.queues.destroy_tx(command.id));
}

AdminStatus ControlPlane::destroy_rx_queue(const DestroyQueueCommand& command) {
  const AdminStatus status = status_of(parts_.queues.destroy_rx(command.id));
  if (status == AdminStatus::kPassed) rx_queues_changed();
  return status;
}

void ControlPlane::rx_queues_changed() {
  spread_by_default();
  parts_.stats_report.write(parts_.queues);
}

}  // namespace nobounce::emulator::gvnic
