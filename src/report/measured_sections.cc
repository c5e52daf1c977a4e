// SPDX-License-Identifier: Apache-2.0
#include "report/measured_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/bar_chart.h"
#include "report/bench_figures.h"
#include "report/figure_json.h"
#include "report/html_page.h"
#include "report/measured_rows.h"
#include "report/traced_rows.h"

namespace nobounce::report {
namespace {

using nlohmann::json;

/// The table, or the reason that there is none.
std::string table_or_reason(const MeasuredTable& table) {
  if (!table.rows.empty()) return html_table(table.header, table.rows, table.numbers_from);
  return note("not available: " + (table.missing.empty() ? "no cell has it" : table.missing));
}

std::string folded(std::string_view summary, const std::string& content) {
  return fmt::format("<details>\n<summary>{}</summary>\n{}</details>\n", html_text(summary),
                     content);
}

std::string picture(const BarChart& chart, std::string_view caption) {
  return fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", svg_of(chart),
                     html_text(caption));
}

std::string power_picture(const json& model) {
  BarGroup group{.title = ""};
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") != "measured") continue;
    const Figure<double> watts = number_in(cell, {"power", "watts", "mean"});
    if (!watts.is_available()) continue;
    const Figure<double> idle = number_in(cell, {"power", "idle_watts", "mean"});
    const double base = idle.is_available() ? std::min(idle.value(), watts.value()) : 0;
    Bar bar{.label = name_of_cell(cell), .note = fmt::format("{:.1f} W", watts.value())};
    bar.segments = {{.style = "other", .value = base, .title = fmt::format("idle {:.1f} W", base)},
                    {.style = "irq",
                     .value = watts.value() - base,
                     .title = fmt::format("{:.1f} W more", watts.value() - base)}};
    bar.spread = {cell.at("power").at("watts").at("least"),
                  cell.at("power").at("watts").at("most")};
    group.bars.push_back(std::move(bar));
  }
  if (group.bars.empty()) return {};
  return picture(
      {.description = "Power of each cell, in watts", .unit = "W", .groups = {group}},
      "Mean power during the transfers; the pale part is that of the idle machine before "
      "them, where it was taken.");
}

/// One bar a CPU, as long as the time that it was idle, in pieces by state.
std::string idle_picture(const json& model) {
  constexpr std::size_t kColours = 5;
  std::set<std::string> states;
  std::vector<BarGroup> groups;
  MeasuredTable unused;
  for_each_measured(model, "receiver", "idle_states", unused, [&](const json&, const json& cpus) {
    for (const json& cpu : cpus) {
      for (const auto& [state, figures] : cpu.at("states").items())
        states.insert(state);
    }
  });
  for_each_measured(
      model, "receiver", "idle_states", unused, [&](const json& cell, const json& cpus) {
        BarGroup group{.title = name_of_cell(cell)};
        for (const json& cpu : cpus) {
          Bar bar{.label = "CPU " + cpu.at("cpu").dump()};
          double idle = 0;
          for (const auto& [state, figures] : cpu.at("states").items()) {
            const double percent = number_in(figures, {"percent"}).is_available()
                                       ? figures.at("percent").get<double>()
                                       : 0;
            const auto place =
                static_cast<std::size_t>(std::distance(states.begin(), states.find(state)));
            bar.segments.push_back({.style = fmt::format("idle{}", place % kColours),
                                    .value = percent,
                                    .title = fmt::format("{}: {:.1f}%", state, percent)});
            idle += percent;
          }
          bar.note = fmt::format("{:.0f}%", idle);
          group.bars.push_back(std::move(bar));
        }
        groups.push_back(std::move(group));
      });
  if (groups.empty()) return {};
  std::string legend = "<div class=\"legend\">";
  std::size_t place = 0;
  for (const std::string& state : states)
    legend += fmt::format("<span><i class=\"idle{}\"></i>{}</span>", place++ % kColours,
                          html_text(state));
  return legend + "</div>\n" +
         picture({.description = "Residency of each CPU in its idle states",
                  .unit = "percent of the time",
                  .groups = std::move(groups)},
                 "What is missing to 100% the CPU was busy, or in a state that nobody counts.");
}

