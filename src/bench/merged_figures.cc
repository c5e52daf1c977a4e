// SPDX-License-Identifier: Apache-2.0
#include "bench/merged_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace nobounce::bench {
namespace {

using nlohmann::json;

const json* first_missing(const std::vector<json>& figures) {
  const auto found = std::ranges::find_if(figures, is_missing);
  return found == figures.end() ? nullptr : &*found;
}

bool are_of_one_kind(const std::vector<json>& figures) {
  const json& first = figures.front();
  return std::ranges::all_of(figures, [&first](const json& one) {
    return one.is_number() ? first.is_number() : one.type() == first.type();
  });
}

json mean_of_numbers(const std::vector<json>& numbers) {
  // What never changes, such as the number of a CPU, stays what it is.
  if (std::ranges::all_of(numbers, [&](const json& one) { return one == numbers.front(); }))
    return numbers.front();
  double sum = 0;
  for (const json& one : numbers)
    sum += one.is_number() ? one.get<double>() : 0;
  return sum / static_cast<double>(numbers.size());
}

json mean_of_objects(const std::vector<json>& objects) {
  std::set<std::string> names;
  for (const json& object : objects) {
    for (const auto& [name, value] : object.items())
      names.insert(name);
  }
  json mean = json::object();
  for (const std::string& name : names) {
    std::vector<json> children;
    for (const json& object : objects)
      children.push_back(object.value(name, json()));
    mean[name] = mean_of_trees(children);
  }
  return mean;
}

json mean_of_lists(const std::vector<json>& lists) {
  json mean = json::array();
  for (std::size_t i = 0; i < lists.front().size(); ++i) {
    std::vector<json> elements;
    for (const json& list : lists) {
      if (list.size() != lists.front().size())
        return {{"not_available", "the runs have lists of different length"}};
      elements.push_back(list[i]);
    }
    mean.push_back(mean_of_trees(elements));
  }
  return mean;
}

/// Calls of one name, of several runs.
struct Calls {
  double calls = 0, errors = 0, would_block = 0, total_us = 0, min_us = 0, max_us = 0;
  double squares = 0;  // Of the calls' times.

  void add(const json& part) {
    const auto figure = [&](const char* name) { return std::max(0.0, part.value(name, 0.0)); };
    const double count = figure("calls");
    if (!(count > 0)) return;
    min_us = calls > 0 ? std::min(min_us, figure("min_us")) : figure("min_us");
    max_us = std::max(max_us, figure("max_us"));
    calls += count;
    errors += figure("errors");
    would_block += figure("would_block");
    total_us += figure("total_us");
    squares += count * (std::pow(figure("deviation_us"), 2) + std::pow(figure("mean_us"), 2));
  }

  [[nodiscard]] json to_json() const {
    const double mean = calls > 0 ? total_us / calls : 0;
    const double variance = calls > 0 ? squares / calls - mean * mean : 0;
    return {{"calls", static_cast<std::uint64_t>(calls)},
            {"errors", static_cast<std::uint64_t>(errors)},
            {"would_block", static_cast<std::uint64_t>(would_block)},
            {"total_us", total_us},
            {"min_us", min_us},
            {"mean_us", mean},
            {"max_us", max_us},
            {"deviation_us", std::sqrt(std::max(0.0, variance))}};
  }
};

}  // namespace

bool is_missing(const json& figure) {
  return figure.is_object() && figure.contains("not_available");
}

json mean_of_trees(const std::vector<json>& trees) {
  if (const json* missing = first_missing(trees)) return *missing;
  std::vector<json> there;
  std::ranges::copy_if(trees, std::back_inserter(there),
                       [](const json& one) { return !one.is_null(); });
  if (there.empty()) return {{"not_available", "no run has it"}};
  if (!are_of_one_kind(there))
    return {{"not_available", "the runs have figures of different kinds"}};
  if (there.front().is_number()) return mean_of_numbers(trees);
  if (there.front().is_object()) return mean_of_objects(there);
  if (there.front().is_array()) return mean_of_lists(there);
  return there.front();
}

json merged_distribution(const std::vector<json>& parts) {
  if (const json* missing = first_missing(parts)) return *missing;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> buckets;
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  for (const json& part : parts) {
    const auto figure = [&](const char* name) { return part.value(name, std::uint64_t{0}); };
    if (figure("count") == 0) continue;
    least = count > 0 ? std::min(least, figure("min")) : figure("min");
    most = std::max(most, figure("max"));
    count += figure("count");
    sum += figure("sum");
    for (const json& bucket : part.value("histogram", json::array()))
      buckets[{bucket.value("least", std::uint64_t{0}), bucket.value("most", std::uint64_t{0})}] +=
          bucket.value("count", std::uint64_t{0});
  }
  json histogram = json::array();
  for (const auto& [range, in_it] : buckets)
    histogram.push_back({{"least", range.first}, {"most", range.second}, {"count", in_it}});
  const double mean = count > 0 ? static_cast<double>(sum) / static_cast<double>(count) : 0;
  return {{"count", count}, {"sum", sum},  {"min", least},
          {"mean", mean},   {"max", most}, {"histogram", std::move(histogram)}};
}

json merged_syscalls(const std::vector<json>& parts) {
  if (const json* missing = first_missing(parts)) return *missing;
  std::map<std::string, Calls> by_name;
  for (const json& part : parts) {
    for (const auto& [name, calls] : part.items())
      by_name[name].add(calls);
  }
  json merged = json::object();
  for (const auto& [name, calls] : by_name)
    merged[name] = calls.to_json();
  return merged;
}

}  // namespace nobounce::bench
