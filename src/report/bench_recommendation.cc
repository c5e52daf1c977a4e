// SPDX-License-Identifier: Apache-2.0
#include "report/bench_recommendation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

#include "report/html_page.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

constexpr std::array kDirections = {std::pair{"receive", "To receive"},
                                    std::pair{"send", "To send"}};

/// "zcrx, devmem, mmap, copy: not nobounce's own order", or why there is none.
std::string order_words(const json& direction) {
  if (!direction.contains("order")) return "none: " + direction.value("not_available", "");
  const auto order = direction.at("order").get<std::vector<std::string>>();
  return fmt::format("{} ({})", fmt::join(order, ", "),
                     direction.at("changes").get<bool>() ? "this changes nobounce's own order"
                                                         : "nobounce's own order");
}

std::vector<std::string> reasons_of(const json& direction) {
  return direction.value("reasons", std::vector<std::string>());
}

}  // namespace

std::string text_of_recommendation(const json& recommendation) {
  std::string text =
      fmt::format("\nOrder for --path auto, by {}:\n", recommendation.value("criterion", ""));
  for (const auto& [key, title] : kDirections) {
    text += fmt::format("  {}: {}\n", key, order_words(recommendation.at(key)));
    for (const std::string& reason : reasons_of(recommendation.at(key)))
      text += fmt::format("    {}\n", reason);
  }
  return text;
}

std::string html_of_recommendation(const json& recommendation) {
  std::string html = fmt::format(
      "<h2>What --path auto should try</h2>\n<p class=\"note\">Judged by {}, pair by pair of "
      "interleaved runs, over all settings. nobounce's own order is changed only where a "
      "difference "
      "is shown, and in no setting the other way.</p>\n",
      html_text(recommendation.value("criterion", "")));
  for (const auto& [key, title] : kDirections) {
    const json& direction = recommendation.at(key);
    html += fmt::format("<p><b>{}</b>: {}.</p>\n", title, html_text(order_words(direction)));
    const auto reasons = reasons_of(direction);
    if (reasons.empty()) continue;
    html += "<ul>\n";
    for (const std::string& reason : reasons)
      html += fmt::format("<li>{}</li>\n", html_text(reason));
    html += "</ul>\n";
  }
  return html;
}

}  // namespace nobounce::report