std::string frags_picture(const json& model) {
  std::vector<BarGroup> groups;
  MeasuredTable unused;
  for_each_measured(
      model, "receiver", "frags_per_receive", unused, [&](const json& cell, const json& frags) {
        const double count =
            number_in(frags, {"count"}).is_available() ? frags.at("count").get<double>() : 0;
        if (!(count > 0) || number_in(frags, {"max"}).value() <= 1) return;
        BarGroup group{.title = name_of_cell(cell)};
        for (const json& bucket : frags.at("histogram")) {
          const auto least = bucket.at("least").get<std::uint64_t>();
          const auto most = bucket.at("most").get<std::uint64_t>();
          const double share = 100 * bucket.at("count").get<double>() / count;
          group.bars.push_back(
              {.label = least == most ? std::to_string(least) : fmt::format("{}–{}", least, most),
               .segments = {{.style = cell.at("axes").value("rx_path", "copy"),
                             .value = share,
                             .title = fmt::format("{} receives", bucket.at("count").dump())}},
               .note = fmt::format("{:.1f}%", share)});
        }
        groups.push_back(std::move(group));
      });
  if (groups.empty()) return {};
  return picture({.description = "How many frags a receive brought",
                  .unit = "percent of the receives",
                  .groups = std::move(groups)},
                 "Frags that one receive brought, of all averaged runs together.");
}

std::string counters_of(const json& model) {
  std::string html;
  for (const char* side : {"sender", "receiver"}) {
    MeasuredTable table{.header = {"way", "setting", "counter", "growth a run"}, .numbers_from = 3};
    for_each_measured(model, side, "nic", table, [&](const json& cell, const json& nic) {
      const json changed = nic.value("changed", json::object());
      for (const auto& [name, growth] : changed.items()) {
        if (growth.is_number())
          table.rows.push_back({cell.value("way", ""), cell.value("setting", ""), name,
                                words_of(growth.get<double>(), 0)});
      }
    });
    html += fmt::format("<h3>{}</h3>\n", side) + table_or_reason(table);
  }
  return folded("The driver's own counters that grew", html);
}

std::string functions_of(const json& model) {
  std::string html = note(
      "Samples of all CPUs of either host, means of a run. Programs are one, user space; an idle "
      "CPU "
      "sits in a function of the kernel too, unless it was cycles that were sampled.");
  std::string by_cpu;
  for (const char* side : {"sender", "receiver"}) {
    const std::string title = fmt::format("<h3>{}</h3>\n", side);
    html += title + table_or_reason(function_rows(model, side));
    by_cpu += title + table_or_reason(function_rows_by_cpu(model, side));
  }
  return html + folded("By CPU", by_cpu);
}

}  // namespace

std::string measured_sections(const json& model) {
  std::string html = heading("CPU of the machine") +
                     note(
                         "All CPUs together, in percent of one. iowait is idle time: io_uring's "
                         "waiting counts as it, and it is in no sum of work.") +
                     table_or_reason(machine_cpu_rows(model)) +
                     folded("By thread", table_or_reason(thread_rows(model)));
  html += heading("Power") + power_picture(model) + table_or_reason(power_rows(model));
  html += heading("Idle states") + idle_picture(model) + table_or_reason(idle_state_rows(model));
  html += heading("Hottest functions") + functions_of(model);
  html += heading("Times of system calls") +
          note(
              "Of all averaged runs together; what opens the path is not in it. Waiting is in poll "
              "and io_uring_enter. Errors have would-block in them.");
  for (const char* side : {"sender", "receiver"})
    html += fmt::format("<h3>{}</h3>\n", side) + table_or_reason(syscall_rows(model, side));
  html += "<h3>Of whole programs, as traced</h3>\n" +
          note(
              "Of the warm-ups, by the kernel's tracepoints, from a program's exec on; peers' too. "
              "Tracing slows them, so no run that counts is traced. Calls with at least 1% of the "
              "time.") +
          table_or_reason(traced_rows(model));
  html +=
      heading("Frags and tokens") + frags_picture(model) + table_or_reason(frag_rows(model)) +
      "<h3>Tokens given back (SO_DEVMEM_DONTNEED)</h3>\n" + table_or_reason(token_rows(model)) +
      note("The time a token has that of the low-water mark in it, which setsockopt sets too.") +
      "<h3>Niovs that waited in the refill ring (zcrx)</h3>\n" +
      table_or_reason(refill_rows(model));
  html += heading("Page pools of the NIC") +
          note(
              "Means of a run. empty: the fast way had nothing; ring full: a page that came back "
              "and was not kept.") +
          table_or_reason(page_pool_rows(model));
  html += heading("NIC") + table_or_reason(nic_rows(model)) + counters_of(model);
  return html + heading("TCP") +
         note(
             "Of the connection at its end, means of a run; busy, and of that limited by the "
             "peer's window or by the sender's buffer.") +
         table_or_reason(tcp_rows(model));
}

}  // namespace nobounce::report
