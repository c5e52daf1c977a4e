// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/gvnic.h"

#include <fmt/format.h>

#include <algorithm>

namespace nobounce::emulator::gvnic {

using vfio_user::PciIrq;
using vfio_user::PciRegion;

namespace {

constexpr std::uint64_t kMsixBarBytes = 4096;
constexpr std::uint32_t kMsixPendingBitsOffset = kMsixBarBytes / 2;

std::uint16_t vectors(const GvnicOptions& options) {
  return static_cast<std::uint16_t>(2 * options.queues + 1);
}

Result<vfio_user::PciConfig> make_pci_config(const GvnicOptions& options) {
  vfio_user::PciConfigOptions config{
      .vendor_id = 0x1ae0,
      .device_id = 0x0042,
      .subsystem_vendor_id = 0x1ae0,
      .subsystem_id = 0x0058,
      .class_code = 0x020000,  // Ethernet controller
      .revision = 1,           // from 1 on, the admin queue is found by its address
      .bars = {},
      .msix = vfio_user::PciMsix{.vectors = vectors(options),
                                 .table_bar = vfio_user::kBar1,
                                 .table_offset = 0,
                                 .pba_bar = vfio_user::kBar1,
                                 .pba_offset = kMsixPendingBitsOffset}};
  config.bars[vfio_user::kBar0].size = Registers::kBarBytes;
  config.bars[vfio_user::kBar1].size = kMsixBarBytes;
  config.bars[vfio_user::kBar2].size = DoorbellMap::kBarBytes;
  return vfio_user::PciConfig::create(config);
}

}  // namespace

Result<std::unique_ptr<Gvnic>> Gvnic::create(const GvnicOptions& options,
                                             const GvnicSurroundings& surroundings,
                                             QueueMakers makers) {
  if (options.queues < 1 || options.queues > kMaxQueues) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "make a NIC",
                 .object = fmt::format("{} queues", options.queues),
                 .cause = "a NIC has some in each direction, and no more than the model",
                 .fix = fmt::format("ask for 1 to {}", kMaxQueues)});
  }
  if (options.mtu < kMinMtu || options.mtu > kMaxMtu) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "make a NIC",
                 .object = fmt::format("MTU {}", options.mtu),
                 .cause = "IPv4 needs some, and the NIC carries no more",
                 .fix = fmt::format("ask for {} to {}", kMinMtu, kMaxMtu)});
  }
  NB_ASSIGN(auto config, make_pci_config(options));
  std::unique_ptr<Gvnic> nic(new Gvnic(options, config, surroundings, std::move(makers)));
  if (options.doorbells == Doorbells::kPolled) {
    NB_ASSIGN(nic->mapped_doorbells_, MappedDoorbells::create());
  }
  return nic;
}

Gvnic::Gvnic(const GvnicOptions& options, const vfio_user::PciConfig& config,
             const GvnicSurroundings& surroundings, QueueMakers makers)
    : options_(options),
      wire_(surroundings.wire),
      clock_(surroundings.clock),
      arrival_clock_(surroundings.clock),
      config_(config),
      registers_(options.queues, options.queues),
      interrupts_(surroundings.clock, options.interrupt_moderation),
      queues_(options.queues, with_restarted_doorbells(std::move(makers)), surroundings.memory),
      stats_report_(surroundings.memory),
      control_plane_(options, {.memory = surroundings.memory,
                               .queues = queues_,
                               .steering = steering_,
                               .interrupts = interrupts_,
                               .stats_report = stats_report_,
                               .clock = surroundings.clock}),
      admin_queue_(surroundings.memory) {}

std::uint64_t Gvnic::region_size(PciRegion region) const {
  switch (region) {
    case vfio_user::kBar0:
      return Registers::kBarBytes;
    case vfio_user::kBar1:
      return kMsixBarBytes;
    case vfio_user::kBar2:
      return DoorbellMap::kBarBytes;
    case vfio_user::kConfigSpace:
      return vfio_user::PciConfig::kSize;
    default:
      return 0;
  }
}

