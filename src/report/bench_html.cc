// SPDX-License-Identifier: Apache-2.0
#include "report/bench_html.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "report/bench_charts.h"
#include "report/bench_figures.h"
#include "report/bench_hosts.h"
#include "report/bench_recommendation.h"
#include "report/figure_json.h"
#include "report/html_page.h"
#include "report/measured_sections.h"

namespace nobounce::report {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

std::string list_of(const std::vector<std::string>& items) {
  std::string html = "<ul>\n";
  for (const std::string& item : items)
    html += fmt::format("<li>{}</li>\n", html_text(item));
  return html + "</ul>\n";
}

std::vector<const json*> measured(const json& model) {
  std::vector<const json*> cells;
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") == "measured") cells.push_back(&cell);
  }
  return cells;
}

std::string header_of(const json& model) {
  const json& bench = model.at("bench");
  const json& machine = model.at("machine");
  std::string html =
      fmt::format("<h1>Which zero copy pays: bench {}</h1>\n", html_text(bench.value("name", "")));
  const std::string accelerator = text_or_reason(machine.at("accelerator"));
  const std::string hosts =
      has_peer(machine)
          ? words_of_hosts(machine)
          : fmt::format("Linux {} · {} CPUs ({}) · two hosts in one virtual machine, {}",
                        text_or_reason(machine.at("kernel")), machine.at("cpus").dump(),
                        text_or_reason(machine.at("cpu")),
                        accelerator == "tcg" ? "its CPU and its NICs emulated"
                                             : fmt::format("accelerator {}", accelerator));
  html +=
      fmt::format("<p class=\"muted\">{} · {} · seed {} · nobounce {} ({})</p>\n",
                  html_text(bench.value("begun", "")), html_text(hosts), bench.at("seed").dump(),
                  html_text(text_or_reason(model.at("nobounce").at("version"))),
                  html_text(text_or_reason(model.at("nobounce").at("git_revision"))));
  html += "<div class=\"answer\">\n";
  for (const json& sentence : model.at("answer"))
    html += fmt::format("<p>{}</p>\n", html_text(sentence.get<std::string>()));
  return html + "</div>\n";
}

std::string figures_table(const json& model) {
  const std::vector<RareFigure> rare = rare_figures(model);
  Rows rows;
  for (const json* cell : measured(model)) {
    const auto busy = [&](const char* who) {
      return words_of(number_in(*cell, {"cpu_percent", "busy", who, "mean"}), 0);
    };
    const auto roi = [&](const char* who) { return roi_words(number_in(*cell, {"roi", who})); };
    std::vector<std::string> row = {cell->value("way", ""), cell->value("setting", ""),
                                    mean_with_deviation(*cell, {"throughput_gbit_per_s"}, 2)};
    for (const RareFigure& figure : rare)
      row.push_back(words_of(*cell, figure));
    row.insert(row.end(), {busy("sender"), busy("receiver"), busy("total"),
                           mean_with_deviation(*cell, {"cpu_seconds_per_gigabyte"}, 2),
                           roi("sender"), roi("receiver"), roi("total")});
    rows.push_back(std::move(row));
  }
  std::vector<std::string> header = {"way", "setting", "Gbit/s"};
  for (const RareFigure& figure : rare)
    header.emplace_back(figure.title);
  for (const char* title :
       {"CPU % tx", "CPU % rx", "CPU % all", "CPU s/GB", "ROI tx", "ROI rx", "ROI all"})
    header.emplace_back(title);
  return html_table(header, rows, 2);
}

std::string verdicts_of(const json& model) {
  std::string html;
  const auto group = [&](const char* key, std::string_view title) {
    const json& verdicts = model.at("verdicts").at(key);
    if (verdicts.empty()) return;
    html += fmt::format("<h3>{}</h3>\n", title) + ratio_figure(verdicts, model.at("cells"));
    std::vector<std::string> words;
    for (const json& verdict : verdicts)
      words.push_back(verdict.value("words", ""));
    html += list_of(words);
  };
  group("against_baseline", fmt::format("{} at the same setting", name_of_baseline(model)));
  group("by_axis", "What a setting changes");
  return html.empty() ? html : heading("Verdicts") + html;
}

