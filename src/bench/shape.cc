// SPDX-License-Identifier: Apache-2.0
#include "bench/shape.h"

#include <fmt/format.h>

namespace nobounce::bench {
namespace {

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string_view name_of(Direction direction) {
  return direction == Direction::kBoth ? "both" : "one-way";
}

std::vector<Shape> shapes_of(const ShapeAxes& axes) {
  std::vector<Shape> shapes;
  for (const std::uint64_t pairs : axes.nic_pairs) {
    for (const Direction direction : axes.directions) {
      for (const std::uint64_t flows : axes.flows)
        shapes.push_back({.nic_pairs = pairs, .direction = direction, .flows = flows});
    }
  }
  return shapes;
}

nlohmann::json to_json(const Shape& shape) {
  return {{"nic_pairs", shape.nic_pairs},
          {"direction", name_of(shape.direction)},
          {"flows", shape.flows}};
}

std::vector<std::string> words_of(const Shape& shape, const ShapeAxes& axes) {
  std::vector<std::string> words;
  if (axes.nic_pairs.size() > 1) words.push_back(counted(shape.nic_pairs, "NIC pair"));
  if (axes.directions.size() > 1)
    words.emplace_back(shape.direction == Direction::kBoth ? "both ways" : "one way");
  if (axes.flows.size() > 1) words.push_back(counted(shape.flows, "flow"));
  return words;
}

}  // namespace nobounce::bench