std::uint32_t Gvnic::irq_count(PciIrq irq) const {
  if (irq == vfio_user::kMsix) return vectors(options_);
  // QEMU wants to be told of uncorrectable errors, and warns where it can't be. There are none.
  return irq == vfio_user::kErr ? 1 : 0;
}

std::optional<vfio_user::MappableRegion> Gvnic::mapping(PciRegion region) const {
  if (region != vfio_user::kBar2 || !mapped_doorbells_) return std::nullopt;
  return mapped_doorbells_->mapping();
}

Status Gvnic::read(PciRegion region, std::uint64_t offset, std::span<std::byte> to) {
  if (region == vfio_user::kConfigSpace) return config_.read(offset, to);
  if (region == vfio_user::kBar0) {
    registers_.read(offset, to);
  } else {
    // Doorbells read 0, and so does the vector table, which the client keeps.
    std::ranges::fill(to, std::byte{0});
  }
  return {};
}

Status Gvnic::write(PciRegion region, std::uint64_t offset, std::span<const std::byte> from) {
  if (region == vfio_user::kConfigSpace) return config_.write(offset, from);
  if (region == vfio_user::kBar0) write_registers(offset, from);
  if (region == vfio_user::kBar2) write_doorbell(offset, from);
  return {};
}

void Gvnic::set_irq(PciIrq irq, std::uint32_t vector, sys::Fd eventfd) {
  if (irq == vfio_user::kMsix) interrupts_.set_eventfd(vector, std::move(eventfd));
}

void Gvnic::reset() {
  forget_driver();
  registers_ = Registers(options_.queues, options_.queues);
  registers_.set_status_bits(Registers::kLinkUp, link_up_ && has_cable_);
  config_.reset();
  if (mapped_doorbells_) mapped_doorbells_->restart_all();
  ++resets_;
}

bool Gvnic::run() {
  admin_budget_ = kAdminBudgetCommands;
  if (mapped_doorbells_) poll_doorbells();
  if (!config_.bus_master_enabled()) return false;
  process_admin_queue();
  const bool commands_left = admin_budget_ == 0;
  bool packets_left = send();
  for (std::uint32_t id = 0; id < queues_.queues(); ++id) {
    if (RxQueue* queue = queues_.rx(id)) {
      queue->drain_backlog();
      packets_left |= queue->end_turn();
    }
  }
  end_batch();
  interrupts_.fire_due();
  if (stats_report_.is_attached()) {
    stats_report_.write_if_due(queues_, clock_.now_ns());
  }
  return commands_left || packets_left;
}

/// One turn for each transmit queue; true if a budget was not enough. The next round starts behind
/// the first queue that had something to send in this one: where the wire is what is scarce, all of
/// them come to it in turn.
bool Gvnic::send() {
  net::FrameSink& sink = has_cable_ ? wire_ : loose_end_;
  const std::uint32_t first = first_tx_;
  bool has_sent = false;
  bool work_left = false;
  for (std::uint32_t turn = 0; turn < queues_.queues(); ++turn) {
    const std::uint32_t id = (first + turn) % queues_.queues();
    TxQueue* const queue = queues_.tx(id);
    if (queue == nullptr) continue;
    const std::uint64_t sent_before = queue->statistics().packets;
    work_left |= queue->process(kTxBudgetSegments, sink) == TxQueue::Outcome::kBudgetSpent;
    if (!has_sent && queue->statistics().packets != sent_before) {
      has_sent = true;
      first_tx_ = (id + 1) % queues_.queues();
    }
  }
  return work_left;
}

