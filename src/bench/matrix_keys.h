// SPDX-License-Identifier: Apache-2.0
// Keys: one table of a matrix file, read key by key; whatever is wrong is named with its line and
// column.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Without exceptions: nothing here throws.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "base/result.h"

namespace nobounce::bench {

/// A key that is not there leaves what it is read into as it was. The table and the file's name
/// must outlive it.
class Keys {
 public:
  Keys(std::string_view file, const toml::table& table) : file_(file), table_(table) {}

  [[nodiscard]] tl::unexpected<Error> refuse(const toml::node& at, std::string cause,
                                             std::string fix) const;
  [[nodiscard]] tl::unexpected<Error> refuse(std::string cause, std::string fix) const {
    return refuse(table_, std::move(cause), std::move(fix));
  }

  /// Makes the key a known one. Null where it is not there.
  const toml::node* take(std::string_view key);
  Status text(std::string_view key, std::string& to);
  Status whole_number(std::string_view key, std::int64_t least, std::int64_t most,
                      std::uint64_t& to);
  Status yes_or_no(std::string_view key, bool& to);
  Status number(std::string_view key, double least, double most, double& to);

  /// Each element of the list `key`, if it is there, by way of `read`: at least one, none twice.
  template <typename T, typename Read>
  Status list(std::string_view key, std::vector<T>& to, Read&& read) {
    const toml::node* node = take(key);
    if (node == nullptr) return {};
    const auto* found = node->as_array();
    if (found == nullptr || found->empty())
      return refuse(*node, fmt::format("{} is no list of values", key),
                    fmt::format("write {} = [\"…\"], with one value at least", key));
    to.clear();
    std::set<std::string> seen;
    for (const toml::node& element : *found) {
      NB_ASSIGN(T value, read(element));
      if (!seen.insert(text_of(element)).second)
        return refuse(element, fmt::format("{} has this value twice", key), "leave one out");
      to.push_back(std::move(value));
    }
    return {};
  }

  /// One of `words`, in quotes or, for numbers, without.
  template <std::size_t N>
  Result<std::string> word(const toml::node& node, std::string_view what,
                           const std::array<std::string_view, N>& words) const {
    const auto found = text_of(node);
    if (std::ranges::find(words, found) == words.end())
      return refuse(node, fmt::format("{} is no {}", found, what),
                    fmt::format("take one of {}", fmt::join(words, ", ")));
    return found;
  }

  [[nodiscard]] Result<std::uint64_t> size(const toml::node& node, std::uint64_t least,
                                           std::uint64_t most) const;
  /// A number of things; of a ring, a power of two.
  [[nodiscard]] Result<std::uint64_t> count(const toml::node& node, std::int64_t least,
                                            std::int64_t most, bool of_ring) const;

  /// After all keys were asked for: there must be no others.
  [[nodiscard]] Status done() const;

  /// A value as people wrote it, without quotes.
  static std::string text_of(const toml::node& node);

 private:
  std::string_view file_;
  const toml::table& table_;
  std::vector<std::string_view> known_;
};

}  // namespace nobounce::bench
