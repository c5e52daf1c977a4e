// SPDX-License-Identifier: Apache-2.0
// WattSampler: asks a source of watts again and again, in a thread of its own, and sums up what it
// said; two looks at the sums give the mean between them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/figure.h"
#include "measure/watts.h"

namespace nobounce::measure {

struct WattSum {
  double watts = 0;  ///< Of all samples together.
  std::uint64_t samples = 0;

  [[nodiscard]] double mean() const {
    return samples == 0 ? 0 : watts / static_cast<double>(samples);
  }
};
using WattSums = std::map<std::string, WattSum>;

class WattSampler {
 public:
  using Source = std::function<Result<Watts>()>;

  /// Asks at once, and then so long after each answer. `source` is called from the sampler's thread
  /// alone.
  WattSampler(Source source, std::chrono::milliseconds pause);
  /// Waits until a question that is under way is answered.
  ~WattSampler();
  WattSampler(const WattSampler&) = delete;
  WattSampler& operator=(const WattSampler&) = delete;

  /// The sums so far, or the last error of the source.
  [[nodiscard]] Figure<WattSums> sums() const;

 private:
  void run();

  const Source source_;
  const std::chrono::milliseconds pause_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stops_ = false;
  WattSums sums_;
  Status last_;
  std::thread thread_;  // Uses all the others.
};

/// The samples that came from `before` to `after`; missing where none came.
Figure<WattSums> watts_between(const WattSums& before, const WattSums& after);

}  // namespace nobounce::measure
