// SPDX-License-Identifier: Apache-2.0
// CommandStatistics: how often each admin command was executed, and how often it was refused.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "emulator/gvnic/admin_layout.h"

namespace nobounce::emulator::gvnic {

/// The name that gve_adminq.h has for a command, in lower case; "unknown" for any other number.
std::string_view name_of(AdminOpcode opcode);

class CommandStatistics {
 public:
  struct Counts {
    std::uint64_t passed = 0;
    std::uint64_t refused = 0;
  };

  /// `opcode` is that of the command within, for an extended one. Unknown ones count together.
  void count(AdminOpcode opcode, AdminStatus status);

  /// By command; those that never came are left out. Unknown ones have the opcode 0.
  [[nodiscard]] const std::map<AdminOpcode, Counts>& by_opcode() const { return by_opcode_; }
  [[nodiscard]] std::uint64_t passed() const;
  [[nodiscard]] std::uint64_t refused() const;

 private:
  std::map<AdminOpcode, Counts> by_opcode_;  // as many as there are commands
};

}  // namespace nobounce::emulator::gvnic
