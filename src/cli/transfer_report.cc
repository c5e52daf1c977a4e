// SPDX-License-Identifier: Apache-2.0
#include "cli/transfer_report.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "base/size.h"
#include "base/version.h"
#include "cli/measured_json.h"
#include "report/figure_json.h"
#include "report/latency_json.h"
#include "sys/steady_clock.h"
#include "sys/wall_clock.h"

namespace nobounce::cli {
namespace {

using nlohmann::json;

std::string_view name_of(transfer::Direction direction) {
  return direction == transfer::Direction::kReceive ? "receive" : "send";
}

json header() {
  return {{"schema", kTransferSchema},
          {"version", std::string(version())},
          {"git_revision", std::string(git_revision())}};
}

json by_kind(const measure::CpuSeconds& cpu) {
  return {{"user", cpu.user_s},   {"nice", cpu.nice_s},      {"system", cpu.system_s},
          {"idle", cpu.idle_s},   {"iowait", cpu.iowait_s},  {"irq", cpu.irq_s},
          {"steal", cpu.steal_s}, {"softirq", cpu.softirq_s}};
}

json by_cpu(const measure::HostCpuSeconds& host) {
  json cpus = json::array();
  for (const measure::OneCpuSeconds& one : host.per_cpu) {
    cpus.push_back(by_kind(one.seconds));
    cpus.back()["cpu"] = one.cpu;
  }
  return cpus;
}

/// The time of day at a moment of the steady clock, for whoever compares it with another machine's.
double seconds_since_1970(std::uint64_t steady_ns) {
  const auto ago =
      static_cast<double>(sys::SteadyClock().now_ns()) - static_cast<double>(steady_ns);
  return (static_cast<double>(sys::wall_clock_ns()) - ago) / 1e9;
}

// A line of the summary, or nothing where the figure is missing for a reason nobody asks about.
template <typename T, typename Format>
std::string line_of(std::string_view label, const Figure<T>& figure, Format&& format) {
  return fmt::format("  {:<12} {}\n", label,
                     figure.is_available()
                         ? format(figure.value())
                         : fmt::format("not available: {}", figure.missing_probe()));
}

std::string where_it_landed(const transfer::TransferResult& result) {
  std::string text =
      fmt::format("  {:<12} {} in the region, {} linear bytes, {} tokens outstanding\n", "frags",
                  result.frags, result.linear_bytes, result.tokens_outstanding);
  if (result.mapped_bytes > 0) {
    text += fmt::format(
        "  {:<12} {} bytes, {:.1f}% of all\n", "mapped", result.mapped_bytes,
        100.0 * static_cast<double>(result.mapped_bytes) / static_cast<double>(result.bytes));
  }
  if (result.kernel_copied_bytes.is_available() && result.kernel_copied_bytes.value() > 0) {
    text += fmt::format("  {:<12} {} bytes by the kernel\n", "copied",
                        result.kernel_copied_bytes.value());
  }
  if (result.staged_bytes > 0) {
    text += fmt::format("  {:<12} {} bytes through host memory\n", "staged", result.staged_bytes);
  }
  if (result.cq_overflows > 0) {
    text += fmt::format("  {:<12} {} completions\n", "overflowed", result.cq_overflows);
  }
  return text;
}

std::string what_was_copied(const transfer::TransferResult& result) {
  std::string text;
  if (result.sends_copied > 0) {
    text += fmt::format("  {:<12} {} sends after all\n", "copied", result.sends_copied);
  }
  if (result.sends_degraded > 0) {
    text += fmt::format("  {:<12} {} sends, for want of memory that may be locked\n", "degraded",
                        result.sends_degraded);
  }
  if (result.staged_bytes > 0) {
    text += fmt::format("  {:<12} {} bytes through host memory\n", "staged", result.staged_bytes);
  }
  return text;
}

// Of what was asked, a line where anything was.
std::string line_of_latencies(const transfer::TransferResult& result) {
  if (!result.latencies) return {};
  std::string text =
      fmt::format("  {:<12} {} requests, us: ", "latency", result.latencies->count());
  for (const report::Quantile& quantile : report::kQuantiles) {
    const Figure<double> us = report::quantile_us(*result.latencies, quantile.part);
    if (us.is_available()) text += fmt::format("{} {:.0f}, ", quantile.words, us.value());
  }
  return text + fmt::format("max {:.0f}\n", static_cast<double>(result.latencies->max()) / 1e3);
}

std::string words_of(std::span<const path::Path> order) {
  std::string words;
  for (const path::Path path : order)
    words += fmt::format("{}{}", words.empty() ? "" : ", ", path::name_of(path));
  return words;
}

json to_json(const transfer::PathOrder& order) {
  json object = {{"file", order.file}, {"measured", order.measured}, {"ignored", order.ignored}};
  object["order"] = json::array();
  for (const path::Path path : order.order)
    object["order"].push_back(path::name_of(path));
  return object;
}

json to_json(const measure::CopyTotals& totals) {
  return {{"user_bytes", totals.user_bytes}, {"other_bytes", totals.other_bytes}};
}

json to_json(const measure::Copies& copies) {
  json routines = json::object();
  for (const measure::RoutineBytes& routine : copies.routines)
    routines[routine.name] = {{"bytes", routine.bytes}, {"user", routine.is_user}};
  const auto totals = [](const measure::CopyTotals& at) { return to_json(at); };
  json cpus = json::array();
  for (const measure::CpuCopies& one : copies.by_cpu)
    cpus.push_back({{"cpu", one.cpu},
                    {"user_bytes", one.user_bytes},
                    {"other_bytes", one.other_bytes},
                    {"instructions", one.instructions}});
  return {{"source", copies.source},
          {"of", "all CPUs"},
          {"by_cpu", std::move(cpus)},
          {"user_bytes", copies.user_bytes},
          {"other_bytes", copies.other_bytes},
          {"instructions", copies.instructions},
          {"routines", std::move(routines)},
          {"at_start", copies.at_start.map(totals)},
          {"at_end", copies.at_end.map(totals)}};
}

// Nobody who has no meter misses its figure: a line only where there is one, or was asked for.
std::string line_of_copies(const transfer::TransferResult& result) {
  const auto figure = result.copied_bytes_per_byte();
  if (!figure.is_available())
    return result.probed_copies ? line_of("copied", figure, [](double) { return std::string(); })
                                : std::string();
  const measure::Copies& copies = result.best_copies().value();
  std::string text = fmt::format("  {:<12} {:.4f} bytes per byte, of all CPUs, by the {}", "copied",
                                 figure.value(), copies.source);
  if (copies.other_bytes.is_available()) {
    text += fmt::format(
        "; {:.4f} more within the kernel",
        static_cast<double>(copies.other_bytes.value()) / static_cast<double>(result.bytes));
  }
  text += "\n";
  const auto own = result.own_copied_bytes_per_byte();
  if (own.is_available()) {
    text += fmt::format(
        "  {:<12} {:.4f} bytes per byte, of CPU {}, where this process and the interrupts of {} "
        "are "
        "pinned\n",
        "copied here", own.value(), measure::to_string(result.own_cpus.value()), result.nic);
  }
  return text;
}

}  // namespace

json to_json(const transfer::TransferResult& result) {
  json syscalls = json::object();
  result.syscalls.for_each([&syscalls](std::string_view name, std::uint64_t count) {
    syscalls[std::string(name)] = count;
  });
  json passed_over = json::array();
  for (const transfer::PassedOver& passed : result.passed_over)
    passed_over.push_back({{"name", passed.name}, {"reason", passed.reason}});
  const auto to_object = [](const measure::Copies& copies) { return to_json(copies); };
  const double ended_at_s = seconds_since_1970(result.ended_ns);
  json object = header();
  object.update({
      {"direction", name_of(result.direction)},
      {"path", path::name_of(result.path)},
      {"passed_over", std::move(passed_over)},
      {"memory", result.memory},
      {"nic", result.nic},
      {"queue", result.queue},
      {"nic_changes", result.nic_changes},
      {"region_bytes", result.region_bytes},
      {"bytes", result.bytes},
      {"rounds", result.rounds},
      {"seconds", result.seconds},
      {"began_at_seconds",
       ended_at_s - static_cast<double>(result.ended_ns - result.began_ns) / 1e9},
      {"ended_at_seconds", ended_at_s},
      {"gbit_per_s", result.gbit_per_s()},
      {"frags", result.frags},
      {"linear_bytes", result.linear_bytes},
      {"mapped_bytes", result.mapped_bytes},
      {"staged_bytes", result.staged_bytes},
      {"kernel_copied_bytes", result.kernel_copied_bytes},
      {"cq_overflows", result.cq_overflows},
      {"tokens_outstanding", result.tokens_outstanding},
      {"sends_copied", result.sends_copied},
      {"sends_degraded", result.sends_degraded},
      {"syscalls", syscalls},
      {"cpu_seconds", result.cpu.map([](const measure::ProcessSeconds& cpu) {
         return json{{"user", cpu.user_s}, {"system", cpu.system_s}};
       })},
      {"host_cpu_seconds", result.host_cpu.map([](const measure::HostCpuSeconds& host) {
         return by_kind(host.total);
       })},
      {"host_cpu_seconds_by_cpu", result.host_cpu.map(by_cpu)},
      {"copied_bytes_per_byte", result.copied_bytes_per_byte()},
      {"copies", result.copies.map(to_object)},
      {"own_copied_bytes_per_byte", result.own_copied_bytes_per_byte()},
      {"own_cpus", result.own_cpus},
      {"cpu_touches", result.cpu_touches},
      {"loading_seconds", result.loading_s},
      {"hashing_seconds", result.hashing_s},
      {"writing_seconds", result.writing_s},
      {"sha256", result.sha256},
  });
  if (result.latencies) object["latency_us"] = report::json_of(*result.latencies);
  if (result.probed_copies) object["probed_copies"] = result.probed_copies->map(to_object);
  if (!result.order.order.empty() || !result.order.ignored.empty())
    object["profile"] = to_json(result.order);
  if (result.measured) object["measured"] = to_json(*result.measured);
  return object;
}

json to_json(const Error& error) {
  json object = header();
  object["error"] = {{"code", nobounce::name_of(error.code)}, {"message", to_string(error)}};
  return object;
}

std::string text_of(const transfer::Choice& choice, std::string_view memory) {
  std::string text = fmt::format("path {}, memory {}\n", path::name_of(choice.path), memory);
  for (const transfer::PassedOver& passed : choice.passed_over)
    text += fmt::format("  not {}: {}\n", passed.name, passed.reason);
  if (!choice.order.order.empty()) {
    text += fmt::format("  order: {}: profile of {}, {}\n", words_of(choice.order.order),
                        choice.order.measured, choice.order.file);
  }
  for (const std::string& ignored : choice.order.ignored)
    text += fmt::format("  profile ignored: {}\n", ignored);
  if (!choice.unverified.empty()) {
    text +=
        fmt::format("  unverified: {}; nobounce doctor --verify proves it\n", choice.unverified);
  }
  return text;
}

std::string summary_of(const transfer::TransferResult& result) {
  const bool is_receive = result.direction == transfer::Direction::kReceive;
  std::string text = fmt::format("{} {} bytes in {:.3f} s: {:.2f} Gbit/s, path {}, memory {}\n",
                                 is_receive ? "received" : "sent", result.bytes, result.seconds,
                                 result.gbit_per_s(), path::name_of(result.path), result.memory);
  text += is_receive ? where_it_landed(result) : what_was_copied(result);
  text += line_of_latencies(result);
  std::string calls;
  result.syscalls.for_each([&calls](std::string_view name, std::uint64_t count) {
    calls += fmt::format("{}{} {}", calls.empty() ? "" : ", ", name, count);
  });
  text += fmt::format("  {:<12} {}\n", "syscalls", calls);
  text += line_of("cpu", result.cpu, [](const measure::ProcessSeconds& cpu) {
    return fmt::format("{:.3f} s user, {:.3f} s system", cpu.user_s, cpu.system_s);
  });
  text += line_of("host cpu", result.host_cpu, [](const measure::HostCpuSeconds& host) {
    const measure::CpuSeconds& cpu = host.total;
    return fmt::format(
        "{:.2f} s user, {:.2f} s system, {:.2f} s softirq, {:.2f} s irq, {:.2f} s "
        "idle",
        cpu.user_s, cpu.system_s, cpu.softirq_s, cpu.irq_s, cpu.idle_s);
  });
  text += line_of_copies(result);
  text += line_of("cpu touches", result.cpu_touches, [](std::uint64_t touches) {
    return fmt::format("{} of device memory", touches);
  });
  text +=
      fmt::format("  {:<12} region of {}, {} round{}; ", "beside", format_size(result.region_bytes),
                  result.rounds, result.rounds == 1 ? "" : "s");
  text += is_receive ? fmt::format("hashing {:.3f} s, writing {:.3f} s\n", result.hashing_s,
                                   result.writing_s)
                     : fmt::format("loading {:.3f} s\n", result.loading_s);
  if (is_receive) {
    text += line_of("sha256", result.sha256, [](const std::string& digest) { return digest; });
  }
  return text;
}

}  // namespace nobounce::cli
