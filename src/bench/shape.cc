// SPDX-License-Identifier: Apache-2.0
#include "bench/shape.h"

#include <fmt/format.h>

#include "base/quantity.h"

namespace nobounce::bench {
namespace {

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Each of `shapes` with each of `values`; the last axis changes fastest.
template <typename T>
void multiply(std::vector<Shape>& shapes, const std::vector<T>& values, T Shape::* member) {
  std::vector<Shape> product;
  for (const Shape& shape : shapes) {
    for (const T& value : values) {
      product.push_back(shape);
      product.back().*member = value;
    }
  }
  shapes = std::move(product);
}

}  // namespace

std::string_view name_of(Direction direction) {
  return direction == Direction::kBoth ? "both" : "one-way";
}

std::string_view name_of(Load load) {
  return load == Load::kRequestResponse ? "request-response" : "stream";
}

std::vector<Shape> shapes_of(const ShapeAxes& axes) {
  std::vector<Shape> shapes = {{}};
  multiply(shapes, axes.nic_pairs, &Shape::nic_pairs);
  multiply(shapes, axes.directions, &Shape::direction);
  multiply(shapes, axes.flows, &Shape::flows);
  multiply(shapes, axes.loads, &Shape::load);
  multiply(shapes, axes.hold_ns, &Shape::hold_ns);
  multiply(shapes, axes.pause_ns, &Shape::pause_ns);
  return shapes;
}

nlohmann::json to_json(const Shape& shape) {
  return {{"nic_pairs", shape.nic_pairs},
          {"direction", name_of(shape.direction)},
          {"flows", shape.flows},
          {"load", name_of(shape.load)},
          {"hold_ms", static_cast<double>(shape.hold_ns) / 1e6},
          {"pause_ms", static_cast<double>(shape.pause_ns) / 1e6}};
}

std::vector<std::string> words_of(const Shape& shape, const ShapeAxes& axes) {
  std::vector<std::string> words;
  if (axes.nic_pairs.size() > 1) words.push_back(counted(shape.nic_pairs, "NIC pair"));
  if (axes.directions.size() > 1)
    words.emplace_back(shape.direction == Direction::kBoth ? "both ways" : "one way");
  if (axes.flows.size() > 1) words.push_back(counted(shape.flows, "flow"));
  if (axes.loads.size() > 1) words.emplace_back(name_of(shape.load));
  if (axes.hold_ns.size() > 1) words.push_back("hold " + format_duration(shape.hold_ns));
  if (axes.pause_ns.size() > 1) words.push_back("pause " + format_duration(shape.pause_ns));
  return words;
}

}  // namespace nobounce::bench
