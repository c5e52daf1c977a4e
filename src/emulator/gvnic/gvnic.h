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
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "emulator/gvnic/admin_queue.h"
#include "emulator/gvnic/burst_clock.h"
#include "emulator/gvnic/control_plane.h"
#include "emulator/gvnic/gvnic_options.h"
#include "emulator/gvnic/interrupts.h"
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
  std::uint64_t dropped_no_queue = 0;    ///< Frames for a queue that is not there.
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

  /// Error: kInvalidArgument (options).
  static Result<std::unique_ptr<Gvnic>> create(const GvnicOptions& options,
                                               const GvnicSurroundings& surroundings,
                                               QueueMakers makers = {});

  [[nodiscard]] std::uint64_t region_size(vfio_user::PciRegion region) const override;
  [[nodiscard]] std::uint32_t irq_count(vfio_user::PciIrq irq) const override;
  Status read(vfio_user::PciRegion region, std::uint64_t offset, std::span<std::byte> to) override;
  Status write(vfio_user::PciRegion region, std::uint64_t offset,
               std::span<const std::byte> from) override;
  void set_irq(vfio_user::PciIrq irq, std::uint32_t vector, sys::Fd eventfd) override;
  void reset() override;

  /// Executes the admin commands that were left over, sends what the driver has posted, each queue
  /// up to its budget, delivers what waited for buffers, and ends the batch. True if work is left.
  bool run() override;

  /// A frame from the wire: steered and delivered, or dropped and counted.
  void accept(const net::Frame& frame) override;

  /// Raises the interrupts of all that was completed since the last call. To be called once after
  /// frames were accepted outside of run(), when those who sent them are done.
  void end_batch();

  /// True while the driver runs the NIC: from its RUN to its reset.
  [[nodiscard]] bool is_running() const { return admin_queue_.is_running(); }
  /// What the driver is told of the cable; a change raises the management interrupt.
  void set_link_up(bool up);

  /// What the driver called itself, e.g. "Linux-1.0.0"; empty before it did.
  [[nodiscard]] const std::string& driver_version() const { return registers_.driver_version(); }
  [[nodiscard]] GvnicStatistics statistics() const;

 private:
  Gvnic(const GvnicOptions& options, const vfio_user::PciConfig& config,
        const GvnicSurroundings& surroundings, QueueMakers makers);

  void write_registers(std::uint64_t offset, std::span<const std::byte> from);
  void write_doorbell(std::uint64_t offset, std::span<const std::byte> from);
  void obey_driver_status();
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
  Steering steering_{kMaxFlowRules};
  QueueSet queues_;
  StatsReport stats_report_;
  ControlPlane control_plane_;
  AdminQueue admin_queue_;
  std::uint32_t admin_budget_ = kAdminBudgetCommands;  // what is left of it until the next run()
  bool link_up_ = false;
  bool reset_wanted_ = false;
  std::uint64_t dropped_no_queue_ = 0;
  std::uint64_t malformed_admin_queues_ = 0;
  std::uint64_t resets_wanted_ = 0;
  std::uint64_t resets_ = 0;
};

}  // namespace nobounce::emulator::gvnic
