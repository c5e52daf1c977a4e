// SPDX-License-Identifier: Apache-2.0
// The reports of one model, as they should be. golden/bench.json is what tests/unit/bench makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/axis_ticks.h"
#include "report/bar_chart.h"
#include "report/bench_csv.h"
#include "report/bench_html.h"
#include "report/bench_table.h"
#include "report/html_page.h"
#include "report/ratio_chart.h"
#include "unit/report/golden_file.h"

namespace nobounce::report {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

json a_model() {
  return json::parse(golden("bench.json"));
}

TEST(BenchReport, TableIsAsItWas) {
  expect_golden("bench.txt", text_of_bench(a_model()));
}

TEST(BenchReport, CsvIsAsItWas) {
  expect_golden("bench.csv", csv_of_benches({a_model()}));
}

TEST(BenchReport, CsvHasAsManyFieldsInEachLine) {
  json model = a_model();
  model["cells"][4]["reason"] = "a \"quoted\" reason, with a comma\nand a line";
  const std::string csv = csv_of_benches({model});
  EXPECT_THAT(csv, HasSubstr("\"a \"\"quoted\"\" reason, with a comma\nand a line\""));
  const std::string header = csv.substr(0, csv.find('\n'));
  const std::string first =
      csv.substr(header.size() + 1, csv.find('\n', header.size() + 1) - header.size() - 1);
  EXPECT_EQ(std::ranges::count(header, ','), std::ranges::count(first, ','));
}

TEST(BenchReport, HtmlIsAsItWas) {
  expect_golden("bench.html", html_of_benches({a_model()}, nullptr));
}

TEST(BenchReport, HtmlNeedsNothingElse) {
  const std::string html = html_of_benches({a_model()}, nullptr);
  for (const char* reference : {"http:", "https:", "<script", "src=", "@import", "url("})
    EXPECT_THAT(html, Not(HasSubstr(reference)));
}

TEST(BenchReport, HtmlSaysWhatTheModelSays) {
  const json model = a_model();
  const std::string html = html_of_benches({model}, nullptr);
  for (const json& sentence : model.at("answer"))
    EXPECT_THAT(html, HasSubstr(html_text(sentence.get<std::string>())));
  for (const json& verdict : model.at("verdicts").at("against_baseline"))
    EXPECT_THAT(html, HasSubstr(html_text(verdict.at("words").get<std::string>())));
  for (const auto& [name, value] : model.at("not_measured").items())
    EXPECT_THAT(html, HasSubstr(name + ": not available: "));
  EXPECT_THAT(html, HasSubstr("capped by MAX_SKB_FRAGS: a &lt;test&gt;"));
  EXPECT_THAT(html, HasSubstr("devmem → devmem, GSO 64K: 8.24 Gbit/s, 8.16 to 8.32"));
  EXPECT_THAT(html, HasSubstr("nobounce bench test.toml --seed 7"));
}

TEST(BenchReport, WithoutPlainSocketsIsAgainstTheFirstWay) {
  json model = a_model();
  for (json& cell : model["cells"])
    cell["way"] = "devmem → devmem";
  EXPECT_THAT(text_of_bench(model), HasSubstr("Against the first way:"));
  EXPECT_THAT(text_of_bench(a_model()), HasSubstr("Against plain sockets:"));
  EXPECT_THAT(html_of_benches({model}, nullptr), Not(HasSubstr("Against plain sockets")));
}

TEST(BenchReport, HostileNameStaysText) {
  json model = a_model();
  model["bench"]["name"] = "<script>alert(1)</script>";
  model["cells"][0]["way"] = "\"><img src=x>";
  const std::string html = html_of_benches({model}, nullptr);
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
}

TEST(AxisTicks, BeginAtZeroAndReachTheMost) {
  EXPECT_THAT(ticks_to(6), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(ticks_to(7), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(ticks_to(0), ElementsAre(0, 1));
  for (const double most : {0.013, 0.99, 1.0, 12.5, 99.0, 123456.0}) {
    const auto ticks = ticks_to(most);
    EXPECT_EQ(ticks.front(), 0);
    EXPECT_GE(ticks.back() * 1.000001, most);
    EXPECT_LE(ticks.size(), 7u);
  }
  EXPECT_EQ(words_of_tick(0.5, 0.5), "0.5");
  EXPECT_EQ(words_of_tick(20, 10), "20");
}

TEST(BarChart, BarThatHasNoFigureSaysWhy) {
  const std::string svg =
      svg_of({.description = "d",
              .unit = "u",
              .groups = {{.title = "g",
                          .bars = {{.label = "l", .note = "not available: x"},
                                   {.label = "m",
                                    .segments = {{.style = "copy", .value = 2, .title = "two"}},
                                    .spread = {{1, 3}},
                                    .note = "2"}}}}});
  EXPECT_THAT(svg, HasSubstr("not available: x"));
  EXPECT_THAT(svg, HasSubstr("<title>two</title>"));
  EXPECT_THAT(svg, HasSubstr("class=\"whisker\""));
}

TEST(RatioChart, ShowsTheLineOfNoDifference) {
  const std::string svg = svg_of_ratios(
      {{.label = "a", .style = "devmem", .ratio = 1.3, .low = 1.2, .high = 1.4}}, "ratio");
  EXPECT_THAT(svg, HasSubstr("class=\"axis\""));
  EXPECT_THAT(svg, HasSubstr("1.30× [1.20, 1.40]"));
}

}  // namespace
}  // namespace nobounce::report
