// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

#include "base/size.h"
#include "base/version.h"
#include "host/snapshot_json.h"
#include "report/figure_json.h"
#include "report/table.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

json json_of(const std::vector<JudgedPath>& paths) {
  json array = json::array();
  for (const JudgedPath& one : paths) {
    array.push_back({{"path", path::name_of(one.verdict.path)},
                     {"works", host::name_of(one.verdict.grade)},
                     {"memory", one.memory},
                     {"reason", one.verdict.reason},
                     {"fix", one.verdict.fix}});
  }
  return array;
}

/// What `--path auto` would try, by the order of `preference` where a profile has one.
std::vector<std::string> candidates_of(const std::vector<JudgedPath>& paths,
                                       const std::optional<host::PathPreference>& preference) {
  std::vector<host::Verdict> verdicts;
  for (const JudgedPath& one : paths)
    verdicts.push_back(one.verdict);
  const auto order = preference ? preference->order : std::vector<path::Path>();
  std::vector<std::string> names;
  for (const path::Path path : host::choose(verdicts, order).candidates)
    names.emplace_back(path::name_of(path));
  return names;
}

struct AutoOrder {
  std::vector<std::string> receive;
  std::vector<std::string> send;
};

AutoOrder auto_of(const PathsOfInterface& paths) {
  const host::Profile profile = paths.profile.profile.value_or(host::Profile());
  return {.receive = candidates_of(paths.receive, profile.receive),
          .send = candidates_of(paths.send, profile.send)};
}

json json_of(const host::FoundProfile& found) {
  json object = {{"ignored", found.ignored}};
  if (found.profile) object.update(host::to_json(*found.profile));
  if (found.profile) object["file"] = found.file;
  return object;
}

json json_of(const PathsOfInterface& paths) {
  const AutoOrder order = auto_of(paths);
  json object = {{"interface", paths.interface},
                 {"receive", json_of(paths.receive)},
                 {"send", json_of(paths.send)},
                 {"auto", {{"receive", order.receive}, {"send", order.send}}}};
  if (paths.profile.profile || !paths.profile.ignored.empty())
    object["profile"] = json_of(paths.profile);
  return object;
}

json json_of(const doctor::Findings& findings) {
  json array = json::array();
  for (const doctor::Finding& finding : findings) {
    array.push_back({{"id", finding.id},
                     {"severity", doctor::name_of(finding.severity)},
                     {"object", finding.object},
                     {"what", finding.what},
                     {"why", finding.why},
                     {"command", finding.command},
                     {"fix_does_it", finding.remedy.has_value()}});
  }
  return array;
}

json json_of(const std::vector<Fixed>& fixed) {
  json array = json::array();
  for (const Fixed& one : fixed)
    array.push_back({{"what", one.what}, {"error", one.error}});
  return array;
}

void add_rows(std::string_view direction, const std::vector<JudgedPath>& paths,
              report::Table& table) {
  for (const auto& [verdict, memory] : paths) {
    table.add_row({std::string(direction), std::string(path::name_of(verdict.path)),
                   std::string(host::name_of(verdict.grade)), memory, verdict.reason});
    direction = {};
    if (!verdict.fix.empty()) table.add_row({"", "", "", "", "→ " + verdict.fix});
  }
}

/// What `--path auto` takes, and who says so.
std::string auto_words(const PathsOfInterface& paths) {
  const AutoOrder order = auto_of(paths);
  const host::Profile profile = paths.profile.profile.value_or(host::Profile());
  const auto whose = [&](const std::optional<host::PathPreference>& preference) {
    return preference ? fmt::format("profile of {}, {}", profile.measured, paths.profile.file)
                      : "nobounce's own order";
  };
  std::string text = fmt::format("--path auto receives by {} ({})\n            sends by {} ({})\n",
                                 fmt::join(order.receive, ", "), whose(profile.receive),
                                 fmt::join(order.send, ", "), whose(profile.send));
  for (const std::string& ignored : paths.profile.ignored)
    text += fmt::format("profile ignored: {}\n", ignored);
  return text + "\n";
}

std::string table_of(const PathsOfInterface& paths) {
  report::Table table({{.header = ""},
                       {.header = "path"},
                       {.header = "works"},
                       {.header = "memory"},
                       {.header = "why it is no better"}});
  add_rows("receive", paths.receive, table);
  add_rows("send", paths.send, table);
  return fmt::format("{}\n\n{}\n{}", paths.interface, table.to_string(), auto_words(paths));
}

std::string provisioning_of(const host::NicFacts& nic, const doctor::Workload& workload) {
  const auto need = doctor::provision_for(nic, workload);
  if (!need.is_available()) {
    return fmt::format("{}: what a queue needs is not known: {}\n\n", nic.interface,
                       need.missing_probe());
  }
  const doctor::Provisioning& parts = need.value();
  return fmt::format(
      "{}: a queue needs {}: 2 × {} on the way, {} for the ring, {} held; the region has {}\n\n",
      nic.interface, format_size(parts.needed), format_size(parts.bandwidth_delay),
      format_size(parts.ring), format_size(parts.held), format_size(workload.region_bytes));
}

