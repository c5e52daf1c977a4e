// SPDX-License-Identifier: Apache-2.0
// DriverDouble: plays a driver's side of the control plane against a Gvnic, by register writes and
// guest memory alone. Its queues are fakes, so that only the control plane is under test.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "emulator/gvnic/admin_layout.h"
#include "emulator/gvnic/gvnic.h"
#include "emulator/gvnic/registers.h"
#include "manual_clock.h"

namespace nobounce::emulator::gvnic::control_double {

class FakeTxQueue final : public TxQueue {
 public:
  explicit FakeTxQueue(const TxQueueConfig& config) : config_(config) {}

  void ring_doorbell(std::uint32_t tail) override { doorbells.push_back(tail); }
  Outcome process(std::uint32_t segment_budget, net::FrameSink& sink) override {
    if (faulted_flag) return Outcome::kFaulted;
    for (; packets_to_send != 0 && segment_budget != 0; --segment_budget) {
      if (!sink.is_ready()) return Outcome::kWireBusy;
      net::Frame frame;
      frame.tx_queue = static_cast<std::uint8_t>(config_.id);
      sink.accept(frame);
      --packets_to_send;
      ++counted.packets;
      interrupt_requested = true;
    }
    return packets_to_send == 0 ? Outcome::kIdle : Outcome::kBudgetSpent;
  }
  bool take_interrupt_request() override { return std::exchange(interrupt_requested, false); }
  [[nodiscard]] bool faulted() const override { return faulted_flag; }
  [[nodiscard]] const TxQueueConfig& config() const override { return config_; }
  [[nodiscard]] const TxStatistics& statistics() const override { return counted; }

  std::vector<std::uint32_t> doorbells;
  std::uint32_t packets_to_send = 0;
  bool interrupt_requested = false;
  bool faulted_flag = false;
  TxStatistics counted;

 private:
  TxQueueConfig config_;
};

class FakeRxQueue final : public RxQueue {
 public:
  FakeRxQueue(const RxQueueConfig& config, std::uint32_t max_frame)
      : max_frame_bytes(max_frame), config_(config) {}

  void ring_doorbell(std::uint32_t tail) override { doorbells.push_back(tail); }
  void drain_backlog() override { ++drains; }
  void deliver(const net::Frame&, const Arrival&) override {
    ++counted.packets;
    interrupt_requested = true;
  }
  void set_max_frame_bytes(std::uint32_t bytes) override { max_frame_bytes = bytes; }
  bool end_turn() override { return packets_are_open; }
  [[nodiscard]] bool has_open_packets() const override { return packets_are_open; }
  bool take_interrupt_request() override { return std::exchange(interrupt_requested, false); }
  [[nodiscard]] bool faulted() const override { return faulted_flag; }
  [[nodiscard]] const RxQueueConfig& config() const override { return config_; }
  [[nodiscard]] const RxStatistics& statistics() const override { return counted; }

  std::uint32_t max_frame_bytes;
  std::vector<std::uint32_t> doorbells;
  int drains = 0;
  bool interrupt_requested = false;
  bool packets_are_open = false;
  bool faulted_flag = false;
  RxStatistics counted;

 private:
  RxQueueConfig config_;
};

/// Guest memory over a memfd, with an allocator that never gives back.
class GuestRam {
 public:
  static constexpr std::uint64_t kBase = 0x4000'0000;
  static constexpr std::uint64_t kBytes = std::uint64_t{4} << 20;
  static constexpr std::uint64_t kNowhere = 0x10'0000;

  GuestRam() {
    sys::Fd fd(::memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::ftruncate(fd.get(), kBytes), 0);
    EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    const vfio_user::GuestMemory::Range range{
        .iova = kBase, .size = kBytes, .readable = true, .writeable = true};
    EXPECT_TRUE(memory.map(range, std::move(fd), 0));
  }

  std::uint64_t allocate(std::uint64_t bytes) {
    const auto at = next_;
    next_ += (bytes + 4095) / 4096 * 4096;
    return at;
  }
  std::byte* at(std::uint64_t iova, std::uint64_t bytes = 1) {
    return memory.translate(iova, bytes, vfio_user::DmaAccess::kWrite);
  }
  template <typename T>
  T load(std::uint64_t iova) {
    T value;
    std::memcpy(&value, at(iova, sizeof value), sizeof value);
    return value;
  }
  template <typename T>
  void store(std::uint64_t iova, const T& value) {
    std::memcpy(at(iova, sizeof value), &value, sizeof value);
  }

