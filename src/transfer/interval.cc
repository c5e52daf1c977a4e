// SPDX-License-Identifier: Apache-2.0
#include "transfer/interval.h"

#include "measure/between.h"

namespace nobounce::transfer {
namespace {

Figure<std::uint64_t> touches_of(memory::Region& region) {
  return region.cpu_accesses().map(
      [](const memory::CpuAccesses& seen) { return seen.reads + seen.writes; });
}

}  // namespace

void Interval::start() {
  if (runs_) return;
  runs_ = true;
  touches_before_ = touches_of(region_);
  if (instruments_ != nullptr) reading_before_ = instruments_->read_at_start();
  before_ = measure::take_cpu_snapshot();
  // Next to the work on both sides: taking a snapshot copies too.
  copies_.start();
  started_ns_ = clock_.now_ns();
  if (began_ns_ == 0) began_ns_ = started_ns_;
}

void Interval::stop() {
  if (!runs_) return;
  runs_ = false;
  ended_ns_ = clock_.now_ns();
  elapsed_ns_ += ended_ns_ - started_ns_;
  copies_.stop();
  const auto usage = measure::cpu_usage_between(before_, measure::take_cpu_snapshot());
  measure::add_figure(cpu_, usage.process);
  measure::add_figure(host_cpu_, usage.host);
  if (instruments_ != nullptr) {
    measure::add(measured_,
                 measure::measured_between(reading_before_, instruments_->read_at_end()));
  }
  // Once a part is missing the whole is.
  const auto touches = touches_of(region_);
  if (!touches_before_.is_available()) touches_ = touches_before_;
  if (!touches_.is_available()) return;
  touches_ = touches.map(
      [this](std::uint64_t now) { return touches_.value() + (now - touches_before_.value()); });
}

}  // namespace nobounce::transfer
