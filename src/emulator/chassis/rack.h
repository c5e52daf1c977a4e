// SPDX-License-Identifier: Apache-2.0
// Rack: all that a chassis holds, bays of NICs and accelerators, and wires, and the order of a
// turn. It has no thread and takes no lock: whoever runs the turns calls everything else too,
// between them.
//
// A turn: what is due comes out of the wires; what stations outside have sent goes in; each NIC
// sends, within its budget, what its driver has posted; what is due by then comes out as well; at
// last interrupts are raised, one for each queue that has got something, however many senders it
// came from. Accelerators work off some of what their drivers have asked for, no more than a NIC
// can wait for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "emulator/chassis/accelerator_bay.h"
#include "emulator/chassis/bay.h"
#include "emulator/chassis/guest_bus.h"
#include "emulator/chassis/layout.h"
#include "emulator/chassis/statistics.h"
#include "emulator/chassis/turn_clock.h"
#include "emulator/wire/capture.h"
#include "emulator/wire/host_station.h"
#include "sys/epoll_set.h"

namespace nobounce::emulator {

/// Neither movable nor copyable. Not thread-safe.
class Rack {
 public:
  static constexpr std::uint64_t kEndOfKeys = std::uint64_t{1} << 32;
  /// Keys below are those of NICs, and then of accelerators.
  static constexpr std::uint64_t kFirstOutsideKey = kMaxNics + kMaxAccelerators;

  struct Turn {
    bool work_left = false;               ///< The next turn is wanted at once.
    bool must_poll = false;               ///< Some doorbells are found by looking only.
    bool found_doorbells = false;         ///< Looking has found some.
    std::optional<std::uint64_t> due_ns;  ///< If not, by then, whatever events bring.
  };

  /// Makes all that `layout` says, and adds what it waits for to `epoll`, which must outlive the
  /// rack. Errors: those of check(Layout), Gvnic::create, Accelerator::create and
  /// Server::open.
  static Result<std::unique_ptr<Rack>> open(const Layout& layout, sys::Epoll& epoll);
  Rack(const Rack&) = delete;
  Rack& operator=(const Rack&) = delete;
  ~Rack();

  /// To be called for an event with a key of this rack; they are below kEndOfKeys.
  void on_ready(std::uint64_t key);
  Turn run();

  [[nodiscard]] ChassisStatistics statistics();
  /// Of one port, or of all. Errors: kNotFound, those of check(Impairments).
  Status set_impairments(std::string_view wire, std::optional<std::uint32_t> port,
                         const wire::Impairments& impairments);
  /// Error: kNotFound.
  Status set_link(std::string_view nic, bool up);
  /// From now on all that is sent goes to `capture`, whose interfaces are those of
  /// capture_interfaces, as well; nullptr ends it. Returns the one before.
  std::unique_ptr<wire::Capture> capture_to(std::unique_ptr<wire::Capture> capture,
                                            std::filesystem::path path);

 private:
  // A station that is no NIC.
  struct Outside {
    std::unique_ptr<wire::HostStation> station;  // gone once it has failed
    wire::HostStationStatistics last_statistics;
    std::size_t wire;
    std::uint32_t port;
    bool is_readable = false;   // what it has is for the next turn
    bool is_held_back = false;  // by its wire; epoll does not look at it meanwhile
  };
  struct LaidWire {
    std::vector<Bay*> bays;  // at each port; nullptr where it is no NIC
    std::unique_ptr<wire::Wire> wire;
  };

  Rack(const Layout& layout, sys::Epoll& epoll) : layout_(layout), epoll_(epoll) {}

  Status place_accelerators();
  Status lay(const WireLayout& wire);
  Status fill_bay(const Station& station, LaidWire& laid, std::uint32_t port);
  Status open_outside(const Station& station, LaidWire& laid, std::uint32_t port);
  void read_outside(Outside& outside);
  Status hold_back(Outside& outside, bool is_held_back);
  void close_outside(Outside& outside, const Error& error);
  void update_links();
  void run_wires(std::optional<std::uint64_t>& due_ns);
  void mind_capture(Turn& turn);

  const Layout layout_;
  sys::Epoll& epoll_;
  TurnClock clock_;
  // Wires point to NICs, and NICs to wires: the destructor parts them before either goes.
  std::vector<std::unique_ptr<Bay>> bays_;                     // in the layout's order
  std::vector<std::unique_ptr<AcceleratorBay>> accelerators_;  // likewise
  std::map<std::uint32_t, GuestBus> buses_;                    // of guests with accelerators
  std::vector<LaidWire> wires_;
  std::vector<Outside> outsides_;
  std::unique_ptr<wire::Capture> capture_;
  std::filesystem::path capture_path_;
  std::uint64_t flushed_frames_ = 0;
  std::uint64_t flushed_ns_ = 0;
};

/// What a capture of this layout's wires calls their ports, wire by wire.
std::vector<wire::CaptureInterface> capture_interfaces(const Layout& layout);

}  // namespace nobounce::emulator
