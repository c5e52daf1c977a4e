// SPDX-License-Identifier: Apache-2.0
// The kernel's functions by their addresses, as /proc/kallsyms shows them to root. Pure.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nobounce::sys {

inline constexpr const char* kKallsymsPath = "/proc/kallsyms";

struct KernelSymbol {
  std::uint64_t address = 0;
  char kind = 0;          ///< As nm(1) has it: 't' and 'T' are code.
  std::string_view name;  ///< Of a module's: with "\t[module]" behind it.
};

/// "ffffffff81000000 T name"; nothing for a line of another form. The name lies in `line`.
std::optional<KernelSymbol> parse_symbol(std::string_view line);

/// Names of functions for addresses within them.
class KernelFunctions {
 public:
  /// Of the text of kallsyms, modules included. Of several names of one address the last counts,
  /// but for those that compilers and objtool put before functions.
  static KernelFunctions read(std::istream& kallsyms);

  [[nodiscard]] bool is_empty() const { return functions_.empty(); }
  /// The function that begins at or before `address`; "" below the first.
  [[nodiscard]] std::string_view at(std::uint64_t address) const;

 private:
  struct Function {
    std::uint64_t address;
    std::string name;
  };
  std::vector<Function> functions_;  // By address.
};

}  // namespace nobounce::sys
