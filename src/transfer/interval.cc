// SPDX-License-Identifier: Apache-2.0
#include "transfer/interval.h"

#include "measure/between.h"

namespace nobounce::transfer {

void Interval::start() {
  if (runs_) return;
  runs_ = true;
  if (instruments_ != nullptr) reading_before_ = instruments_->read_at_start();
  before_ = measure::take_cpu_snapshot();
  started_ns_ = clock_.now_ns();
}

void Interval::stop() {
  if (!runs_) return;
  runs_ = false;
  elapsed_ns_ += clock_.now_ns() - started_ns_;
  const auto usage = measure::cpu_usage_between(before_, measure::take_cpu_snapshot());
  measure::add_figure(cpu_, usage.process);
  measure::add_figure(host_cpu_, usage.host);
  if (instruments_ == nullptr) return;
  measure::add(measured_, measure::measured_between(reading_before_, instruments_->read_at_end()));
}

}  // namespace nobounce::transfer