std::string syscalls_of(const json& model) {
  std::string html = heading("System calls for a gigabyte") +
                     note(
                         "Calls of the data path for 10⁹ bytes, as the path itself counts them; "
                         "a dash: the path makes no such call. Their times: see below.");
  for (const char* side : {"sender", "receiver"}) {
    std::set<std::string> names;
    for (const json* cell : measured(model)) {
      const json& calls = cell->at("syscalls_per_gigabyte").at(side);
      for (const auto& [name, value] : calls.items()) {
        if (name != "not_available") names.insert(name);
      }
    }
    std::vector<std::string> header = {side, "setting"};
    header.insert(header.end(), names.begin(), names.end());
    Rows rows;
    for (const json* cell : measured(model)) {
      const json& calls = cell->at("syscalls_per_gigabyte").at(side);
      if (calls.contains("not_available")) continue;
      std::vector<std::string> row = {cell->value("way", ""), cell->value("setting", "")};
      for (const std::string& name : names)
        row.push_back(words_of(number_in(calls, {name.c_str()}), 0));
      rows.push_back(std::move(row));
    }
    html += html_table(header, rows, 2);
  }
  return html;
}

std::string landing_of(const json& model) {
  Rows rows;
  for (const json* cell : measured(model)) {
    if (cell->at("axes").value("engine", "") != "nobounce") continue;
    const auto one = [&](const char* name, int decimals) {
      return words_of(number_in(*cell, {"landing", name}), decimals);
    };
    rows.push_back({cell->value("way", ""), cell->value("setting", ""),
                    words_of(number_in(*cell, {"landing", "bytes_per_frag", "mean"}), 0),
                    words_of(number_in(*cell, {"landing", "frags_per_recvmsg", "mean"}), 1),
                    one("linear_bytes", 0), one("mapped_bytes", 0), one("kernel_copied_bytes", 0),
                    one("staged_bytes", 0), one("sends_copied", 0), one("cq_overflows", 0),
                    one("tokens_outstanding", 0), one("copied_bytes_per_byte", 4)});
  }
  return heading("How the payload landed") +
         note(
             "Means of a run. On devmem and zcrx, linear and copied bytes are payload that came by "
             "way of host memory after all; a dash: no such figure on this way.") +
         html_table({"way", "setting", "bytes a frag", "frags a recvmsg", "linear bytes",
                     "mapped bytes", "kernel copied", "staged bytes", "sends copied",
                     "CQ overflows", "tokens left", "copied a byte"},
                    rows, 2);
}

std::string rest_of_cells(const json& model) {
  std::vector<std::string> items;
  for (const json& cell : model.at("cells")) {
    if (cell.at("status") == "measured") continue;
    items.push_back(fmt::format("{}: {}: {}", cell.value("status", ""), name_of_cell(cell),
                                cell.value("reason", "")));
  }
  return items.empty() ? "" : heading("Cells without figures") + list_of(items);
}

std::string missing_of(const json& model) {
  std::vector<std::string> items;
  for (const auto& [name, value] : model.at("not_measured").items())
    items.push_back(fmt::format("{}: {}", name, text_or_reason(value)));
  return heading("Not available") +
         note(
             "What a bench is to measure and this one could not. Never a zero, never an "
             "estimate.") +
         list_of(items);
}

/// Kernel parameters; of two machines, both.
std::string parameters_of(const json& machine) {
  Rows rows;
  const auto add = [&](const std::string& name, const json& here, const json& there) {
    rows.push_back({name, text_or_reason(here)});
    if (has_peer(machine)) rows.back().push_back(there.is_null() ? "–" : text_or_reason(there));
  };
  const json peer = machine.value("peer", json::object());
  const json peers = peer.value("sysctls", json::object());
  for (const auto& [name, value] : machine.at("sysctls").items())
    add(name, value, peers.is_object() ? peers.value(name, json()) : json());
  if (machine.contains("max_skb_frags"))
    add("net.core.max_skb_frags", machine.at("max_skb_frags"), peer.value("max_skb_frags", json()));
  if (has_peer(machine)) return html_table({"parameter", "sender", "peer"}, rows, 3);
  return html_table({"parameter", "value"}, rows, 2);
}

std::string settings_of(const json& model) {
  std::string html = heading("Settings in force") +
                     note("Read back from the kernel after they were set, before the first run.");
  const std::array columns = {"mtu",
                              "gso_max_size",
                              "gro_max_size",
                              "generic-receive-offload",
                              "rx-gro-hw",
                              "tcp-segmentation-offload",
                              "header_split",
                              "rx_ring",
                              "advmss",
                              "region_pages",
                              "interrupts_on_cpus",
                              "application_on_cpus"};
  Rows rows;
  for (const json& cell : model.at("cells")) {
    for (const char* side : {"sender", "receiver"}) {
      if (!cell.at("settings").contains(side)) continue;
      const json& settings = cell.at("settings").at(side);
      std::vector<std::string> row = {name_of_cell(cell), side};
      for (const char* column : columns)
        row.push_back(settings.contains(column) ? text_or_reason(settings.at(column)) : "–");
      rows.push_back(std::move(row));
    }
  }
  std::vector<std::string> header = {"cell", "host"};
  header.insert(header.end(), columns.begin(), columns.end());
  html += html_table(header, rows, 2);
  return html + parameters_of(model.at("machine"));
}

