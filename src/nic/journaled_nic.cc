// SPDX-License-Identifier: Apache-2.0
#include "nic/journaled_nic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sys/message_log.h"
#include "sys/state_file.h"

namespace nobounce::nic {
namespace {

Error failed_step(Error error, const std::string& step, const std::string& interface) {
  error.cause = error.cause.empty() ? step : step + ": " + error.cause;
  error.operation = "receive lease";
  error.object = interface;
  if (error.code == Code::kPermission) error.fix = "run as root or grant CAP_NET_ADMIN";
  return error;
}

std::string text_of_rule(const netlink::FlowRule& rule) {
  return fmt::format("flow rule: {} → {}", netlink::text_of(rule.match),
                     rule.rss_context ? fmt::format("RSS context {}", *rule.rss_context)
                                      : fmt::format("queue {}", rule.queue));
}

std::string users_text(const Journal& journal, const std::vector<OwnerId>& users) {
  std::vector<std::string> texts;
  for (const Owner& owner : journal.owners) {
    if (std::ranges::find(users, owner.id) == users.end()) continue;
    texts.push_back(owner.kind == Owner::Kind::kStanding
                        ? "a setup that stands"
                        : fmt::format("process {}", owner.process.pid));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Result<LeasePlace> place_of(const netlink::Link& link, const std::string& directory) {
  NB_ASSIGN(const std::uint64_t network_namespace, sys::network_namespace_id());
  return LeasePlace{.nic = {.network_namespace = network_namespace,
                            .ifindex = link.ifindex,
                            .mac = link.permanent_mac},
                    .interface = link.name,
                    .directory = directory};
}

Result<JournaledNic> JournaledNic::open(NicControl& control, const LeasePlace& place) {
  NB_ASSIGN(JournalFile file, JournalFile::open(place.directory, place.nic));
  JournaledNic nic(control, place, std::move(file));
  NB_ASSIGN(nic.journal_, nic.file_.read());
  NB_TRY(nic.heal());
  return nic;
}

Status JournaledNic::heal() {
  std::vector<OwnerId> dead;
  for (const Owner& owner : journal_.owners) {
    NB_ASSIGN(const bool is_alive, file_.is_alive(owner));
    if (!is_alive) dead.push_back(owner.id);
  }
  for (const OwnerId id : dead) {
    const Owner owner = *journal_.find_owner(id);
    NB_TRY(wait_until_unbound(owner));
    Undone undone = undo(id);
    for (const std::string& change : undone.changes) {
      sys::message_log()->info("{}: {} (process {} ended without putting it back)",
                               place_.interface, change, owner.process.pid);
    }
    add_to(healed_, std::move(undone));
  }
  // Also what could not be restored when its last user left.
  if (dead.empty() && !journal_.is_empty()) {
    if (const Status settled = settle_rss(healed_.changes); !settled) {
      sys::message_log()->warn("{}: {}", place_.interface, to_string(settled.error()));
    }
    settle_settings(healed_);
    NB_TRY(save());
  }
  for (const std::string& stuck : healed_.stuck)
    sys::message_log()->warn("{}: could not be put back: {}", place_.interface, stuck);
  return {};
}

// A process that dies leaves its lock before the kernel has closed its last socket.
Status JournaledNic::wait_until_unbound(const Owner& owner) {
  constexpr int kStepMs = 10;
  for (int waited_ms = 0; waited_ms < place_.unbind_timeout_ms; waited_ms += kStepMs) {
    NB_ASSIGN(const NicState nic, control_.look());
    const bool is_bound = std::ranges::any_of(nic.held_queues, [&](const HeldQueue& held) {
      return std::ranges::find(owner.queues, held.queue) != owner.queues.end();
    });
    if (!is_bound) return {};
    sys::pause_ms(kStepMs);
  }
  return {};
}

Result<NicState> JournaledNic::look() {
  NB_ASSIGN(NicState nic, control_.look());
  for (const Owner& owner : journal_.owners) {
    auto& queues = owner.kind == Owner::Kind::kStanding ? nic.prepared_queues : nic.claimed_queues;
    queues.insert(queues.end(), owner.queues.begin(), owner.queues.end());
  }
  return nic;
}

Result<OwnerId> JournaledNic::add_owner(Owner::Kind kind, std::optional<sys::FileLock>* lock) {
  const OwnerId id = journal_.next_owner;
  NB_ASSIGN(const sys::ProcessIdentity process, sys::this_process());
  if (lock != nullptr) {
    NB_ASSIGN(*lock, file_.lock_owner(id));
  }
  ++journal_.next_owner;
  journal_.owners.push_back(
      {.id = id, .kind = kind, .process = process, .queues = {}, .rules = {}, .context = {}});
  NB_TRY(save());
  return id;
}

Result<OwnerId> JournaledNic::add_process(std::optional<sys::FileLock>& lock) {
  return add_owner(Owner::Kind::kProcess, &lock);
}

Result<OwnerId> JournaledNic::add_standing() {
  return add_owner(Owner::Kind::kStanding, nullptr);
}

Status JournaledNic::apply(OwnerId owner, const Plan& plan, std::vector<std::string>& changes) {
  for (const Wish& wish : plan.wishes)
    NB_TRY(apply_wish(owner, wish, changes));

  Owner& mine = *journal_.find_owner(owner);
  for (const std::uint32_t queue : plan.queues) {
    if (std::ranges::find(mine.queues, queue) == mine.queues.end()) mine.queues.push_back(queue);
  }
  NB_TRY(save());
  if (Status settled = settle_rss(changes); !settled) {
    return fail(failed_step(std::move(settled).error(), "RSS off its queues", place_.interface));
  }
  NB_TRY(make_context(mine, plan));
  for (const PlannedRule& planned : plan.rules) {
    NB_TRY(insert_rule(mine, planned));
    changes.push_back(text_of_rule(mine.rules.back().rule));
  }
  return {};
}

Status JournaledNic::apply_wish(OwnerId owner, const Wish& wish,
                                std::vector<std::string>& changes) {
  NB_ASSIGN(const NicState nic, control_.look());
  const auto now = value_of(nic, wish.knob);
  if (!now) {
    if (wish.is_optional) return {};
    return fail({.code = Code::kUnsupported,
                 .sys_errno = 0,
                 .operation = "receive lease",
                 .object = place_.interface,
                 .cause = fmt::format("driver \"{}\" has no {}", nic.driver, name_of(wish.knob)),
                 .fix = {}});
  }
  ChangedSetting* const setting = journal_.find_setting(wish.knob);
  Status done;
  if (setting != nullptr) {
    done = use_setting(*setting, owner, wish, *now);
  } else if (*now != wish.value) {
    done = change_setting(owner, wish, *now, changes);
    if (done && wish.knob.kind == Knob::Kind::kChannels)
      done = follow_channels(nic.rx_queues, changes);
  } else if (wish.knob.kind == Knob::Kind::kHeaderSplit) {
    // bind-rx wants it asked for, also where the driver has it on of itself.
    done = control_.set(wish.knob, wish.value);
  }
  if (done || wish.is_optional) return {};
  if (done.error().code == Code::kBusy && done.error().object == place_.interface) return done;
  return fail(failed_step(std::move(done).error(), text_of_change(wish.knob, *now, wish.value),
                          place_.interface));
}

/// Others have changed it already, for themselves.
Status JournaledNic::use_setting(ChangedSetting& setting, OwnerId owner, const Wish& wish,
                                 const Value& now) {
  if (setting.wanted != wish.value && !setting.users.empty()) {
    return fail(
        {.code = Code::kBusy,
         .sys_errno = 0,
         .operation = "receive lease",
         .object = place_.interface,
         .cause = fmt::format("{} set {} otherwise", users_text(journal_, setting.users),
                              name_of(wish.knob)),
         .fix = fmt::format("nobounce setup {} --undo, or end that process", place_.interface)});
  }
  const ChangedSetting found = setting;
  const bool is_new = std::ranges::find(setting.users, owner) == setting.users.end();
  if (is_new) setting.users.push_back(owner);
  if (now != wish.value) setting.previous = found.wanted;
  setting.wanted = wish.value;
  NB_TRY(save());
  if (now == wish.value) return {};
  if (Status set = control_.set(wish.knob, wish.value); !set) {
    // Refused, and so still as those before have left it.
    setting = found;
    NB_TRY(save());
    return set;
  }
  setting.previous.reset();
  return save();
}

Status JournaledNic::change_setting(OwnerId owner, const Wish& wish, const Value& now,
                                    std::vector<std::string>& changes) {
  journal_.settings.push_back(
      {.knob = wish.knob, .before = now, .wanted = wish.value, .users = {owner}});
  NB_TRY(save());
  if (Status set = control_.set(wish.knob, wish.value); !set) {
    // Refused, and so not changed.
    journal_.settings.pop_back();
    NB_TRY(save());
    return set;
  }
  changes.push_back(text_of_change(wish.knob, now, wish.value));
  return {};
}

Status JournaledNic::make_context(Owner& owner, const Plan& plan) {
  if (std::ranges::none_of(plan.rules, &PlannedRule::into_context)) return {};
  NB_ASSIGN(const NicState nic, control_.look());
  OwnedContext context;
  for (std::size_t i = 0; i < nic.rss_table.size(); ++i)
    context.table.push_back(plan.queues[i % plan.queues.size()]);
  for (const netlink::RssContext& other : nic.rss_contexts)
    context.others.push_back(other.id);
  owner.context = std::move(context);
  NB_TRY(save());
  auto made = control_.create_rss_context(owner.context->table);
  if (!made) {
    owner.context.reset();
    NB_TRY(save());
    return fail(failed_step(std::move(made).error(), "an RSS context", place_.interface));
  }
  owner.context->id = *made;
  return save();
}

Status JournaledNic::insert_rule(Owner& owner, const PlannedRule& planned) {
  OwnedRule owned{.rule = planned.rule, .location = planned.location};
  if (planned.into_context) owned.rule.rss_context = owner.context->id;
  if (planned.location == netlink::kAnyLocation) owned.location.reset();
  owner.rules.push_back(owned);
  NB_TRY(save());
  auto location = control_.insert_rule(owned.rule, planned.location);
  if (!location) {
    owner.rules.pop_back();
    NB_TRY(save());
    return fail(
        failed_step(std::move(location).error(), text_of_rule(owned.rule), place_.interface));
  }
  owner.rules.back().location = *location;
  return save();
}

/// A default table follows the number of queues; not every driver sees to it: gve leaves the table
/// as it is, once anybody has set or reset it.
Status JournaledNic::follow_channels(std::uint64_t former_queues,
                                     std::vector<std::string>& changes) {
  NB_ASSIGN(const NicState nic, control_.look());
  if (is_default_rss_table(nic.rss_table, nic.rx_queues) ||
      !is_default_rss_table(nic.rss_table, static_cast<std::uint32_t>(former_queues)))
    return {};
  NB_TRY(control_.reset_rss_table());
  changes.push_back("RSS by default");
  return {};
}

Status JournaledNic::settle_rss(std::vector<std::string>& changes) {
  NB_ASSIGN(const NicState nic, control_.look());
  if (nic.rx_queues == 0) return {};
  RssView view{.table = nic.rss_table, .rx_queues = nic.rx_queues, .taken = {}, .strangers = {}};
  for (const Owner& owner : journal_.owners)
    view.taken.insert(owner.queues.begin(), owner.queues.end());
  for (const HeldQueue& held : nic.held_queues) {
    if (!view.taken.contains(held.queue)) view.strangers.insert(held.queue);
  }
  RssStep step = next_rss(view, journal_.rss);
  if (step.table != nic.rss_table) {
    journal_.rss = step.journal;
    NB_TRY(save());
    NB_TRY(step.is_default ? control_.reset_rss_table() : control_.set_rss_table(step.table));
    const Queues queues(step.table.begin(), step.table.end());
    changes.push_back(fmt::format("RSS over queues {} only", fmt::join(queues, ",")));
    if (step.is_default) changes.back() = "RSS by default";
  }
  journal_.rss = std::move(step.journal);
  if (journal_.rss) journal_.rss->previous = journal_.rss->next;
  if (step.is_restored) journal_.rss.reset();
  return save();
}

}  // namespace nobounce::nic