  vfio_user::GuestMemory memory;

 private:
  std::uint64_t next_ = kBase;
};

struct NullSink final : net::FrameSink {
  void accept(const net::Frame&) override {}
};

class DriverDouble {
 public:
  static constexpr std::uint32_t kQueues = 4;
  static constexpr std::uint32_t kBlocks = 2 * kQueues;
  static constexpr std::uint32_t kStride = 64;
  static constexpr std::uint32_t kAdminBytes = 4096;

  struct Settings {
    std::uint32_t queues = kQueues;
    bool interrupt_moderation = false;
    Doorbells doorbells = Doorbells::kSocket;
    net::FrameSink* wire = nullptr;  ///< In place of one that takes and forgets all.
  };

  DriverDouble() : DriverDouble(Settings{}) {}
  explicit DriverDouble(const Settings& settings) : queues(settings.queues) {
    QueueMakers makers{
        .tx = [this](const TxQueueConfig& config,
                     const vfio_user::GuestMemory&) -> Result<std::unique_ptr<TxQueue>> {
          auto queue = std::make_unique<FakeTxQueue>(config);
          tx[config.id] = queue.get();
          return queue;
        },
        .rx = [this](const RxQueueConfig& config, std::uint32_t max_frame_bytes,
                     const vfio_user::GuestMemory&) -> Result<std::unique_ptr<RxQueue>> {
          auto queue = std::make_unique<FakeRxQueue>(config, max_frame_bytes);
          rx[config.id] = queue.get();
          return queue;
        }};
    auto made = Gvnic::create({.mac = {2, 'n', 'b', 0, 7, 1},
                               .queues = queues,
                               .mtu = 4148,
                               .doorbells = settings.doorbells,
                               .interrupt_moderation = settings.interrupt_moderation},
                              {.memory = ram.memory,
                               .wire = settings.wire == nullptr ? sink : *settings.wire,
                               .clock = clock},
                              std::move(makers));
    EXPECT_TRUE(made);
    nic = std::move(*made);
    set_bus_master(true);
    admin_ring = ram.allocate(kAdminBytes);
    scratch = ram.allocate(scratch_bytes);
  }

  void set_bus_master(bool on) {
    const std::array<std::byte, 2> command{std::byte{on ? std::uint8_t{6} : std::uint8_t{2}}};
    EXPECT_TRUE(nic->write(vfio_user::kConfigSpace, 4, command));
  }
  std::uint32_t read_register(Registers::Offset offset) {
    std::array<std::byte, 4> bytes{};
    EXPECT_TRUE(nic->read(vfio_user::kBar0, offset, bytes));
    return load_be<std::uint32_t>(bytes.data());
  }
  void write_register(Registers::Offset offset, std::uint32_t value) {
    std::array<std::byte, 4> bytes;
    store_be(bytes.data(), value);
    EXPECT_TRUE(nic->write(vfio_user::kBar0, offset, bytes));
  }
  void write_doorbell(std::uint32_t index, std::uint32_t value) {
    std::array<std::byte, 4> bytes;
    store_le(bytes.data(), value);
    EXPECT_TRUE(nic->write(vfio_user::kBar2, std::uint64_t{index} * 4, bytes));
  }

  void start(std::uint64_t ring, std::uint16_t bytes) {
    std::array<std::byte, 2> length;
    store_be(length.data(), bytes);
    EXPECT_TRUE(nic->write(vfio_user::kBar0, Registers::kAdminLength, length));
    write_register(Registers::kAdminBaseHigh, static_cast<std::uint32_t>(ring >> 32));
    write_register(Registers::kAdminBaseLow, static_cast<std::uint32_t>(ring));
    write_register(Registers::kDriverStatus, Registers::kRun);
    commands_ = 0;
  }
  void start() { start(admin_ring, kAdminBytes); }

  template <typename Body>
  void post(AdminOpcode opcode, const Body& body) {
    AdminCommand command{};
    command.opcode = static_cast<std::uint32_t>(opcode);
    std::memcpy(command.body.data(), &body, sizeof body);
    ram.store(slot(commands_++), command);
  }
  AdminStatus status_of(std::uint32_t number) {
    return static_cast<AdminStatus>(
        std::uint32_t{ram.load<Be32>(slot(number) + kAdminStatusOffset)});
  }
  void ring_admin() { write_register(Registers::kAdminDoorbell, commands_); }
  /// Posts one command and returns its status; kUnset where the device did not answer.
  template <typename Body>
  AdminStatus execute(AdminOpcode opcode, const Body& body) {
    post(opcode, body);
    ring_admin();
    return status_of(commands_ - 1);
  }
  AdminStatus execute(AdminOpcode opcode) { return execute(opcode, std::byte{}); }

