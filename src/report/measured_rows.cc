// SPDX-License-Identifier: Apache-2.0
#include "report/measured_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/bench_figures.h"
#include "report/figure_json.h"

namespace nobounce::report {
namespace {

using nlohmann::json;
using Path = std::initializer_list<const char*>;

bool is_measured_by_us(const json& cell) {
  return cell.at("status") == "measured" && cell.at("axes").value("engine", "") == "nobounce";
}

/// A row's beginning: which cell.
std::vector<std::string> row_of(const json& cell) {
  return {cell.value("way", ""), cell.value("setting", "")};
}

std::string number(const json& object, Path path, int decimals = 0) {
  return words_of(number_in(object, path), decimals);
}

/// "1 / 85.3 / 412" of a distribution.
std::string least_mean_most(const json& distribution) {
  return fmt::format("{} / {} / {}", number(distribution, {"min"}),
                     number(distribution, {"mean"}, 1), number(distribution, {"max"}));
}

/// Functions by their percent, the highest first.
std::vector<std::pair<double, std::string>> hottest(const json& percents, std::size_t most) {
  std::vector<std::pair<double, std::string>> functions;
  for (const auto& [name, percent] : percents.items()) {
    if (percent.is_number()) functions.emplace_back(percent.get<double>(), name);
  }
  std::ranges::sort(functions, [](const auto& one, const auto& other) {
    return one.first != other.first ? one.first > other.first : one.second < other.second;
  });
  if (functions.size() > most) functions.resize(most);
  return functions;
}

struct MemberColumn {
  const char* title;
  const char* member;  ///< Of the figure.
  int decimals = 0;
};

/// A row for each cell whose receiver has the figure.
MeasuredTable receivers_rows(const json& model, const char* name,
                             std::initializer_list<MemberColumn> columns) {
  MeasuredTable table{.header = {"way", "setting"}};
  for (const MemberColumn& column : columns)
    table.header.emplace_back(column.title);
  for_each_measured(model, "receiver", name, table, [&](const json& cell, const json& figure) {
    auto row = row_of(cell);
    for (const MemberColumn& column : columns)
      row.push_back(number(figure, {column.member}, column.decimals));
    table.rows.push_back(std::move(row));
  });
  return table;
}

/// A row for each cell and for each end of it that has the figure.
MeasuredTable rows_of_ends(const json& model, const char* name, std::vector<std::string> columns,
                           const std::function<std::vector<std::string>(const json&)>& words) {
  MeasuredTable table{.header = {"way", "setting", "end"}, .numbers_from = 3};
  table.header.insert(table.header.end(), columns.begin(), columns.end());
  for (const char* side : {"sender", "receiver"}) {
    for_each_measured(model, side, name, table, [&](const json& cell, const json& figure) {
      auto row = row_of(cell);
      row.emplace_back(side);
      for (std::string& word : words(figure))
        row.push_back(std::move(word));
      table.rows.push_back(std::move(row));
    });
  }
  return table;
}

}  // namespace

void for_each_measured(const json& model, const char* side, const char* name, MeasuredTable& table,
                       const EachFigure& each) {
  for (const json& cell : model.at("cells")) {
    if (!is_measured_by_us(cell)) continue;
    const json* at = &cell.at("measured").at(side);
    if (!at->contains("not_available")) at = &at->at(name);
    if (at->is_object() && at->contains("not_available")) {
      if (table.missing.empty()) table.missing = at->value("not_available", "");
      continue;
    }
    each(cell, *at);
  }
}

std::vector<std::string> words_of_calls(const json& calls) {
  std::vector<std::string> words;
  for (const char* count : {"calls", "errors", "would_block"})
    words.push_back(number(calls, {count}));
  words.push_back(
      words_of(number_in(calls, {"total_us"}).map([](double us) { return us / 1e3; }), 1));
  for (const char* time : {"min_us", "mean_us", "max_us", "deviation_us"})
    words.push_back(number(calls, {time}, 1));
  return words;
}

MeasuredTable machine_cpu_rows(const json& model) {
  MeasuredTable table{
      .header = {"way", "setting", "user", "system", "softirq", "irq", "steal", "idle", "iowait"}};
  for (const json& cell : model.at("cells")) {
    if (!is_measured_by_us(cell)) continue;
    auto row = row_of(cell);
    for (const char* kind : {"user", "system", "softirq", "irq", "steal", "idle", "iowait"})
      row.push_back(number(cell, {"cpu_percent", "machine", kind}, 1));
    table.rows.push_back(std::move(row));
  }
  return table;
}

MeasuredTable power_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "W", "W idle", "W more", "return on power"}};
  for (const json& cell : model.at("cells")) {
    if (!is_measured_by_us(cell)) continue;
    const Figure<double> watts = number_in(cell, {"power", "watts", "mean"});
    const Figure<double> idle = number_in(cell, {"power", "idle_watts", "mean"});
    if (!watts.is_available()) {
      if (table.missing.empty()) table.missing = watts.missing_probe();
      continue;
    }
    auto row = row_of(cell);
    row.push_back(mean_with_deviation(cell, {"power", "watts"}, 1));
    row.push_back(words_of(idle, 1));
    row.push_back(idle.is_available() ? fmt::format("{:.1f}", watts.value() - idle.value()) : "–");
    row.push_back(roi_words(number_in(cell, {"roi", "power"})));
    table.rows.push_back(std::move(row));
  }
  return table;
}

