// SPDX-License-Identifier: Apache-2.0
// TwoEnds: hosts that are machines of their own, one End on each.
#pragma once

#include <vector>

#include "bench/cell.h"
#include "bench/end.h"
#include "bench/hosts.h"

namespace nobounce::bench {

class TwoEnds final : public Hosts {
 public:
  /// Both must outlive it. Host a is the one whose clock times are told by.
  TwoEnds(std::vector<Cell> cells, End& a, End& b) : cells_(std::move(cells)), a_(a), b_(b) {}

  Result<BothSettings> set_up(std::size_t cell) override;
  Result<nlohmann::json> run(std::size_t cell, bool is_traced) override;
  [[nodiscard]] bool are_gone() const override;

 private:
  Status start(std::size_t cell, bool is_traced);
  Result<nlohmann::json> figures_of_run(const Cell& cell, const EndFigures& a,
                                        const EndFigures& b) const;

  std::vector<Cell> cells_;
  End& a_;
  End& b_;
};

}  // namespace nobounce::bench
