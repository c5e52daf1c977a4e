// SPDX-License-Identifier: Apache-2.0
// Reading a journal's text. Everything is checked here, so that what acts on a Journal need not.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "nic/journal.h"

namespace nobounce::nic {
namespace {

constexpr std::string_view kMagic = "nobounce-journal";
constexpr std::size_t kMaxOwners = 1024;
constexpr std::size_t kMaxRulesOfAnOwner = 4096;
constexpr std::size_t kMaxBuckets = std::size_t{64} << 10;
constexpr std::uint32_t kMaxQueue = 64U << 10;

using Words = std::vector<std::string_view>;

/// Exactly one space between words, none at the ends.
Words split(std::string_view text, char separator) {
  Words parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Decimal digits alone, without a leading zero: one text for each number.
template <typename T>
std::optional<T> number(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end) return std::nullopt;
  return value;
}

template <typename T>
std::optional<std::vector<T>> numbers(std::string_view text) {
  std::vector<T> list;
  if (text == "-") return list;
  for (const std::string_view part : split(text, ',')) {
    const auto one = number<T>(part);
    if (!one || list.size() == kMaxBuckets) return std::nullopt;
    list.push_back(*one);
  }
  return list;
}

bool has_repetition(std::vector<std::uint32_t> list) {
  std::ranges::sort(list);
  return std::ranges::adjacent_find(list) != list.end();
}

bool are_queues(const std::vector<std::uint32_t>& list, std::uint32_t least) {
  return std::ranges::all_of(
      list, [least](std::uint32_t queue) { return queue >= least && queue < kMaxQueue; });
}

/// "queue:3" or "context:2". Queue 0 is nobody's.
bool parse_action(std::string_view text, netlink::FlowRule& rule) {
  constexpr std::string_view kQueue = "queue:";
  constexpr std::string_view kContext = "context:";
  if (text.starts_with(kQueue)) {
    const auto queue = number<std::uint32_t>(text.substr(kQueue.size()));
    rule.queue = queue.value_or(0);
    return queue && *queue != 0 && *queue < kMaxQueue;
  }
  if (!text.starts_with(kContext)) return false;
  rule.rss_context = number<std::uint32_t>(text.substr(kContext.size()));
  return rule.rss_context && *rule.rss_context != 0;
}

bool parse_match(std::string_view family, std::string_view address, std::string_view port,
                 netlink::FlowMatch& match) {
  if (family != "tcp4" && family != "tcp6") return false;
  match.family =
      family == "tcp4" ? netlink::IpAddress::Family::kV4 : netlink::IpAddress::Family::kV6;
  if (address != "any") {
    const auto parsed = netlink::IpAddress::parse(std::string(address));
    if (!parsed || parsed->family != match.family || parsed->text() != address) return false;
    match.destination = *parsed;
  }
  const auto number_of_port = number<std::uint16_t>(port);
  match.destination_port = number_of_port.value_or(0);
  return match.destination_port != 0;
}

bool parse_source(std::string_view text, netlink::FlowMatch& match) {
  const Words parts = split(text, '/');
  if (parts.size() != 2) return false;
  const auto port = number<std::uint16_t>(parts[0]);
  const auto mask = number<std::uint16_t>(parts[1]);
  if (!port || !mask || (*port & ~*mask) != 0) return false;
  match.source_port = *port;
  match.source_port_mask = *mask;
  return true;
}

class Parser {
 public:
  /// An empty text for a line that is as it must be; else what is wrong with it.
  std::string_view take(const Words& words) {
    if (is_complete_) return "there is more after the end";
    const std::string_view kind = words.front();
    if (line_ < 4) return take_head(words);
    if (kind == "owner") return owner(words) ? "" : "no owner";
    if (kind == "context") return context(words) ? "" : "no context of an owner above";
    if (kind == "rule") return rule(words) ? "" : "no rule of an owner above";
    if (kind == "setting") return setting(words) ? "" : "no setting that a lease would change";
    if (kind == "rss") return rss(words) ? "" : "no RSS tables";
    is_complete_ = kind == "end" && words.size() == 1;
    return is_complete_ ? "" : "no entry of a journal";
  }

  void count_line() { ++line_; }
  [[nodiscard]] int line() const { return line_; }
  [[nodiscard]] bool is_complete() const { return is_complete_; }
  [[nodiscard]] Journal journal() && { return std::move(journal_); }

 private:
  std::string_view take_head(const Words& words) {
    switch (line_) {
      case 0:
        return words.size() == 2 && words[0] == kMagic ? "" : "no journal";
      case 1:
        if (words.size() != 2 || words[0] != "boot" || words[1].empty()) return "no boot id";
        journal_.boot_id = words[1];
        return "";
      case 2:
        return nic(words) ? "" : "no NIC";
      default: {
        if (words.size() != 2 || words[0] != "next") return "no next owner";
        journal_.next_owner = number<OwnerId>(words[1]).value_or(0);
        if (journal_.next_owner == 0) return "no next owner";
        return "";
      }
    }
  }

  bool nic(const Words& words) {
    if (words.size() != 4 || words[0] != "nic") return false;
    const auto network_namespace = number<std::uint64_t>(words[1]);
    const auto ifindex = number<int>(words[2]);
    if (!network_namespace || !ifindex || *ifindex == 0 || words[3].empty()) return false;
    journal_.nic = {.network_namespace = *network_namespace,
                    .ifindex = *ifindex,
                    .mac = words[3] == "-" ? std::string() : std::string(words[3])};
    return true;
  }

