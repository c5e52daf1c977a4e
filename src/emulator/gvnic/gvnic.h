// SPDX-License-Identifier: Apache-2.0
// Gvnic: a virtual NIC of PCI id 1ae0:0042 with DQO-RDA queues, as a PCI device behind a vfio-user
// server on one side and as an end of a cable on the other. It joins the parts of this room and
// owns the order in which they run; what each does is in its own file.
//
// A queue that its driver has broken (`faulted`) stands still, and the NIC asks its driver for a
// reset, once: that is what gve recovers from. All else lives on. While PCI bus mastering is off,
// the NIC touches no guest memory. Sources: gve_register.h, gve_main.c and gve_dqo.h of the Linux
// kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "emulator/gvnic/admin_queue.h"
#include "emulator/gvnic/burst_clock.h"
#include "emulator/gvnic/command_statistics.h"
#include "emulator/gvnic/control_plane.h"
#include "emulator/gvnic/gvnic_options.h"
#include "emulator/gvnic/interrupts.h"
#include "emulator/gvnic/mapped_doorbells.h"
#include "emulator/gvnic/queue_set.h"
#include "emulator/gvnic/registers.h"
#include "emulator/gvnic/stats_report.h"
#include "emulator/gvnic/steering.h"
#include "emulator/net/frame.h"
#include "emulator/vfio_user/device.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/pci_config.h"

namespace nobounce::emulator::gvnic {

struct GvnicStatistics {
  TxStatistics tx;  ///< Summed over queues, destroyed ones included.
  RxStatistics rx;
  /// What the sums are made of: an entry for each queue number, whether it lives or not.
  std::vector<QueueStatistics<TxStatistics>> tx_queues;
  std::vector<QueueStatistics<RxStatistics>> rx_queues;
  // Frames that no queue has counted.
  std::uint64_t dropped_no_queue = 0;       ///< For a queue that is not there.
  std::uint64_t dropped_no_bus_master = 0;  ///< The NIC may not touch guest memory.
  std::uint64_t dropped_no_cable = 0;       ///< Either way, while the cable was pulled out.
  InterruptStatistics interrupts;
  CommandStatistics commands;
  std::uint64_t malformed_commands = 0;  ///< Admin commands and rings that were refused.
  std::uint64_t resets_wanted = 0;       ///< How often the NIC asked for a reset after a fault.
  std::uint64_t resets = 0;              ///< Resets that the driver or the client did.
};

/// What a NIC lives in; all of it outlives the NIC.
struct GvnicSurroundings {
  const vfio_user::GuestMemory& memory;
  net::FrameSink& wire;  ///< Takes what is sent.
  const Clock& clock;
};

/// Not thread-safe: the thread of the vfio-user server runs it. Neither movable nor copyable, as
/// its parts refer to each other.
class Gvnic final : public vfio_user::Device, public net::FrameSink {
 public:
  /// Segments that one transmit queue sends before it is another one's turn: they, not packets, are
  /// what a turn takes long for. Eight TSO frames of 64 KiB at the MTU of the lab.
  static constexpr std::uint32_t kTxBudgetSegments = 128;
  /// Admin commands that are executed from one run() to the next, whatever the doorbells say: more
  /// than a driver has outstanding, fewer than would hold up the other NICs of the thread.
  static constexpr std::uint32_t kAdminBudgetCommands = 64;

  /// Errors: kInvalidArgument (options); with polled doorbells those of MappedDoorbells::create.
  static Result<std::unique_ptr<Gvnic>> create(const GvnicOptions& options,
                                               const GvnicSurroundings& surroundings,
                                               QueueMakers makers = {});

  [[nodiscard]] std::uint64_t region_size(vfio_user::PciRegion region) const override;
  [[nodiscard]] std::uint32_t irq_count(vfio_user::PciIrq irq) const override;
  [[nodiscard]] std::optional<vfio_user::MappableRegion> mapping(
      vfio_user::PciRegion region) const override;
  Status read(vfio_user::PciRegion region, std::uint64_t offset, std::span<std::byte> to) override;
  Status write(vfio_user::PciRegion region, std::uint64_t offset,
               std::span<const std::byte> from) override;
  void set_irq(vfio_user::PciIrq irq, std::uint32_t vector, sys::Fd eventfd) override;
  void reset() override;

