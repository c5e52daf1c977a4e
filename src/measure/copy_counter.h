// SPDX-License-Identifier: Apache-2.0
// CopyCounter: what the CPUs copy while it runs, added up over its parts, by the lab's copy meter
// and, where these are given, by kernel probes as well.
#pragma once

#include <memory>

#include "base/figure.h"
#include "measure/copies.h"
#include "measure/copy_meter.h"
#include "measure/copy_probes.h"

namespace nobounce::measure {

/// Attached, or why not.
using CopyProbesFigure = Figure<std::shared_ptr<const CopyProbes>>;

class CopyCounter {
 public:
  explicit CopyCounter(CopyProbesFigure probes = NotAvailable{"nobody asked for kernel probes"})
      : probes_(std::move(probes)) {}

  void start();
  void stop();

  /// By the meter. Where a part could not be counted, the reason.
  [[nodiscard]] const Figure<Copies>& copies() const { return metered_; }
  /// By the probes.
  [[nodiscard]] const Figure<Copies>& probed_copies() const { return probed_; }

 private:
  [[nodiscard]] Figure<ProbeReading> read_probes() const;
  void add(Figure<Copies>& total, const Figure<Copies>& part) const;

  CopyProbesFigure probes_;
  Result<CopyReading> meter_before_ = nullptr;
  Figure<ProbeReading> probes_before_;
  Figure<Copies> metered_;
  Figure<Copies> probed_;
  bool has_part_ = false;
};

}  // namespace nobounce::measure
