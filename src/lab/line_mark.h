// SPDX-License-Identifier: Apache-2.0
// LineMark: says of every line of a stream where it comes from, as in "[b] Server listening". Pure.
#pragma once

#include <string>
#include <string_view>

namespace nobounce::lab {

class LineMark {
 public:
  /// A line without an end is held until it has one, or so many bytes.
  static constexpr std::size_t kLongestHeld = 4096;

  /// Leaves all bytes as they are.
  LineMark() = default;
  /// `mark` goes before each line, `end` behind it in place of its "\n".
  explicit LineMark(std::string mark, std::string end = "\n")
      : mark_(std::move(mark)), end_(std::move(end)) {}

  /// The lines that `piece` makes whole, marked.
  std::string mark(std::string piece);
  /// What is left, as a line.
  std::string finish();

 private:
  std::string mark_;
  std::string end_;
  std::string held_;
};

}  // namespace nobounce::lab
