// SPDX-License-Identifier: Apache-2.0
#include "bench/matrix_keys.h"

#include <bit>

#include "base/size.h"

namespace nobounce::bench {
namespace {

std::string_view kind_of(const toml::node& node) {
  if (node.is_array()) return "list";
  if (node.is_boolean()) return "boolean";
  return node.is_floating_point() ? "fraction" : "date";
}

}  // namespace

tl::unexpected<Error> Keys::refuse(const toml::node& at, std::string cause, std::string fix) const {
  const auto& begin = at.source().begin;
  return fail({.code = Code::kInvalidArgument,
               .operation = "read",
               .object = fmt::format("{}, line {}, column {}", file_, begin.line, begin.column),
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

const toml::node* Keys::take(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

Status Keys::text(std::string_view key, std::string& to) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* found = node->as_string();
  if (found == nullptr) return refuse(*node, fmt::format("{} is no text", key), "put it in quotes");
  to = found->get();
  return {};
}

Status Keys::whole_number(std::string_view key, std::int64_t least, std::int64_t most,
                          std::uint64_t& to) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* found = node->as_integer();
  if (found == nullptr || found->get() < least || found->get() > most)
    return refuse(*node, fmt::format("{} is not what it can be", key),
                  fmt::format("give a whole number from {} to {}", least, most));
  to = static_cast<std::uint64_t>(found->get());
  return {};
}

Status Keys::yes_or_no(std::string_view key, bool& to) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* found = node->as_boolean();
  if (found == nullptr)
    return refuse(*node, fmt::format("{} is neither true nor false", key), "write true or false");
  to = found->get();
  return {};
}

Status Keys::number(std::string_view key, double least, double most, double& to) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto found = node->value<double>();
  if (!node->is_number() || !found || !(*found >= least && *found <= most))
    return refuse(*node, fmt::format("{} is not what it can be", key),
                  fmt::format("give a number from {} to {}", least, most));
  to = *found;
  return {};
}

Result<std::uint64_t> Keys::size(const toml::node& node, std::uint64_t least,
                                 std::uint64_t most) const {
  const auto bytes = parse_size(text_of(node));
  if (!bytes) return refuse(node, to_string(bytes.error()), {});
  if (*bytes < least || *bytes > most)
    return refuse(node, fmt::format("{} bytes are not what it can be", *bytes),
                  fmt::format("give a size from {} to {}", format_size(least), format_size(most)));
  return *bytes;
}

Result<std::uint64_t> Keys::count(const toml::node& node, std::int64_t least, std::int64_t most,
                                  bool of_ring) const {
  const auto* found = node.as_integer();
  const bool is_within = found != nullptr && found->get() >= least && found->get() <= most;
  if (!is_within || (of_ring && !std::has_single_bit(static_cast<std::uint64_t>(found->get()))))
    return refuse(node, fmt::format("{} is not what it can be", text_of(node)),
                  fmt::format("give a {} from {} to {}", of_ring ? "power of two" : "whole number",
                              least, most));
  return static_cast<std::uint64_t>(found->get());
}

Status Keys::done() const {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    return refuse(node, fmt::format("'{}' is no key of this table", key.str()),
                  fmt::format("use {}", fmt::join(known_, ", ")));
  }
  return {};
}

std::string Keys::text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  std::string text;
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table)
      text += fmt::format("{}={} ", key.str(), text_of(value));
    return text;
  }
  return fmt::format("a {}", kind_of(node));
}

}  // namespace nobounce::bench
