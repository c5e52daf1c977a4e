// SPDX-License-Identifier: Apache-2.0
#include "bench/differences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kCellsNamed = 3;

/// A value for people: text without quotes, and why there is none.
std::string said(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("not_available")) return "not available";
  return value.is_null() ? "not recorded" : value.dump();
}

class Differences {
 public:
  /// The named members of two objects; of all that either has where none is named.
  void look(const json& first, const json& second, const std::string& prefix,
            std::set<std::string> names = {}) {
    if (names.empty()) {
      for (const json* object : {&first, &second}) {
        if (!object->is_object()) continue;
        for (const auto& [name, value] : object->items())
          names.insert(name);
      }
    }
    for (const std::string& name : names) {
      const json one = first.is_object() ? first.value(name, json()) : json();
      const json two = second.is_object() ? second.value(name, json()) : json();
      if (one != two)
        lines_.push_back(fmt::format("{}{}: {} and {}", prefix, name, said(one), said(two)));
    }
  }

  /// As above, told once for all cells that differ alike.
  void look_in_cells(const json& first, const json& second) {
    std::vector<std::string> order;
    std::map<std::string, std::vector<std::string>> cells_by_line;
    std::size_t compared = 0;
    for (const json& cell : first) {
      for (const json& other : second) {
        if (cell.at("axes") != other.at("axes")) continue;
        ++compared;
        Differences found;
        for (const char* side : {"sender", "receiver"}) {
          if (cell.at("settings").contains(side) && other.at("settings").contains(side))
            found.look(cell.at("settings").at(side), other.at("settings").at(side),
                       fmt::format("{}'s ", side));
        }
        for (const std::string& line : found.lines_) {
          if (!cells_by_line.contains(line)) order.push_back(line);
          cells_by_line[line].push_back(label_of(cell));
        }
      }
    }
    for (const std::string& line : order)
      lines_.push_back(fmt::format("{} ({})", line, where(cells_by_line.at(line), compared)));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  static std::string where(const std::vector<std::string>& cells, std::size_t compared) {
    if (cells.size() == compared) return "in all cells";
    if (cells.size() > kCellsNamed) return fmt::format("in {} of {} cells", cells.size(), compared);
    return fmt::format("in {}", fmt::join(cells, "; "));
  }

  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differences_of(const json& first, const json& second) {
  Differences found;
  const json& here = first.at("machine");
  const json& there = second.at("machine");
  found.look(here, there, "",
             {"kernel", "cpu", "cpus", "accelerator", "qemu", "max_skb_frags", "nic_driver"});
  found.look(here.at("host"), there.at("host"), "machine below: ", {"kernel", "cpu", "cpus"});
  found.look(here.at("sysctls"), there.at("sysctls"), "");
  found.look_in_cells(first.at("cells"), second.at("cells"));
  found.look(first.at("nobounce"), second.at("nobounce"), "nobounce's ",
             {"version", "git_revision"});
  found.look(first.at("bench"), second.at("bench"), "",
             {"seconds", "bytes", "runs", "warm_ups", "drop_ends", "seed", "roi_exponents"});
  return found.take();
}

std::string label_of(const json& cell) {
  const std::string setting = cell.value("setting", "");
  return setting.empty() ? cell.value("way", "")
                         : fmt::format("{} ({})", cell.value("way", ""), setting);
}

}  // namespace nobounce::bench
