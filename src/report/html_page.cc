// SPDX-License-Identifier: Apache-2.0
#include "report/html_page.h"

#include <fmt/format.h>

namespace nobounce::report {
namespace {

// Colours are told apart by lightness too, for paper and for eyes that see few hues.
constexpr std::string_view kStyle = R"(:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2430; --muted: #5d6878; --line: #d9dee6; --panel: #f5f7fa;
  --copy: #8793a5; --devmem: #2563c9; --zcrx: #0b8a6a; --mmap: #b8701a; --peer: #c3cad4;
  --idle0: #7fb7d6; --idle1: #5a93b8; --idle2: #3f7292; --idle3: #2a546e; --idle4: #b9d4e4;
  --user: #3f7be0; --system: #e39a3b; --softirq: #a04fb5; --irq: #c93f4a; --other: #98a2b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e4e8ee; --muted: #9aa5b5; --line: #323a46; --panel: #1c222b;
    --copy: #8b97a9; --devmem: #5b93f0; --zcrx: #37b894; --mmap: #dc9a48; --peer: #566070;
    --user: #6a9cf3; --system: #eab265; --softirq: #c380d6; --irq: #e8737c; --other: #76808f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 40px 0 6px; padding-top: 10px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 22px 0 6px; }
p { margin: 6px 0; max-width: 75ch; }
.muted, figcaption, .note { color: var(--muted); font-size: 13.5px; }
.answer { background: var(--panel); border-left: 4px solid var(--devmem); padding: 12px 18px;
  margin: 20px 0; border-radius: 4px; }
.answer p { font-size: 16px; }
figure { margin: 12px 0 18px; overflow-x: auto; }
svg { display: block; width: 100%; min-width: 620px; height: auto; }
svg text { fill: var(--ink); font-family: inherit; font-size: 13px; }
svg .dim { fill: var(--muted); font-size: 12px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .curve { stroke-width: 2; fill: none; stroke-linejoin: round; }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; }
.copy { fill: var(--copy); background: var(--copy); }
.devmem { fill: var(--devmem); background: var(--devmem); }
.zcrx { fill: var(--zcrx); background: var(--zcrx); }
.mmap { fill: var(--mmap); background: var(--mmap); }
.peer { fill: var(--peer); background: var(--peer); }
.user { fill: var(--user); background: var(--user); }
.system { fill: var(--system); background: var(--system); }
.softirq { fill: var(--softirq); background: var(--softirq); }
.irq { fill: var(--irq); background: var(--irq); }
.other { fill: var(--other); background: var(--other); }
.idle0 { fill: var(--idle0); background: var(--idle0); }
.idle1 { fill: var(--idle1); background: var(--idle1); }
.idle2 { fill: var(--idle2); background: var(--idle2); }
.idle3 { fill: var(--idle3); background: var(--idle3); }
.idle4 { fill: var(--idle4); background: var(--idle4); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0; font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px;
  margin-right: 6px; vertical-align: -1px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; margin: 8px 0; }
th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--muted); font-weight: 600; }
td:first-child { white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; }
thead th { vertical-align: bottom; }
pre { background: var(--panel); padding: 12px 14px; overflow-x: auto; font-size: 12.5px;
  border-radius: 4px; }
summary { cursor: pointer; color: var(--muted); }
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 11pt; }
  figure, tr, .answer { break-inside: avoid; }
  /* Paper does not scroll. */
  .wide { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td, td:first-child, td.n { padding: 2px 7px 2px 0; white-space: normal;
    overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; }
  h2, h3 { break-after: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
)";

}  // namespace

std::string html_text(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char letter : text) {
    switch (letter) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x20 ? byte != 0x7f : letter == '\n' || letter == '\t') safe += letter;
      }
    }
  }
  return safe;
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n"
      "</html>\n",
      html_text(title), kStyle, body);
}

std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows,
                       std::size_t numbers_from) {
  const auto row_of = [&](const std::vector<std::string>& cells, const char* tag) {
    std::string row = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      row += fmt::format("<{}{}>{}</{}>", tag, i >= numbers_from ? " class=\"n\"" : "",
                         html_text(cells[i]), tag);
    return row + "</tr>\n";
  };
  std::string table = "<div class=\"wide\"><table>\n<thead>" + row_of(header, "th") + "</thead>\n";
  table += "<tbody>\n";
  for (const auto& cells : rows)
    table += row_of(cells, "td");
  return table + "</tbody>\n</table></div>\n";
}

std::string heading(std::string_view text) {
  return fmt::format("<h2>{}</h2>\n", html_text(text));
}

std::string note(std::string_view text) {
  return fmt::format("<p class=\"note\">{}</p>\n", html_text(text));
}

}  // namespace nobounce::report