void Gvnic::accept(const net::Frame& frame) {
  if (!has_cable_) {
    ++not_received_no_cable_;
    return;
  }
  if (!config_.bus_master_enabled()) {
    ++dropped_no_bus_master_;
    return;
  }
  const Steered steered = steering_.steer(frame);
  RxQueue* queue = queues_.rx(steered.queue);
  if (queue == nullptr) {
    ++dropped_no_queue_;
    return;
  }
  queue->deliver(frame, {.rss_hash = steered.rss_hash, .time_ns = arrival_clock_.frame_ns()});
}

void Gvnic::end_batch() {
  arrival_clock_.end_burst();
  bool faulted = false;
  has_open_packets_ = false;
  for (std::uint32_t id = 0; id < queues_.queues(); ++id) {
    if (TxQueue* queue = queues_.tx(id)) {
      if (queue->take_interrupt_request()) interrupts_.raise(queue->config().notify_block);
      faulted |= queue->faulted();
    }
    if (RxQueue* queue = queues_.rx(id)) {
      if (queue->take_interrupt_request()) interrupts_.raise(queue->config().notify_block);
      faulted |= queue->faulted();
      has_open_packets_ |= queue->has_open_packets();
    }
  }
  if (faulted) want_reset();
}

void Gvnic::set_link_up(bool up) {
  link_up_ = up;
  update_link();
}

void Gvnic::set_cable(bool in) {
  has_cable_ = in;
  update_link();
}

void Gvnic::update_link() {
  const bool up = link_up_ && has_cable_;
  const bool was_up = (registers_.get(Registers::kDeviceStatus) & Registers::kLinkUp) != 0;
  if (up == was_up) return;
  registers_.set_status_bits(Registers::kLinkUp, up);
  interrupts_.raise_management();
}

std::optional<std::uint64_t> Gvnic::due_ns() const {
  if (!config_.bus_master_enabled()) return std::nullopt;
  if (has_open_packets_) return clock_.now_ns();
  const std::optional<std::uint64_t> interrupt = interrupts_.due_ns();
  const std::optional<std::uint64_t> report = stats_report_.due_ns();
  if (interrupt && report) return std::min(*interrupt, *report);
  return interrupt ? interrupt : report;
}

GvnicStatistics Gvnic::statistics() const {
  GvnicStatistics statistics;
  statistics.tx = queues_.tx_statistics();
  statistics.rx = queues_.rx_statistics();
  for (std::uint32_t id = 0; id < queues_.queues(); ++id) {
    statistics.tx_queues.push_back(queues_.tx_statistics(id));
    statistics.rx_queues.push_back(queues_.rx_statistics(id));
  }
  statistics.dropped_no_queue = dropped_no_queue_;
  statistics.dropped_no_bus_master = dropped_no_bus_master_;
  statistics.dropped_no_cable = not_received_no_cable_ + loose_end_.frames;
  statistics.interrupts = interrupts_.statistics();
  statistics.commands = control_plane_.statistics();
  statistics.malformed_commands = statistics.commands.refused() + malformed_admin_queues_;
  statistics.resets_wanted = resets_wanted_;
  statistics.resets = resets_;
  return statistics;
}

void Gvnic::write_registers(std::uint64_t offset, std::span<const std::byte> from) {
  const Registers::Written written = registers_.write(offset, from);
  if (written.driver_status) obey_driver_status();
  if (written.admin_pfn && registers_.get(Registers::kAdminPfn) == 0) reset_for_driver();
  if (written.admin_doorbell) process_admin_queue();
}

void Gvnic::write_doorbell(std::uint64_t offset, std::span<const std::byte> from) {
  if (from.size() != sizeof(std::uint32_t) || offset % sizeof(std::uint32_t) != 0) return;
  const auto value = load_le<std::uint32_t>(from.data());
  const auto [kind, id] = DoorbellMap::target_of(offset / sizeof(std::uint32_t));
  switch (kind) {
    case DoorbellMap::Kind::kIrq:
      interrupts_.ring_doorbell(id, value);
      break;
    case DoorbellMap::Kind::kTx:
      if (TxQueue* queue = queues_.tx(id)) queue->ring_doorbell(value);
      break;
    case DoorbellMap::Kind::kRx:
      if (RxQueue* queue = queues_.rx(id)) queue->ring_doorbell(value);
      break;
    case DoorbellMap::Kind::kNone:
      break;
  }
}