MeasuredTable idle_state_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "CPU", "state", "% of the time", "entries/s"}};
  for_each_measured(model, "receiver", "idle_states", table,
                    [&](const json& cell, const json& cpus) {
                      for (const json& cpu : cpus) {
                        for (const auto& [state, figures] : cpu.at("states").items()) {
                          auto row = row_of(cell);
                          row.push_back(cpu.at("cpu").dump());
                          row.push_back(state);
                          row.push_back(number(figures, {"percent"}, 1));
                          row.push_back(number(figures, {"entries_per_second"}, 0));
                          table.rows.push_back(std::move(row));
                        }
                      }
                    });
  return table;
}

MeasuredTable syscall_rows(const json& model, const char* side) {
  MeasuredTable table{.header = {"way", "setting", "call", "calls", "errors", "would block",
                                 "total ms", "min µs", "average µs", "max µs", "deviation µs"},
                      .numbers_from = 3};
  for_each_measured(model, side, "syscalls", table, [&](const json& cell, const json& calls) {
    for (const auto& [name, figures] : calls.items()) {
      auto row = row_of(cell);
      row.push_back(name);
      for (std::string& word : words_of_calls(figures))
        row.push_back(std::move(word));
      table.rows.push_back(std::move(row));
    }
  });
  return table;
}

MeasuredTable function_rows(const json& model, const char* side) {
  constexpr std::size_t kMost = 15;
  MeasuredTable table{.header = {"way", "setting", "function", "% of the samples"},
                      .numbers_from = 3};
  for_each_measured(model, side, "cpu_profile", table, [&](const json& cell, const json& profile) {
    for (const auto& [percent, name] : hottest(profile.at("percent"), kMost)) {
      auto row = row_of(cell);
      row.push_back(name);
      row.push_back(words_of(percent, 1));
      table.rows.push_back(std::move(row));
    }
  });
  return table;
}

MeasuredTable function_rows_by_cpu(const json& model, const char* side) {
  constexpr std::size_t kMost = 5;
  MeasuredTable table{.header = {"way", "setting", "CPU", "its hottest functions"},
                      .numbers_from = 4};
  for_each_measured(model, side, "cpu_profile", table, [&](const json& cell, const json& profile) {
    for (const json& cpu : profile.at("cpus")) {
      std::string functions;
      for (const auto& [percent, name] : hottest(cpu.at("percent"), kMost))
        functions += fmt::format("{}{} {:.1f}%", functions.empty() ? "" : ", ", name, percent);
      auto row = row_of(cell);
      row.push_back(cpu.at("cpu").dump());
      row.push_back(std::move(functions));
      table.rows.push_back(std::move(row));
    }
  });
  return table;
}

MeasuredTable frag_rows(const json& model) {
  return receivers_rows(model, "frags_per_receive",
                        {{"receives", "count"},
                         {"frags", "sum"},
                         {"min", "min"},
                         {"average", "mean", 1},
                         {"max", "max"}});
}

MeasuredTable refill_rows(const json& model) {
  return receivers_rows(
      model, "refill_depth",
      {{"times given back", "count"}, {"min", "min"}, {"average", "mean", 1}, {"max", "max"}});
}

MeasuredTable token_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "calls", "tokens", "min a call",
                                 "average a call", "max a call", "ranges a run",
                                 "setsockopt µs a token"}};
  for_each_measured(model, "receiver", "token_returns", table,
                    [&](const json& cell, const json& returns) {
                      auto row = row_of(cell);
                      for (const char* name : {"count", "sum", "min"})
                        row.push_back(number(returns, {"tokens_per_call", name}));
                      row.push_back(number(returns, {"tokens_per_call", "mean"}, 1));
                      row.push_back(number(returns, {"tokens_per_call", "max"}));
                      row.push_back(number(returns, {"ranges"}));
                      row.push_back(number(returns, {"setsockopt_us_per_token"}, 3));
                      table.rows.push_back(std::move(row));
                    });
  return table;
}

