// SPDX-License-Identifier: Apache-2.0
#include "sys/kernel_symbols.h"

#include <algorithm>
#include <charconv>

namespace nobounce::sys {
namespace {

bool is_code(char kind) {
  return kind == 't' || kind == 'T' || kind == 'w' || kind == 'W';
}

// Padding before a function, which nothing executes.
bool is_padding(std::string_view name) {
  return name.starts_with("__pfx_") || name.starts_with("__cfi_");
}

// "name\t[module]" as "name [module]".
std::string shown(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '\t', ' ');
  return text;
}

}  // namespace

std::optional<KernelSymbol> parse_symbol(std::string_view line) {
  KernelSymbol symbol;
  const auto [end, code] =
      std::from_chars(line.data(), line.data() + line.size(), symbol.address, 16);
  const auto digits = static_cast<std::size_t>(end - line.data());
  // A space, the kind, a space.
  if (code != std::errc{} || line.size() < digits + 4 || line[digits] != ' ' ||
      line[digits + 2] != ' ')
    return std::nullopt;
  symbol.kind = line[digits + 1];
  symbol.name = line.substr(digits + 3);
  return symbol;
}

KernelFunctions KernelFunctions::read(std::istream& kallsyms) {
  KernelFunctions functions;
  for (std::string line; std::getline(kallsyms, line);) {
    const auto symbol = parse_symbol(line);
    if (!symbol || symbol->address == 0 || !is_code(symbol->kind) || is_padding(symbol->name))
      continue;
    functions.functions_.push_back({.address = symbol->address, .name = shown(symbol->name)});
  }
  std::ranges::stable_sort(functions.functions_, {}, &Function::address);
  return functions;
}

std::string_view KernelFunctions::at(std::uint64_t address) const {
  const auto next = std::ranges::upper_bound(functions_, address, {}, &Function::address);
  return next == functions_.begin() ? std::string_view() : std::string_view(std::prev(next)->name);
}

}  // namespace nobounce::sys
