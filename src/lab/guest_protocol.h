// SPDX-License-Identifier: Apache-2.0
// What host and agent say to each other, as JSON: one request in the initramfs, then events, a line
// each, over a virtio-serial port. The agent is our own, but what runs beside it in the guest may
// write to the port as well: an event is checked like any other input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace nobounce::lab {

inline constexpr unsigned kOutputPort = 1;  ///< COMMAND's standard output.
inline constexpr unsigned kErrorPort = 2;   ///< COMMAND's standard error.
inline constexpr unsigned kEventPort = 3;

struct GuestRequest {
  std::vector<std::string> command;
  std::uint32_t pairs = 0;
  std::uint16_t mtu = 4148;
  bool share = false;
};

/// COMMAND ended, as a shell would report it.
struct CommandEnded {
  int status = 0;
};

/// One record of the kernel's log.
struct KernelRecord {
  int level = 6;  ///< As in <linux/kern_levels.h>: 0 emergency … 7 debug.
  std::string text;
};

/// The agent could not do its part.
struct GuestFailed {
  std::string message;
};

/// Everything was sent and written back; the guest switches itself off.
struct GuestDone {};

using GuestEvent = std::variant<CommandEnded, KernelRecord, GuestFailed, GuestDone>;

std::string encode(const GuestRequest& request);
/// Errors: kProtocol.
Result<GuestRequest> decode_request(std::string_view text);

/// One line, without its end.
std::string encode(const GuestEvent& event);
/// Errors: kProtocol.
Result<GuestEvent> decode_event(std::string_view line);

}  // namespace nobounce::lab