  ConfigureResourcesCommand resources() {
    const std::uint32_t blocks = 2 * queues;
    return {.counter_array = ram.allocate(blocks * 4),
            .irq_doorbell_array = irq_array = ram.allocate(blocks * kStride),
            .counters = blocks,
            .irq_doorbells = blocks,
            .irq_doorbell_stride = kStride,
            .first_block_vector = 0U,
            .queue_format = kQueueFormatDqoRda,
            .reserved = {}};
  }
  void configure() {
    start();
    ASSERT_EQ(execute(AdminOpcode::kConfigureResources, resources()), AdminStatus::kPassed);
  }
  CreateTxQueueCommand tx_command(std::uint32_t id) {
    CreateTxQueueCommand command{};
    command.id = id;
    command.queue_resources = ram.allocate(kQueueResourcesBytes);
    command.descriptor_ring = ram.allocate(4096);
    command.page_list = kNoPageList;
    command.notify_block = id;
    command.completion_ring = ram.allocate(4096);
    command.descriptor_entries = std::uint16_t{256};
    command.completion_entries = std::uint16_t{256};
    return command;
  }
  CreateRxQueueCommand rx_command(std::uint32_t id) {
    CreateRxQueueCommand command{};
    command.id = id;
    command.notify_block = queues + id;
    command.queue_resources = ram.allocate(kQueueResourcesBytes);
    command.completion_ring = ram.allocate(8192);
    command.buffer_ring = ram.allocate(8192);
    command.page_list = kNoPageList;
    command.completion_entries = std::uint16_t{256};
    command.packet_buffer_bytes = std::uint16_t{4096};
    command.buffer_entries = std::uint16_t{256};
    command.rsc = 1;
    command.header_buffer_bytes = std::uint16_t{256};
    return command;
  }
  void create_tx(std::uint32_t id) {
    ASSERT_EQ(execute(AdminOpcode::kCreateTxQueue, tx_command(id)), AdminStatus::kPassed);
  }
  void create_rx(std::uint32_t id) {
    ASSERT_EQ(execute(AdminOpcode::kCreateRxQueue, rx_command(id)), AdminStatus::kPassed);
  }
  AdminStatus change_rule(const ConfigureFlowRuleCommand& change) {
    ram.store(scratch, change);
    return execute(
        AdminOpcode::kExtended,
        ExtendedCommand{.opcode = static_cast<std::uint32_t>(AdminOpcode::kConfigureFlowRule),
                        .bytes = static_cast<std::uint32_t>(sizeof change),
                        .address = scratch});
  }

  /// Gives the NIC an eventfd for `vector`; the double keeps its own copy to look at.
  void connect_vector(std::uint32_t vector) {
    sys::Fd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    nic->set_irq(vfio_user::kMsix, vector, sys::Fd(::dup(fd.get())));
    vectors[vector] = std::move(fd);
  }
  /// How often the vector fired since the last look.
  std::uint64_t fired(std::uint32_t vector) {
    std::uint64_t count = 0;
    return ::read(vectors[vector].get(), &count, sizeof count) == sizeof count ? count : 0;
  }

  std::uint32_t queues;
  GuestRam ram;
  NullSink sink;
  ManualClock clock;
  std::unique_ptr<Gvnic> nic;
  std::map<std::uint32_t, FakeTxQueue*> tx;  // the last one created of each number
  std::map<std::uint32_t, FakeRxQueue*> rx;
  std::map<std::uint32_t, sys::Fd> vectors;
  std::uint64_t admin_ring = 0;
  std::uint64_t irq_array = 0;
  static constexpr std::uint64_t scratch_bytes = 4096;
  std::uint64_t scratch = 0;

 private:
  [[nodiscard]] std::uint64_t slot(std::uint32_t number) const {
    return admin_ring + number % (kAdminBytes / kAdminCommandBytes) * kAdminCommandBytes;
  }
  std::uint32_t commands_ = 0;
};

}  // namespace nobounce::emulator::gvnic::control_double