  /// Looks at the doorbells, if they are polled, executes the admin commands that were left over,
  /// sends what the driver posted, each queue up to its budget and as long as the wire is ready,
  /// delivers what waited for buffers, and ends the batch. True if work is left that needs nothing
  /// but another turn.
  bool run() override;

  /// A frame from the wire: steered and delivered, or dropped and counted.
  void accept(const net::Frame& frame) override;

  /// Raises the interrupts of all that was completed since the last call. To be called once after
  /// frames were accepted outside of run(), when those who sent them are done.
  void end_batch();

  /// True while the driver runs the NIC: from its RUN to its reset.
  [[nodiscard]] bool is_running() const { return admin_queue_.is_running(); }
  /// Whether there is somebody at the other end. The driver is told that the link is up if so and
  /// if the cable is in; a change raises the management interrupt.
  void set_link_up(bool up);
  /// Pulls the cable out of this NIC, or puts it in again, which is how it starts. While it is out
  /// nothing is received, and what the driver sends is completed and lost, both counted. The link
  /// of the other end is for who runs it to take down.
  void set_cable(bool in);
  [[nodiscard]] bool has_cable() const { return has_cable_; }

  /// When the NIC wants its next turn by the clock alone, for moderated interrupts and statistics:
  /// now, if a coalesced packet was open when the last batch ended, as one is that was begun after
  /// run(). Nothing if it wants none.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const;

  /// What the driver called itself, e.g. "Linux-1.0.0"; empty before it did.
  [[nodiscard]] const std::string& driver_version() const { return registers_.driver_version(); }
  [[nodiscard]] GvnicStatistics statistics() const;

  /// True while the driver may ring doorbells that nobody announces: run() must be called often
  /// enough to find them.
  [[nodiscard]] bool must_be_polled() const { return mapped_doorbells_ && is_running(); }
  /// How many doorbells run() has found by polling; while it grows, the guest is at work.
  [[nodiscard]] std::uint64_t doorbells_found() const { return doorbells_found_; }

 private:
  Gvnic(const GvnicOptions& options, const vfio_user::PciConfig& config,
        const GvnicSurroundings& surroundings, QueueMakers makers);

  /// Where frames go while there is no cable.
  struct LooseEnd final : net::FrameSink {
    void accept(const net::Frame&) override { ++frames; }
    std::uint64_t frames = 0;
  };

  bool send();
  void update_link();
  void write_registers(std::uint64_t offset, std::span<const std::byte> from);
  void write_doorbell(std::uint64_t offset, std::span<const std::byte> from);
  void poll_doorbells();
  QueueMakers with_restarted_doorbells(QueueMakers makers);
  void obey_driver_status();
  void reset_for_driver();
  void start();
  void process_admin_queue();
  void forget_driver();
  void want_reset();

  GvnicOptions options_;
  net::FrameSink& wire_;
  const Clock& clock_;
  BurstClock arrival_clock_;
  vfio_user::PciConfig config_;
  Registers registers_;
  Interrupts interrupts_;
  std::optional<MappedDoorbells> mapped_doorbells_;  // present if they are polled
  std::uint64_t doorbells_found_ = 0;
  Steering steering_{kMaxFlowRules};
  QueueSet queues_;
  StatsReport stats_report_;
  ControlPlane control_plane_;
  AdminQueue admin_queue_;
  std::uint32_t admin_budget_ = kAdminBudgetCommands;  // what is left of it until the next run()
  std::uint32_t first_tx_ = 0;                         // the transmit queue whose turn comes first
  bool link_up_ = false;
  bool has_cable_ = true;
  LooseEnd loose_end_;
  bool reset_wanted_ = false;
  bool has_open_packets_ = false;  // when the last batch ended
  std::uint64_t dropped_no_queue_ = 0;
  std::uint64_t dropped_no_bus_master_ = 0;
  std::uint64_t not_received_no_cable_ = 0;
  std::uint64_t malformed_admin_queues_ = 0;
  std::uint64_t resets_wanted_ = 0;
  std::uint64_t resets_ = 0;
};

}  // namespace nobounce::emulator::gvnic
