// SPDX-License-Identifier: Apache-2.0
#include "report/table.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace nobounce::report {
namespace {

TEST(Table, AlignsItsColumnsUnderTheirHeaders) {
  Table table({{.header = "path"}, {.header = "Gbit/s", .align = Align::kRight}, {.header = "ok"}});
  table.add_row({"copy", "4.1", "yes"});
  table.add_row({"devmem", "123456.7", "no"});
  EXPECT_EQ(table.to_string(),
            "path      Gbit/s  ok\n"
            "------  --------  ---\n"
            "copy         4.1  yes\n"
            "devmem  123456.7  no\n");
}

TEST(Table, WithoutRowsIsItsHeader) {
  EXPECT_EQ(Table({{.header = "a"}, {.header = "bc"}}).to_string(), "a  bc\n-  --\n");
}

TEST(Table, FillsUpShortRowsAndCutsLongOnes) {
  Table table({{.header = "a"}, {.header = "b"}});
  table.add_row({"1"});
  table.add_row({"1", "2", "3"});
  EXPECT_EQ(table.to_string(), "a  b\n-  -\n1\n1  2\n");
}

TEST(Table, AlignsUtf8ByWhatATerminalShows) {
  Table table({{.header = "file"}, {.header = "n", .align = Align::kRight}});
  table.add_row({"naïve", "1"});
  table.add_row({"日本", "2"});
  table.add_row({"e\u0301e\u0301", "3"});
  EXPECT_EQ(table.to_string(),
            "file   n\n"
            "-----  -\n"
            "naïve  1\n"
            "日本   2\n"
            "e\u0301e\u0301     3\n");
}

TEST(Table, KeepsATerminalFromObeyingACell) {
  Table table({{.header = "file"}});
  table.add_row({"a\x1b[2Jb\nc\x7f"});
  table.add_row(
      {"\xc2\x9b"
       "31m"});
  table.add_row({"\xff\xfe"});
  table.add_row({"a\u202eb"});
  EXPECT_EQ(table.to_string(), "file\n---------\na?[2Jb?c?\n?31m\n??\na?b\n");
}

TEST(DisplayWidth, CountsColumns) {
  const std::pair<std::string_view, std::size_t> cases[] = {
      {"", 0},
      {"abc", 3},
      {"é", 1},
      {"→", 1},
      {"漢字", 4},
      {"한", 2},
      {"😀", 2},
      {"a\u0308", 1},
      {"\u200b", 0},
      // Not UTF-8: a stray continuation, a cut sequence, an overlong '/', a surrogate, beyond the
      // last code point, a lead byte that does not exist.
      {"\x80", 1},
      {"\xe2\x82", 2},
      {"\xc0\xaf", 2},
      {"\xed\xa0\x80", 3},
      {"\xf4\x90\x80\x80", 4},
      {"\xff", 1},
  };
  for (const auto& [text, width] : cases)
    EXPECT_EQ(display_width(text), width) << text;
}

}  // namespace
}  // namespace nobounce::report