MeasuredTable page_pool_rows(const json& model) {
  constexpr std::array kStatistics = {"fast",
                                      "slow",
                                      "slow_high_order",
                                      "empty",
                                      "refill",
                                      "waive",
                                      "recycle_cached",
                                      "recycle_cache_full",
                                      "recycle_ring",
                                      "recycle_ring_full",
                                      "recycle_released_refcnt"};
  MeasuredTable table{
      .header = {"way", "setting", "end", "memory", "pages out", "fast", "slow", "high order",
                 "empty", "refill", "waive", "cached", "cache full", "ring", "ring full", "refcnt"},
      .numbers_from = 4};
  for (const char* side : {"sender", "receiver"}) {
    for_each_measured(model, side, "page_pools", table, [&](const json& cell, const json& pools) {
      for (const auto& [memory, figures] : pools.items()) {
        auto row = row_of(cell);
        row.insert(row.end(), {side, memory, number(figures, {"inflight_pages"})});
        for (const char* name : kStatistics)
          row.push_back(number(figures, {"statistics", name}));
        table.rows.push_back(std::move(row));
      }
    });
  }
  return table;
}

MeasuredTable nic_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "end", "driver", "dropped", "no buffer",
                                 "allocations failed", "coalesced", "headers split", "not split"},
                      .numbers_from = 4};
  for (const char* side : {"sender", "receiver"}) {
    for_each_measured(model, side, "nic", table, [&](const json& cell, const json& nic) {
      auto row = row_of(cell);
      row.insert(row.end(), {side, text_or_reason(nic.at("driver"))});
      row.push_back(number(nic, {"rx_dropped"}));
      row.push_back(number(nic, {"rx_no_buffer"}));
      row.push_back(number(cell, {"measured", side, "queues", "receive", "rx_alloc_fail"}));
      for (const char* name :
           {"rx_coalesced_packets", "rx_header_split_packets", "rx_not_split_packets"})
        row.push_back(number(nic, {name}));
      table.rows.push_back(std::move(row));
    });
  }
  return table;
}

MeasuredTable tcp_rows(const json& model) {
  return rows_of_ends(model, "tcp",
                      {"retransmits", "RTT µs", "least RTT µs", "cwnd segments", "MSS",
                       "receiver's RTT µs", "reordering", "s busy", "s by window", "s by buffer"},
                      [](const json& tcp) -> std::vector<std::string> {
                        return {number(tcp, {"retransmits"}, 1),
                                number(tcp, {"rtt_us"}),
                                number(tcp, {"min_rtt_us"}),
                                number(tcp, {"cwnd_segments"}),
                                number(tcp, {"snd_mss_bytes"}),
                                number(tcp, {"rcv_rtt_us"}),
                                number(tcp, {"reordering_seen"}),
                                number(tcp, {"busy_seconds"}, 2),
                                number(tcp, {"rwnd_limited_seconds"}, 2),
                                number(tcp, {"sndbuf_limited_seconds"}, 2)};
                      });
}

MeasuredTable thread_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "end", "thread", "user %", "system %"},
                      .numbers_from = 4};
  for (const char* side : {"sender", "receiver"}) {
    for_each_measured(model, side, "threads", table, [&](const json& cell, const json& threads) {
      for (const auto& [name, figures] : threads.items()) {
        auto row = row_of(cell);
        row.insert(row.end(),
                   {side, name, number(figures, {"user"}, 1), number(figures, {"system"}, 1)});
        table.rows.push_back(std::move(row));
      }
    });
  }
  return table;
}

MeasuredTable overview_rows(const json& model) {
  MeasuredTable table{.header = {"way", "setting", "iowait %", "W", "frags a receive",
                                 "tokens a call", "µs a token", "pool empty", "ring full",
                                 "NIC dropped", "retransmits", "RTT µs", "cwnd", "copied a byte"}};
  for (const json& cell : model.at("cells")) {
    if (!is_measured_by_us(cell)) continue;
    const json& receiver = cell.at("measured").at("receiver");
    const auto spread = [&](const char* name) {
      const json figure = receiver.value(name, json::object());
      return number_in(figure, {"mean"}).is_available() ? least_mean_most(figure) : "–";
    };
    auto row = row_of(cell);
    row.push_back(number(cell, {"cpu_percent", "machine", "iowait"}, 1));
    row.push_back(number(cell, {"power", "watts", "mean"}, 1));
    row.push_back(spread("frags_per_receive"));
    row.push_back(number(receiver, {"token_returns", "tokens_per_call", "mean"}, 1));
    row.push_back(number(receiver, {"token_returns", "setsockopt_us_per_token"}, 2));
    // Of the pool that payload lands in.
    const json pools = receiver.value("page_pools", json::object());
    const char* pool = pools.contains("dma-buf")    ? "dma-buf"
                       : pools.contains("io_uring") ? "io_uring"
                                                    : "host";
    row.push_back(number(pools, {pool, "statistics", "empty"}));
    row.push_back(number(pools, {pool, "statistics", "recycle_ring_full"}));
    row.push_back(number(receiver, {"nic", "rx_dropped"}));
    const json& sender = cell.at("measured").at("sender");
    row.push_back(number(sender, {"tcp", "retransmits"}, 1));
    row.push_back(number(sender, {"tcp", "rtt_us"}));
    row.push_back(number(sender, {"tcp", "cwnd_segments"}));
    row.push_back(number(cell, {"landing", "copied_bytes_per_byte"}, 4));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace nobounce::report
