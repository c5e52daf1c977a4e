// SPDX-License-Identifier: Apache-2.0
// The guest's ends of the virtio-serial ports that join agent and host. Runs in the guest.
#pragma once

#include <deque>
#include <optional>

#include "base/result.h"
#include "lab/guest_protocol.h"
#include "lab/line_splitter.h"
#include "sys/fd.h"

namespace nobounce::lab {

/// The port that QEMU named nobounce.<number>, for reading and writing; waits for it to be
/// announced. Errors: kNotFound after ten seconds.
Result<sys::Fd> open_port(unsigned number);

/// The port of events and orders.
class EventPort {
 public:
  static Result<EventPort> open();

  /// Blocks until the host has taken it.
  Status send(const GuestEvent& event);

  /// Readable when orders have come.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Reads the orders that are there; blocks if there are none. Errors: kPeerClosed, kProtocol.
  Status receive();
  /// The next order that was received.
  std::optional<GuestOrder> take_order();

 private:
  explicit EventPort(sys::Fd fd) : fd_(std::move(fd)) {}

  sys::Fd fd_;
  LineSplitter lines_{"an order of the host"};
  std::deque<GuestOrder> orders_;
};

}  // namespace nobounce::lab
