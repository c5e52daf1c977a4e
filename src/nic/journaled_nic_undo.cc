// SPDX-License-Identifier: Apache-2.0
// How a JournaledNic takes back what an owner has: its rules and its RSS context, the RSS buckets
// of its queues, then the settings that nobody else uses.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "nic/journaled_nic.h"

#include "sys/message_log.h"

namespace nobounce::nic {
namespace {

void note_stuck(Undone& undone, const std::string& what, Error error) {
  undone.stuck.push_back(fmt::format("{} ({})", what, to_string(error)));
  if (undone.stuck.size() == 1) undone.first_error = std::move(error);
}

std::string text_of_rule(const netlink::FlowRule& rule) {
  return fmt::format("flow rule: {}", netlink::text_of(rule.match));
}

/// What memory that is bound to a queue lives on; the kernel would refuse, or flows go astray.
bool serves_bound_queues(const Knob& knob) {
  return knob.kind != Knob::Kind::kSysctl && !knob.name.starts_with("tx-");
}

}  // namespace

void add_to(Undone& all, Undone more) {
  all.changes.insert(all.changes.end(), more.changes.begin(), more.changes.end());
  all.kept = std::move(more.kept);
  if (all.stuck.empty()) all.first_error = std::move(more.first_error);
  for (std::string& stuck : more.stuck) {
    // A setting that nobody uses is tried for each owner.
    if (std::ranges::find(all.stuck, stuck) == all.stuck.end()) {
      all.stuck.push_back(std::move(stuck));
    }
  }
}

Undone JournaledNic::undo(OwnerId id) {
  Undone undone;
  Owner& owner = *journal_.find_owner(id);
  hand_over_rules(owner);
  remove_rules(owner, undone);
  if (const Status removed = remove_context(owner); !removed) {
    note_stuck(undone, "RSS context", removed.error());
  }
  owner.queues.clear();
  for (ChangedSetting& setting : journal_.settings)
    std::erase(setting.users, id);
  if (owner.rules.empty() && !owner.context) {
    std::erase_if(journal_.owners, [id](const Owner& one) { return one.id == id; });
  }
  if (const Status saved = save(); !saved) {
    note_stuck(undone, "the journal", saved.error());
    return undone;
  }
  if (const Status settled = settle_rss(undone.changes); !settled) {
    note_stuck(undone, "RSS", settled.error());
  }
  settle_settings(undone);
  if (const Status saved = save(); !saved) note_stuck(undone, "the journal", saved.error());
  if (journal_.find_owner(id) == nullptr) {
    if (const Status forgotten = file_.forget_owner(id); !forgotten) {
      note_stuck(undone, "the journal", forgotten.error());
    }
  }
  return undone;
}

// A process receives by a rule of the setup that is undone: it keeps the rule until it ends.
void JournaledNic::hand_over_rules(Owner& owner) {
  for (Owner& other : journal_.owners) {
    if (other.id == owner.id || other.kind == Owner::Kind::kStanding) continue;
    std::erase_if(owner.rules, [&](const OwnedRule& owned) {
      const bool is_used = !owned.rule.rss_context &&
                           std::ranges::find(other.queues, owned.rule.queue) != other.queues.end();
      if (is_used) other.rules.push_back(owned);
      return is_used;
    });
  }
}

void JournaledNic::remove_rules(Owner& owner, Undone& undone) {
  std::vector<OwnedRule> stuck;
  for (; !owner.rules.empty(); owner.rules.pop_back()) {
    const Status removed = remove_rule(owner.rules.back(), undone.changes);
    if (removed) continue;
    note_stuck(undone, text_of_rule(owner.rules.back().rule), removed.error());
    stuck.push_back(owner.rules.back());
  }
  owner.rules.assign(stuck.rbegin(), stuck.rend());
}

Status JournaledNic::remove_rule(const OwnedRule& owned, std::vector<std::string>& changes) {
  NB_ASSIGN(const NicState nic, control_.look());
  NB_TRY(nic.rules);
  const auto found = std::ranges::find_if(nic.rules->rules, [&](const netlink::ListedRule& listed) {
    return listed.is(owned.rule) && (!owned.location || listed.location == *owned.location);
  });
  if (found == nic.rules->rules.end()) return {};  // Never made, or removed by somebody.
  NB_TRY(control_.delete_rule(found->location));
  changes.push_back(text_of_rule(owned.rule) + " removed");
  return {};
}

Status JournaledNic::remove_context(Owner& owner) {
  if (!owner.context || !owner.rules.empty()) return {};
  const OwnedContext& mine = *owner.context;
  NB_ASSIGN(const NicState nic, control_.look());
  for (const netlink::RssContext& context : nic.rss_contexts) {
    const bool is_mine = mine.id ? context.id == *mine.id
                                 : std::ranges::find(mine.others, context.id) == mine.others.end();
    if (is_mine && context.table == mine.table) {
      NB_TRY(control_.delete_rss_context(context.id));
    }
  }
  owner.context.reset();
  return {};
}

void JournaledNic::settle_settings(Undone& undone) {
  // Last change first; what stays is remembered for the next one who looks.
  for (std::size_t i = journal_.settings.size(); i-- > 0;) {
    const ChangedSetting setting = journal_.settings[i];
    if (!setting.users.empty()) continue;
    const auto restored = restore_setting(setting, undone);
    if (!restored) {
      note_stuck(undone, text_of_change(setting.knob, setting.wanted, setting.before),
                 restored.error());
    }
    if (!restored || !*restored) continue;
    journal_.settings.erase(journal_.settings.begin() + static_cast<std::ptrdiff_t>(i));
    if (const Status saved = save(); !saved) note_stuck(undone, "the journal", saved.error());
  }
}

/// True once nothing is left to do for it.
Result<bool> JournaledNic::restore_setting(const ChangedSetting& setting, Undone& undone) {
  const auto settle_default = [&]() -> Status {
    if (setting.knob.kind != Knob::Kind::kChannels) return {};
    return follow_channels(setting.wanted.at(0) + setting.wanted.at(2), undone.changes);
  };
  NB_ASSIGN(const NicState nic, control_.look());
  const auto now = value_of(nic, setting.knob);
  if (now && *now == setting.before) NB_TRY(settle_default());
  if (!now || *now == setting.before) return true;
  const std::string text = text_of_change(setting.knob, setting.wanted, setting.before);
  if (*now != setting.wanted && now != setting.previous) {
    sys::message_log()->warn("{}: {} is not restored: somebody changed it since", place_.interface,
                             name_of(setting.knob));
    return true;
  }
  if (!nic.held_queues.empty() && serves_bound_queues(setting.knob)) {
    undone.kept.push_back(
        fmt::format("{}: queue {} is bound", text, nic.held_queues.front().queue));
  } else if (setting.knob.name == kFlowRuleFeature && nic.rules && !nic.rules->rules.empty()) {
    undone.kept.push_back(fmt::format("{}: there are flow rules of others", text));
  } else {
    NB_TRY(control_.set(setting.knob, setting.before));
    undone.changes.push_back(text);
    NB_TRY(settle_default());
    return true;
  }
  sys::message_log()->warn("{}: not undone: {}", place_.interface, undone.kept.back());
  return false;
}

}  // namespace nobounce::nic