void Gvnic::poll_doorbells() {
  const auto found = [this](const std::optional<std::uint32_t>& value) {
    doorbells_found_ += value ? 1 : 0;
    return value.has_value();
  };
  for (std::uint32_t id = 0; id < queues_.queues(); ++id) {
    if (TxQueue* queue = queues_.tx(id)) {
      const auto position = mapped_doorbells_->take_position(DoorbellMap::kTxBase + id);
      if (found(position)) queue->ring_doorbell(*position);
    }
    if (RxQueue* queue = queues_.rx(id)) {
      const auto position = mapped_doorbells_->take_position(DoorbellMap::kRxBase + id);
      if (found(position)) queue->ring_doorbell(*position);
    }
  }
  for (std::uint32_t block = 0; block < interrupts_.blocks(); ++block) {
    const auto command = mapped_doorbells_->take_command(DoorbellMap::kIrqBase + block);
    if (found(command)) interrupts_.ring_doorbell(block, *command);
  }
}

// A new queue begins at position 0 before its driver learns that it exists, and so before the
// driver can ring it.
QueueMakers Gvnic::with_restarted_doorbells(QueueMakers makers) {
  return {.tx =
              [this, make = std::move(makers.tx)](const TxQueueConfig& config, const auto& memory) {
                if (mapped_doorbells_) mapped_doorbells_->restart(DoorbellMap::kTxBase + config.id);
                return make(config, memory);
              },
          .rx =
              [this, make = std::move(makers.rx)](
                  const RxQueueConfig& config, std::uint32_t max_frame_bytes, const auto& memory) {
                if (mapped_doorbells_) mapped_doorbells_->restart(DoorbellMap::kRxBase + config.id);
                return make(config, max_frame_bytes, memory);
              }};
}

void Gvnic::obey_driver_status() {
  const std::uint32_t status = registers_.get(Registers::kDriverStatus);
  if ((status & Registers::kReset) != 0) {
    reset_for_driver();
  } else if ((status & Registers::kRun) != 0) {
    start();
  }
}

void Gvnic::reset_for_driver() {
  forget_driver();
  registers_.set(Registers::kAdminPfn, 0);
  registers_.set_status_bits(Registers::kIsReset, true);
  ++resets_;
}

void Gvnic::start() {
  // Also for a driver that finds the NIC running, left so by a kernel that died.
  forget_driver();
  registers_.set_status_bits(Registers::kIsReset, false);
  if (!admin_queue_.start(registers_.admin_base(), registers_.admin_bytes())) {
    ++malformed_admin_queues_;
  }
}

void Gvnic::process_admin_queue() {
  if (!admin_queue_.is_running() || !config_.bus_master_enabled()) return;
  if (!admin_queue_.process(registers_.get(Registers::kAdminDoorbell), admin_budget_,
                            control_plane_)) {
    ++malformed_admin_queues_;
    want_reset();
  }
  registers_.set(Registers::kAdminEventCounter, admin_queue_.completed());
}

void Gvnic::forget_driver() {
  admin_queue_.stop();
  control_plane_.reset();
  registers_.set(Registers::kAdminDoorbell, 0);
  registers_.set(Registers::kAdminEventCounter, 0);
  registers_.set_status_bits(Registers::kResetWanted, false);
  reset_wanted_ = false;
  has_open_packets_ = false;
}

void Gvnic::want_reset() {
  if (reset_wanted_) return;
  reset_wanted_ = true;
  ++resets_wanted_;
  registers_.set_status_bits(Registers::kResetWanted, true);
  interrupts_.raise_management();
}

}  // namespace nobounce::emulator::gvnic