  bool owner(const Words& words) {
    if (words.size() != 6 || journal_.owners.size() == kMaxOwners) return false;
    const auto id = number<OwnerId>(words[1]);
    const auto pid = number<std::int32_t>(words[3]);
    const auto start = number<std::uint64_t>(words[4]);
    auto queues = numbers<std::uint32_t>(words[5]);
    if (!id || *id == 0 || *id >= journal_.next_owner || !pid || !start || !queues) return false;
    if (words[2] != "process" && words[2] != "standing") return false;
    if (!are_queues(*queues, 1) || has_repetition(*queues)) return false;
    if (journal_.find_owner(*id) != nullptr) return false;
    const auto kind = words[2] == "standing" ? Owner::Kind::kStanding : Owner::Kind::kProcess;
    journal_.owners.push_back({.id = *id,
                               .kind = kind,
                               .process = {.pid = *pid, .start_ticks = *start},
                               .queues = std::move(*queues),
                               .rules = {},
                               .context = {}});
    return true;
  }

  Owner* owner_named(std::string_view text) {
    return journal_.find_owner(number<OwnerId>(text).value_or(0));
  }

  bool context(const Words& words) {
    if (words.size() != 5) return false;
    Owner* const owner = owner_named(words[1]);
    auto table = numbers<std::uint32_t>(words[3]);
    auto others = numbers<std::uint32_t>(words[4]);
    if (owner == nullptr || owner->context || !table || table->empty() || !others) return false;
    OwnedContext context{.id = {}, .table = std::move(*table), .others = std::move(*others)};
    if (words[2] != "new") {
      context.id = number<std::uint32_t>(words[2]);
      if (!context.id || *context.id == 0) return false;
    }
    if (!are_queues(context.table, 1)) return false;
    owner->context = std::move(context);
    return true;
  }

  bool rule(const Words& words) {
    if (words.size() != 8) return false;
    Owner* const owner = owner_named(words[1]);
    if (owner == nullptr || owner->rules.size() == kMaxRulesOfAnOwner) return false;
    OwnedRule owned;
    if (words[2] != "any") {
      owned.location = number<std::uint32_t>(words[2]);
      if (!owned.location) return false;
    }
    if (!parse_match(words[3], words[4], words[5], owned.rule.match)) return false;
    if (!parse_source(words[6], owned.rule.match)) return false;
    if (!parse_action(words[7], owned.rule)) return false;
    owner->rules.push_back(std::move(owned));
    return true;
  }

  bool setting(const Words& words) {
    if (words.size() != 5 && words.size() != 6) return false;
    const auto knob = knob_named(words[1]);
    auto before = numbers<std::uint64_t>(words[2]);
    auto wanted = numbers<std::uint64_t>(words[3]);
    auto users = numbers<OwnerId>(words[4]);
    if (!knob || !before || !wanted || !users) return false;
    if (!is_possible(*knob, *before) || !is_possible(*knob, *wanted)) return false;
    std::optional<Value> previous;
    if (words.size() == 6) {
      previous = numbers<std::uint64_t>(words[5]);
      if (!previous || !is_possible(*knob, *previous)) return false;
    }
    if (journal_.find_setting(*knob) != nullptr || has_repetition(*users)) return false;
    for (const OwnerId user : *users) {
      if (journal_.find_owner(user) == nullptr) return false;
    }
    journal_.settings.push_back({.knob = *knob,
                                 .before = std::move(*before),
                                 .wanted = std::move(*wanted),
                                 .users = std::move(*users),
                                 .previous = std::move(previous)});
    return true;
  }

  bool rss(const Words& words) {
    if (words.size() != 5 || journal_.rss) return false;
    if (words[1] != "default" && words[1] != "set") return false;
    auto original = numbers<std::uint32_t>(words[2]);
    auto previous = numbers<std::uint32_t>(words[3]);
    auto next = numbers<std::uint32_t>(words[4]);
    if (!original || !previous || !next || original->empty()) return false;
    if (previous->size() != original->size() || next->size() != original->size()) return false;
    if (!are_queues(*original, 0) || !are_queues(*previous, 0) || !are_queues(*next, 0)) {
      return false;
    }
    journal_.rss = {.was_default = words[1] == "default",
                    .original = std::move(*original),
                    .previous = std::move(*previous),
                    .next = std::move(*next)};
    return true;
  }

  int line_ = 0;
  bool is_complete_ = false;
  Journal journal_;
};

Error bad_journal(const std::string& path, std::string cause) {
  return {.code = Code::kProtocol,
          .sys_errno = 0,
          .operation = "read",
          .object = "journal " + path,
          .cause = std::move(cause),
          .fix = "put the NIC back by hand (see nobounce-leases(7)), then remove the file"};
}

}  // namespace

Result<Journal> parse_journal(std::string_view text, const std::string& path) {
  Parser parser;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return fail(bad_journal(path, "its last line is cut short"));
    const Words words = split(text.substr(0, end), ' ');
    if (parser.line() == 0 && words.size() == 2 && words[0] == kMagic && words[1] != "1") {
      Error error = bad_journal(path, fmt::format("it is of version {}", words[1]));
      error.code = Code::kUnsupported;
      error.fix = "use the nobounce that wrote it";
      return fail(std::move(error));
    }
    if (const std::string_view problem = parser.take(words); !problem.empty()) {
      return fail(bad_journal(path, fmt::format("line {} is {}", parser.line() + 1, problem)));
    }
    parser.count_line();
    text.remove_prefix(end + 1);
  }
  if (!parser.is_complete()) return fail(bad_journal(path, "it is cut short"));
  return std::move(parser).journal();
}

}  // namespace nobounce::nic
