// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_group.h"

#include <algorithm>

namespace nobounce::lab {
namespace {

class Group {
 public:
  Group(std::vector<Guest>& guests, TerminalLink* terminal)
      : guests_(guests), terminal_(terminal), reports_(guests.size()) {}

  [[nodiscard]] bool is_open() const {
    return std::any_of(guests_.begin(), guests_.end(), [](const Guest& g) { return g.is_open(); });
  }
  Status take_turn(Interruption& interruption);
  Result<GroupReport> finish();

 private:
  Status start_command();
  Status stop_others();
  Status wait(Interruption& interruption);

  std::vector<Guest>& guests_;
  TerminalLink* terminal_;
  std::vector<std::optional<GuestReport>> reports_;
  std::optional<int> peer_status_;
  bool started_ = false;
  bool stopped_ = false;
  std::vector<pollfd> entries_;
};

Status Group::wait(Interruption& interruption) {
  Status waited = interruption.wait(entries_);
  if (waited || waited.error().code != Code::kTimeout) return waited;
  Error error = std::move(waited).error();
  for (const Guest& guest : guests_)
    error.cause += guest.last_words();
  return fail(std::move(error));
}

Status Group::start_command() {
  if (started_) return {};
  for (const Guest& guest : guests_)
    if (!guest.is_ready()) return {};
  started_ = true;
  NB_TRY(guests_.front().order(StartCommand{}));
  return terminal_ != nullptr ? terminal_->begin(guests_.front()) : Status{};
}

Status Group::stop_others() {
  if (stopped_ || !guests_.front().command_status()) return {};
  stopped_ = true;
  if (terminal_ != nullptr) terminal_->end();
  for (std::size_t i = 1; i < guests_.size(); ++i) {
    peer_status_ = guests_[i].command_status();
    NB_TRY(guests_[i].order(StopCommand{}));
  }
  return {};
}

Status Group::take_turn(Interruption& interruption) {
  entries_.clear();
  for (const Guest& guest : guests_)
    guest.add_wishes(entries_);
  if (terminal_ != nullptr) terminal_->add_wishes(entries_, guests_.front());
  NB_TRY(wait(interruption));

  std::span<const pollfd> answers = entries_;
  for (std::size_t i = 0; i < guests_.size(); ++i) {
    NB_TRY(guests_[i].move_on(answers));
    // A guest that failed takes the others with it.
    if (!guests_[i].is_open() && !reports_[i]) {
      NB_ASSIGN(reports_[i], guests_[i].finish());
    }
  }
  if (terminal_ != nullptr) NB_TRY(terminal_->move_on(answers, guests_.front()));
  NB_TRY(start_command());
  return stop_others();
}

Result<GroupReport> Group::finish() {
  GroupReport report{.guests = {}, .peer_status = peer_status_};
  for (auto& guest : reports_)
    report.guests.push_back(std::move(*guest));
  return report;
}

}  // namespace

Result<GroupReport> run_guests(std::vector<Guest>& guests, TerminalLink* terminal,
                               Interruption& interruption) {
  Group group(guests, terminal);
  while (group.is_open())
    NB_TRY(group.take_turn(interruption));
  return group.finish();
}

}  // namespace nobounce::lab
