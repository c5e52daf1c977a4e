// SPDX-License-Identifier: Apache-2.0
#include "measure/watt_sampler.h"

#include "sys/thread_name.h"

namespace nobounce::measure {

WattSampler::WattSampler(Source source, std::chrono::milliseconds pause)
    : source_(std::move(source)), pause_(pause), thread_([this] { run(); }) {}

WattSampler::~WattSampler() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void WattSampler::run() {
  sys::name_this_thread("nobounce-watts");  // So that its time is not taken for the transfer's.
  while (true) {
    const auto watts = source_();
    std::unique_lock lock(mutex_);
    last_ = watts ? Status{} : Status(fail(watts.error()));
    if (watts) {
      for (const auto& [name, value] : *watts) {
        sums_[name].watts += value;
        ++sums_[name].samples;
      }
    }
    if (wake_.wait_for(lock, pause_, [this] { return stops_; })) return;
  }
}

Figure<WattSums> WattSampler::sums() const {
  const std::lock_guard lock(mutex_);
  if (!last_) return NotAvailable{to_string(last_.error())};
  return sums_;
}

Figure<WattSums> watts_between(const WattSums& before, const WattSums& after) {
  WattSums between;
  for (const auto& [name, end] : after) {
    const auto start = before.find(name);
    const WattSum earlier = start == before.end() ? WattSum{} : start->second;
    if (end.samples == earlier.samples) continue;
    between.emplace(name, WattSum{.watts = end.watts - earlier.watts,
                                  .samples = end.samples - earlier.samples});
  }
  if (!between.empty()) return between;
  return NotAvailable{"no sample of the power fell into the interval"};
}

}  // namespace nobounce::measure