std::string text_of(const doctor::Finding& finding) {
  std::string text = fmt::format("{:<8} {}: {}\n         {}\n", doctor::name_of(finding.severity),
                                 finding.object, finding.what, finding.why);
  if (!finding.command.empty()) {
    text += fmt::format("         → {}{}\n", finding.command,
                        finding.remedy ? "  (--fix does it)" : "");
  }
  return text;
}

using Judge = std::vector<host::Verdict> (*)(const host::Snapshot&, const host::PathNeed&);

/// Of equals, the provider that is named first.
std::vector<JudgedPath> best_of(const host::Snapshot& host, Judge judge, host::PathNeed need,
                                std::span<const std::string> providers) {
  std::vector<JudgedPath> best;
  for (const std::string& provider : providers) {
    need.provider = provider;
    const auto verdicts = judge(host, need);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const bool matters =
          verdicts[i].grade != host::Grade::kNo && verdicts[i].path != path::Path::kCopy;
      const JudgedPath judged{.verdict = verdicts[i], .memory = matters ? provider : ""};
      if (i >= best.size()) {
        best.push_back(judged);
      } else if (verdicts[i].grade > best[i].verdict.grade) {
        best[i] = judged;
      }
    }
  }
  return best;
}

}  // namespace

Diagnosis diagnose(host::Snapshot host, const doctor::Workload& workload, bool huge_pages,
                   std::span<const std::string> providers) {
  Diagnosis diagnosis{.host = std::move(host),
                      .workload = workload,
                      .huge_pages = huge_pages,
                      .paths = {},
                      .findings = {},
                      .fixed = {},
                      .host_id = NotAvailable{"a recorded host"}};
  std::vector<std::string> interfaces;
  for (const host::NicFacts& nic : diagnosis.host.nics)
    interfaces.push_back(nic.interface);
  if (interfaces.empty()) interfaces.emplace_back("lo");
  for (const std::string& interface : interfaces) {
    const host::PathNeed need{.interface = interface, .provider = {}, .hugepages = huge_pages};
    diagnosis.paths.push_back(
        {.interface = interface,
         .receive = best_of(diagnosis.host, host::judge_receive, need, providers),
         .send = best_of(diagnosis.host, host::judge_send, need, providers)});
  }
  diagnosis.findings = doctor::examine(diagnosis.host, workload);
  return diagnosis;
}

json to_json(const Diagnosis& diagnosis) {
  json paths = json::array();
  for (const PathsOfInterface& one : diagnosis.paths)
    paths.push_back(json_of(one));
  json provisioning = json::object();
  for (const host::NicFacts& nic : diagnosis.host.nics) {
    provisioning[nic.interface] =
        doctor::provision_for(nic, diagnosis.workload).map([](const doctor::Provisioning& parts) {
          return json{{"bandwidth_delay_bytes", parts.bandwidth_delay},
                      {"ring_bytes", parts.ring},
                      {"held_bytes", parts.held},
                      {"needed_bytes", parts.needed}};
        });
  }
  return {{"schema", kDoctorSchema},
          {"version", std::string(version())},
          {"git_revision", std::string(git_revision())},
          {"workload",
           {{"round_trip_ns", diagnosis.workload.round_trip_ns},
            {"hold_ns", diagnosis.workload.hold_ns},
            {"region_bytes", diagnosis.workload.region_bytes},
            {"memory", diagnosis.workload.provider},
            {"huge_pages", diagnosis.huge_pages}}},
          {"host_id", diagnosis.host_id},
          {"paths", paths},
          {"provisioning", provisioning},
          {"findings", json_of(diagnosis.findings)},
          {"fixed", json_of(diagnosis.fixed)},
          {"host", host::to_json(diagnosis.host)}};
}

std::string text_of(const Diagnosis& diagnosis) {
  std::string text = fmt::format("kernel {}\n\n", diagnosis.host.kernel_release);
  for (const Fixed& one : diagnosis.fixed) {
    text += one.error.empty() ? fmt::format("fixed: {}\n", one.what)
                              : fmt::format("not fixed: {}: {}\n", one.what, one.error);
  }
  if (!diagnosis.fixed.empty()) text += "\n";
  for (const PathsOfInterface& one : diagnosis.paths)
    text += table_of(one);
  for (const host::NicFacts& nic : diagnosis.host.nics) {
    if (nic.looked.works() && nic.interface != "lo")
      text += provisioning_of(nic, diagnosis.workload);
  }
  if (diagnosis.findings.empty()) return text + "nothing to mend\n";
  for (const doctor::Finding& finding : diagnosis.findings)
    text += text_of(finding);
  return text;
}

}  // namespace nobounce::cli
