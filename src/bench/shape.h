// SPDX-License-Identifier: Apache-2.0
// Shape: how many connections a cell has at once, between which NICs and which way they go, and
// what they do. Pure data.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nobounce::bench {

enum class Direction {
  kOneWay,  ///< From host a to host b.
  kBoth,    ///< Both ways at once, over connections of their own.
};

enum class Load {
  kStream,           ///< One message after the other.
  kRequestResponse,  ///< Each message is answered before the next is sent.
};

struct Shape {
  std::uint64_t nic_pairs = 1;  ///< NIC i of host a faces NIC i of host b.
  Direction direction = Direction::kOneWay;
  std::uint64_t flows = 1;  ///< Connections of each pair, each way.
  Load load = Load::kStream;
  std::uint64_t hold_ns = 0;   ///< What landed stays with the receiver for so long.
  std::uint64_t pause_ns = 0;  ///< Of the sender, after each message.

  /// Pairs, counted once for each way that they carry payload.
  [[nodiscard]] std::uint64_t lines() const {
    return nic_pairs * (direction == Direction::kBoth ? 2 : 1);
  }
  [[nodiscard]] std::uint64_t connections() const { return lines() * flows; }
};

/// Each a list; the shapes are all combinations.
struct ShapeAxes {
  std::vector<std::uint64_t> nic_pairs = {1};
  std::vector<Direction> directions = {Direction::kOneWay};
  std::vector<std::uint64_t> flows = {1};
  std::vector<Load> loads = {Load::kStream};
  std::vector<std::uint64_t> hold_ns = {0};
  std::vector<std::uint64_t> pause_ns = {0};
};

inline constexpr std::int64_t kMostNicPairs = 4;
inline constexpr std::int64_t kMostFlows = 32;

/// "one-way", "both".
std::string_view name_of(Direction direction);
/// "stream", "request-response".
std::string_view name_of(Load load);

std::vector<Shape> shapes_of(const ShapeAxes& axes);

/// As members of a cell's axes.
nlohmann::json to_json(const Shape& shape);

/// What tells the shape from others of the axes: those that have more than one value.
std::vector<std::string> words_of(const Shape& shape, const ShapeAxes& axes);

}  // namespace nobounce::bench
