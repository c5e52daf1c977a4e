// SPDX-License-Identifier: Apache-2.0
// Table: rows of text in aligned columns for a terminal or a log; no colours, no frames. Widths are
// those a terminal gives UTF-8 text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nobounce::report {

enum class Align { kLeft, kRight };

struct Column {
  std::string header;
  Align align = Align::kLeft;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Cells that are missing at the end stay empty; cells beyond the last column are dropped.
  /// What a terminal would obey rather than show (a file name may hold an escape sequence) and
  /// bytes that are no UTF-8 become '?'.
  void add_row(std::vector<std::string> cells);

  /// The header, a rule below it, and the rows; two spaces between columns, none at the end of a
  /// line, a newline after each.
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Columns of a terminal that UTF-8 `text` takes: 0 for combining marks, 2 for East Asian wide
/// characters and emoji, else 1; 1 for each byte that is no UTF-8.
std::size_t display_width(std::string_view text);

}  // namespace nobounce::report