std::string the_matrix(const json& bench) {
  return "<h3>The matrix</h3>\n<pre>" + html_text(bench.value("matrix", "")) + "</pre>\n";
}

std::string versus_flag(const json& versus) {
  std::string flag;
  for (const json& word : versus)
    flag += (flag.empty() ? " --versus " : ",") + word.get<std::string>();
  return flag;
}

std::string repeat_of(const json& model) {
  const json& bench = model.at("bench");
  const json& machine = model.at("machine");
  if (has_peer(machine))
    return heading("How to repeat it") +
           fmt::format("<pre>nobounce bench {} --seed {} --peer HOST --key-file FILE</pre>\n",
                       html_text(bench.value("matrix_name", "")), bench.at("seed").dump()) +
           note(fmt::format("nobounce {} at {} on both hosts. Rounds are shuffled by the seed; {} "
                            "warm-up rounds were not counted.",
                            text_or_reason(model.at("nobounce").at("version")),
                            text_or_reason(model.at("nobounce").at("git_revision")),
                            bench.at("warm_ups").dump())) +
           the_matrix(bench);
  std::string host = "not available";
  if (const json& found = machine.at("host"); found.contains("kernel")) {
    host = fmt::format("Linux {}, {}, {} CPUs", text_or_reason(found.at("kernel")),
                       text_or_reason(found.at("cpu")), found.at("cpus").dump());
  }
  const std::string asked = bench.value("kernel", "newest");
  const std::string kernel = asked == "newest" ? "" : " --kernel " + asked;
  return heading("How to repeat it") +
         fmt::format("<pre>nobounce bench {} --seed {}{}</pre>\n",
                     html_text(bench.value("matrix_name", "")), bench.at("seed").dump(),
                     html_text(kernel + versus_flag(bench.at("versus")))) +
         note(fmt::format("nobounce {} at {}; QEMU {}; the machine below: {}. Rounds are shuffled "
                          "by the seed; {} warm-up rounds were not counted.",
                          text_or_reason(model.at("nobounce").at("version")),
                          text_or_reason(model.at("nobounce").at("git_revision")),
                          text_or_reason(machine.at("qemu")), host, bench.at("warm_ups").dump())) +
         the_matrix(bench);
}

std::string findings_of(const json& model) {
  if (model.at("findings").empty()) return {};
  std::string html = heading("What the settings show");
  for (const json& finding : model.at("findings")) {
    html += "<p>";
    for (const json& sentence : finding.at("sentences"))
      html += html_text(sentence.get<std::string>()) + " ";
    html += "</p>\n";
  }
  return html;
}

std::string section_of(const json& model) {
  std::string html = header_of(model) + findings_of(model);
  if (!measured(model).empty()) {
    html += heading("Throughput") + throughput_figure(model);
    if (const std::string latency = latency_figure(model); !latency.empty())
      html += heading("Latency of requests") + latency;
    html += heading("CPU by kind, core by core") + cpu_figure(model);
    html += heading("Return on CPU") + roi_figure(model) + figures_table(model);
    html += verdicts_of(model) + html_of_recommendation(model.at("recommendation"));
    html += syscalls_of(model) + landing_of(model);
    html += measured_sections(model);
  }
  return html + rest_of_cells(model) + missing_of(model) + settings_of(model) + repeat_of(model);
}

std::vector<std::string> lines_of(const json& list) {
  return list.get<std::vector<std::string>>();
}

std::string comparison_of(const json& comparison) {
  std::vector<std::string> words;
  for (const json& verdict : comparison.at("verdicts"))
    words.push_back(verdict.value("words", ""));
  std::string html = fmt::format("<h1>{} against {}</h1>\n<div class=\"answer\"><p>{}</p></div>\n",
                                 html_text(comparison.value("first", "")),
                                 html_text(comparison.value("second", "")),
                                 html_text(comparison.value("summary", "")));
  html += ratio_figure(comparison.at("verdicts"), comparison.at("cells"),
                       "runs of the same number, which were not interleaved") +
          list_of(words);
  if (!comparison.at("lacking").empty())
    html +=
        "<h3>Measured in one of them alone</h3>\n" + list_of(lines_of(comparison.at("lacking")));
  const auto differences = lines_of(comparison.at("differences"));
  return html + "<h3>What else differs</h3>\n" +
         (differences.empty() ? note("Nothing that was recorded.") : list_of(differences));
}

}  // namespace

std::string html_of_benches(const std::vector<json>& models, const json& comparison) {
  std::string body;
  if (!comparison.is_null()) body += comparison_of(comparison);
  for (const json& model : models)
    body += section_of(model);
  return html_page("nobounce: which zero copy pays", body);
}

}  // namespace nobounce::report
