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
  /// Both must outlive it.
  TwoEnds(std::vector<Cell> cells, End& sender, End& receiver)
      : cells_(std::move(cells)), sender_(sender), receiver_(receiver) {}

  Result<BothSettings> set_up(std::size_t cell) override;
  Result<nlohmann::json> run(std::size_t cell) override;
  [[nodiscard]] bool are_gone() const override;

 private:
  static Result<nlohmann::json> figures_of_flows(const Cell& cell,
                                                 const std::vector<nlohmann::json>& sent,
                                                 const std::vector<nlohmann::json>& received);

  std::vector<Cell> cells_;
  End& sender_;
  End& receiver_;
};

}  // namespace nobounce::bench
