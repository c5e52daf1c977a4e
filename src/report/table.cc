// SPDX-License-Identifier: Apache-2.0
#include "report/table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace nobounce::report {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that matter in names and headers, from Unicode's DerivedGeneralCategory (Mn, Cf) and
// EastAsianWidth (W, F); not every range that the standard has.
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036f}, Range{0x200b, 0x200f}, Range{0x202a, 0x202e},
    Range{0x2060, 0x2064}, Range{0x206a, 0x206f}, Range{0x20d0, 0x20ff},
    Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f}, Range{0xfeff, 0xfeff},
};
constexpr std::array kDoubleWidth = {
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd},
};

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t point) {
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return point >= range.first && point <= range.last; });
}

/// Takes the first code point off `rest`, which must not be empty; empty for a byte that begins
/// none, which is taken off alone.
std::optional<char32_t> take_code_point(std::string_view& rest) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80             ? 1
                             : (lead & 0xe0) == 0xc0 ? 2
                             : (lead & 0xf0) == 0xe0 ? 3
                             : (lead & 0xf8) == 0xf0 ? 4
                                                     : 0;
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  char32_t point = length == 1 ? lead : lead & (0x7fu >> length);
  bool valid = length != 0 && length <= rest.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xc0) == 0x80;
    point = point << 6 | (byte(i) & 0x3fu);
  }
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (!valid || point < kSmallest[length] || point > 0x10ffff || is_surrogate) {
    rest.remove_prefix(1);
    return std::nullopt;
  }
  rest.remove_prefix(length);
  return point;
}

/// Control characters, and the marks that turn the direction of what follows.
bool is_obeyed(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

/// `text` without what a terminal would obey rather than show.
std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto point = take_code_point(text);
    if (!point || is_obeyed(*point)) {
      safe += '?';
    } else {
      safe += before.substr(0, before.size() - text.size());
    }
  }
  return safe;
}

void append_cell(std::string& line, std::string_view cell, Align align, std::size_t width) {
  const std::string padding(width - display_width(cell), ' ');
  if (align == Align::kRight) line += padding;
  line += cell;
  if (align == Align::kLeft) line += padding;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (point && contains(kZeroWidth, *point)) continue;
    width += point && contains(kDoubleWidth, *point) ? 2 : 1;
  }
  return width;
}

void Table::add_row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells)
    cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::to_string() const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::size_t width = display_width(columns_[column].header);
    for (const auto& row : rows_)
      width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }

  std::string text;
  const auto append_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (column != 0) line += "  ";
      append_cell(line, cell_of(column), columns_[column].align, widths[column]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  append_line([&](std::size_t column) { return columns_[column].header; });
  append_line([&](std::size_t column) { return std::string(widths[column], '-'); });
  for (const auto& row : rows_)
    append_line([&](std::size_t column) { return row[column]; });
  return text;
}

}  // namespace nobounce::report
