// SPDX-License-Identifier: Apache-2.0
// Counters that only grow, read at two moments: what they grew by, and sums of that. Pure.
//
// A structure of counters lists its members once, in `counters()`; difference, sum and writers
// follow from the list. A set whose members depend on the host is a map, and a counter that is not
// in it is one that the host does not have.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace nobounce {

/// A member of a structure of counters, and its name in JSON.
template <typename T>
struct Counter {
  std::string_view name;
  std::uint64_t T::* value;
};

template <typename T>
concept CounterStruct = requires { T::counters(); };

/// Counters of this host's own, by name.
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

/// 0 where a counter went back: it was reset, and what it grew by nobody knows.
constexpr std::uint64_t growth(std::uint64_t before, std::uint64_t after) {
  return after > before ? after - before : 0;
}

template <CounterStruct T>
T growth(const T& before, const T& after) {
  T grown = after;  // What is no counter stays as it was in the end.
  for (const auto& counter : T::counters())
    grown.*counter.value = growth(before.*counter.value, after.*counter.value);
  return grown;
}

/// Of what there is in the end. What was not there before began at 0.
template <typename Key, typename T, typename Order>
std::map<Key, T, Order> growth(const std::map<Key, T, Order>& before,
                               const std::map<Key, T, Order>& after) {
  std::map<Key, T, Order> grown;
  for (const auto& [key, value] : after) {
    const auto earlier = before.find(key);
    grown.emplace(key, growth(earlier == before.end() ? T{} : earlier->second, value));
  }
  return grown;
}

constexpr void add(std::uint64_t& total, std::uint64_t part) {
  total += part;
}

template <CounterStruct T>
void add(T& total, const T& part) {
  T sum = part;  // As in growth.
  for (const auto& counter : T::counters())
    sum.*counter.value += total.*counter.value;
  total = sum;
}

template <typename Key, typename T, typename Order>
void add(std::map<Key, T, Order>& total, const std::map<Key, T, Order>& part) {
  for (const auto& [key, value] : part)
    add(total[key], value);
}

}  // namespace nobounce
