// SPDX-License-Identifier: Apache-2.0
#include "lab/module_closure.h"

#include <algorithm>
#include <map>

namespace nobounce::lab {
namespace {

// "kernel/fs/overlayfs/overlay.ko.xz" → "overlay"; '-' and '_' are the same to the kernel.
std::string name_of_path(std::string_view path) {
  path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  std::string name(path.substr(0, path.find(".ko")));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct Entry {
  std::string path;
  std::vector<std::string_view> needs;  // All of them, the deepest last.
};

std::map<std::string, Entry> parse_dependencies(std::string_view text) {
  std::map<std::string, Entry> entries;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view path = line.substr(0, colon);
    entries[name_of_path(path)] = {.path = std::string(path),
                                   .needs = split(line.substr(colon + 1), ' ')};
  }
  return entries;
}

}  // namespace

Result<std::vector<std::string>> module_closure(const ModuleTables& tables,
                                                const std::vector<std::string>& modules) {
  const auto entries = parse_dependencies(tables.dependencies);
  std::vector<std::string> builtin;
  for (const std::string_view line : split(tables.builtin, '\n'))
    builtin.push_back(name_of_path(line));

  std::vector<std::string> order;
  const auto add = [&order](std::string path) {
    if (std::find(order.begin(), order.end(), path) == order.end())
      order.push_back(std::move(path));
  };
  for (const std::string& module : modules) {
    const std::string name = name_of_path(module);
    if (const auto entry = entries.find(name); entry != entries.end()) {
      const auto& needs = entry->second.needs;
      for (auto need = needs.rbegin(); need != needs.rend(); ++need)
        add(std::string(*need));
      add(entry->second.path);
    } else if (std::find(builtin.begin(), builtin.end(), name) == builtin.end()) {
      return fail({.code = Code::kNotFound,
                   .operation = "search",
                   .object = "kernel module " + module,
                   .cause = "this kernel has it neither built in nor as a module",
                   .fix = {}});
    }
  }
  return order;
}

}  // namespace nobounce::lab
