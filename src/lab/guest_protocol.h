// SPDX-License-Identifier: Apache-2.0
// What host and agent say to each other, as JSON: one request in the initramfs, then events to the
// host and orders to the guest, a line each, over a virtio-serial port. The agent is our own, but
// what runs beside it in the guest may write to the port as well: an event is checked like any
// other input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "lab/kernel_profile.h"
#include "sys/pseudo_terminal.h"

namespace nobounce::lab {

inline constexpr unsigned kOutputPort = 1;  ///< COMMAND's standard output, or its terminal's.
inline constexpr unsigned kErrorPort = 2;   ///< COMMAND's standard error.
inline constexpr unsigned kEventPort = 3;   ///< Events and orders.
inline constexpr unsigned kInputPort = 4;   ///< What is typed at the terminal.

/// The terminal that COMMAND gets.
struct RequestedTerminal {
  std::string type = "dumb";  ///< As in $TERM.
  sys::TerminalSize size{};
};

enum class CommandEnd {
  kByItself,  ///< COMMAND's end is that of the guest.
  kByOrder,   ///< The guest goes on until it is told to stop, with COMMAND or without.
};

struct GuestRequest {
  std::vector<std::string> command;  ///< Empty: none, where the guest ends by order.
  CommandEnd end = CommandEnd::kByItself;
  std::string hosts = "ab";        ///< Network namespaces of this guest, a letter each.
  std::uint32_t nics = 0;          ///< That this guest has.
  std::uint32_t accelerators = 0;  ///< Likewise.
  std::uint16_t mtu = 4148;
  bool share = false;
  bool copy_meter = false;    ///< Its QEMU has the copy meter, which is to be started.
  std::uint32_t profile = 0;  ///< It keeps a profile: so many functions of it are wanted; 0: none.
  std::optional<RequestedTerminal> terminal{};
};

/// The hosts are there and, where the guest ends by order, COMMAND was started. Other guests wait
/// for the order to start it.
struct GuestReady {};

/// COMMAND ended, as a shell would report it.
struct CommandEnded {
  int status = 0;
};

/// One record of the kernel's log.
struct KernelRecord {
  int level = 6;  ///< As in <linux/kern_levels.h>: 0 emergency … 7 debug.
  std::string text;
};

/// What the CPUs did while COMMAND ran, where that was asked for.
struct GuestProfile {
  KernelProfile profile;
};

/// The agent could not do its part.
struct GuestFailed {
  std::string message;
};

/// Everything was sent and written back; the guest switches itself off.
struct GuestDone {};

using GuestEvent =
    std::variant<GuestReady, CommandEnded, KernelRecord, GuestProfile, GuestFailed, GuestDone>;

/// COMMAND is to start now.
struct StartCommand {};

/// COMMAND is to end, and the guest with it.
struct StopCommand {};

/// The terminal has a new size.
struct ResizeTerminal {
  sys::TerminalSize size{};
};

using GuestOrder = std::variant<StartCommand, StopCommand, ResizeTerminal>;

std::string encode(const GuestRequest& request);
/// Errors: kProtocol.
Result<GuestRequest> decode_request(std::string_view text);

/// One line, without its end.
std::string encode(const GuestEvent& event);
/// Errors: kProtocol.
Result<GuestEvent> decode_event(std::string_view line);

/// One line, without its end.
std::string encode(const GuestOrder& order);
/// Errors: kProtocol.
Result<GuestOrder> decode_order(std::string_view line);

}  // namespace nobounce::lab
