// SPDX-License-Identifier: Apache-2.0
#include "nic/lease.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace nobounce::nic {
namespace {

/// Applies a step; an inserted rule learns where it is.
struct Apply {
  NicControl& nic;

  Status operator()(SetHeaderSplit& step) const { return nic.set_header_split(step.wanted); }
  Status operator()(SetHdsThreshold& step) const { return nic.set_hds_threshold(step.wanted); }
  Status operator()(TurnOnFeature& step) const { return nic.set_feature(step.name, true); }
  Status operator()(SetRssTable& step) const { return nic.set_rss_table(step.wanted); }
  Status operator()(InsertRule& step) const {
    NB_ASSIGN(step.location, nic.insert_rule(step.rule, step.location));
    return {};
  }
};

// The table to leave behind: every bucket as it was found, but for those that somebody moved since
// (unless the table was the driver's default, which says whose each bucket is), and for those of a
// queue that is bound: its user wants no other flows there.
std::vector<std::uint32_t> rss_to_restore(const SetRssTable& step, const NicUse& use) {
  const bool was_default = step.before.empty();
  std::vector<std::uint32_t> table = use.rss_table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto found = was_default ? static_cast<std::uint32_t>(i % use.rx_queues) : step.before[i];
    const bool is_held = std::ranges::find(use.held_queues, found) != use.held_queues.end();
    if (!is_held && (was_default || table[i] == step.wanted[i])) table[i] = found;
  }
  return table;
}

struct Undo {
  NicControl& nic;
  const std::string& interface;

  Status operator()(const SetHeaderSplit& step) const {
    NB_ASSIGN(const NicUse use, nic.use());
    if (is_needed(step, use)) return {};
    return nic.set_header_split(step.before);
  }
  Status operator()(const SetHdsThreshold& step) const {
    NB_ASSIGN(const NicUse use, nic.use());
    if (is_needed(step, use)) return {};
    return nic.set_hds_threshold(step.before);
  }
  Status operator()(const TurnOnFeature& step) const {
    NB_ASSIGN(const NicUse use, nic.use());
    if (is_needed(step, use)) return {};
    if (step.name == kFlowRuleFeature && use.flow_rules > 0) {
      spdlog::warn("{}: {} stays on: there are flow rules of others", interface, step.name);
      return {};
    }
    return nic.set_feature(step.name, false);
  }
  Status operator()(const SetRssTable& step) const {
    NB_ASSIGN(const NicUse use, nic.use());
    // A NIC that is down, or whose table has another size by now, has no buckets to be told apart.
    if (use.rx_queues == 0 || use.rss_table.size() != step.wanted.size()) {
      return step.before.empty() ? nic.reset_rss_table() : nic.set_rss_table(step.before);
    }
    const auto table = rss_to_restore(step, use);
    if (table == use.rss_table) return {};
    if (is_default_rss_table(table, use.rx_queues)) return nic.reset_rss_table();
    return nic.set_rss_table(table);
  }
  Status operator()(const InsertRule& step) const { return nic.delete_rule(step.location); }

 private:
  // A bound queue lives on all of this: the kernel would refuse, or the flows go astray.
  bool is_needed(const Step& step, const NicUse& use) const {
    if (use.held_queues.empty()) return false;
    spdlog::warn("{}: {} is not undone: queue {} is bound", interface, text_of(step),
                 use.held_queues.front());
    return true;
  }
};

Error failed_step(Error error, const Step& step, const std::string& interface) {
  error.cause = error.cause.empty() ? text_of(step) : text_of(step) + ": " + error.cause;
  error.operation = "receive lease";
  error.object = interface;
  if (error.code == Code::kPermission) error.fix = "run as root or grant CAP_NET_ADMIN";
  return error;
}

}  // namespace

Result<Lease> Lease::apply(std::unique_ptr<NicControl> control, const Plan& plan,
                           std::string interface) {
  Lease lease(std::move(control), std::move(interface));
  for (Step step : plan.steps) {
    if (Status done = std::visit(Apply{*lease.control_}, step); !done) {
      Error error = failed_step(std::move(done).error(), step, lease.interface_);
      if (const Status undone = lease.release(); !undone) {
        error.cause += "; " + undone.error().cause;
      }
      return fail(std::move(error));
    }
    if (changes_something(step)) lease.applied_.push_back(std::move(step));
  }
  return lease;
}

Status Lease::release() {
  std::vector<std::string> stuck;
  Error first;
  for (; !applied_.empty(); applied_.pop_back()) {
    Status undone = std::visit(Undo{*control_, interface_}, applied_.back());
    if (undone) continue;
    stuck.push_back(fmt::format("{} ({})", text_of(applied_.back()), to_string(undone.error())));
    if (stuck.size() == 1) first = std::move(undone).error();
  }
  if (stuck.empty()) return {};
  first.operation = "restore";
  first.object = interface_;
  first.cause = fmt::format("could not be undone: {}", fmt::join(stuck, "; "));
  return fail(std::move(first));
}

void Lease::release_and_log() noexcept {
  if (const Status undone = release(); !undone) {
    spdlog::error("{}", to_string(undone.error()));
  }
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release_and_log();
    control_ = std::move(other.control_);
    interface_ = std::move(other.interface_);
    applied_ = std::exchange(other.applied_, {});
  }
  return *this;
}

Lease::~Lease() {
  release_and_log();
}

std::vector<std::string> Lease::changes() const {
  std::vector<std::string> lines;
  lines.reserve(applied_.size());
  for (const Step& step : applied_)
    lines.push_back(text_of(step));
  return lines;
}

}  // namespace nobounce::nic
