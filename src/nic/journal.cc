// SPDX-License-Identifier: Apache-2.0
#include "nic/journal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nobounce::nic {
namespace {

std::string numbers(const auto& list) {
  return list.empty() ? "-" : fmt::format("{}", fmt::join(list, ","));
}

std::string or_word(const std::optional<std::uint32_t>& number, const char* word) {
  return number ? fmt::format("{}", *number) : word;
}

std::string text_of(const OwnedRule& owned) {
  const netlink::FlowMatch& match = owned.rule.match;
  const bool is_v4 = match.family == netlink::IpAddress::Family::kV4;
  return fmt::format("{} {} {} {} {}/{} {}", or_word(owned.location, "any"),
                     is_v4 ? "tcp4" : "tcp6", match.destination ? match.destination->text() : "any",
                     match.destination_port, match.source_port, match.source_port_mask,
                     owned.rule.rss_context ? fmt::format("context:{}", *owned.rule.rss_context)
                                            : fmt::format("queue:{}", owned.rule.queue));
}

void append_owner(const Owner& owner, std::string& text) {
  text += fmt::format("owner {} {} {} {} {}\n", owner.id,
                      owner.kind == Owner::Kind::kStanding ? "standing" : "process",
                      owner.process.pid, owner.process.start_ticks, numbers(owner.queues));
  if (owner.context) {
    text += fmt::format("context {} {} {} {}\n", owner.id, or_word(owner.context->id, "new"),
                        numbers(owner.context->table), numbers(owner.context->others));
  }
  for (const OwnedRule& rule : owner.rules)
    text += fmt::format("rule {} {}\n", owner.id, text_of(rule));
}

}  // namespace

Owner* Journal::find_owner(OwnerId id) {
  const auto found = std::ranges::find(owners, id, &Owner::id);
  return found == owners.end() ? nullptr : &*found;
}

ChangedSetting* Journal::find_setting(const Knob& knob) {
  const auto found = std::ranges::find(settings, knob, &ChangedSetting::knob);
  return found == settings.end() ? nullptr : &*found;
}

std::string to_text(const Journal& journal) {
  std::string text =
      fmt::format("nobounce-journal 1\nboot {}\nnic {} {} {}\nnext {}\n", journal.boot_id,
                  journal.nic.network_namespace, journal.nic.ifindex,
                  journal.nic.mac.empty() ? "-" : journal.nic.mac, journal.next_owner);
  for (const Owner& owner : journal.owners)
    append_owner(owner, text);
  for (const ChangedSetting& setting : journal.settings) {
    text += fmt::format("setting {} {} {} {}", name_of(setting.knob), numbers(setting.before),
                        numbers(setting.wanted), numbers(setting.users));
    text += setting.previous ? fmt::format(" {}\n", numbers(*setting.previous)) : "\n";
  }
  if (journal.rss) {
    text += fmt::format("rss {} {} {} {}\n", journal.rss->was_default ? "default" : "set",
                        numbers(journal.rss->original), numbers(journal.rss->previous),
                        numbers(journal.rss->next));
  }
  return text + "end\n";
}

}  // namespace nobounce::nic
