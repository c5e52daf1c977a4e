// SPDX-License-Identifier: Apache-2.0
// Tables of what was measured, cell by cell, for whichever writer; and the reason where a bench has
// no such figure at all.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nobounce::report {

struct MeasuredTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows{};
  std::size_t numbers_from = 2;
  std::string missing{};  ///< Why there are no rows; may be empty.
};

/// Calls `each` with every measured cell of ours and its branch cell.measured.SIDE.NAME, where that
/// is there; the reason of the first that lacks it is `missing`, if there is no row in the end.
using EachFigure = std::function<void(const nlohmann::json& cell, const nlohmann::json& figure)>;
void for_each_measured(const nlohmann::json& model, const char* side, const char* name,
                       MeasuredTable& table, const EachFigure& each);

/// Of the calls of one name: how many, how long; as the columns of syscall_rows().
std::vector<std::string> words_of_calls(const nlohmann::json& calls);

MeasuredTable machine_cpu_rows(const nlohmann::json& model);
MeasuredTable power_rows(const nlohmann::json& model);
MeasuredTable idle_state_rows(const nlohmann::json& model);
MeasuredTable syscall_rows(const nlohmann::json& model, const char* side);
/// The hottest functions of all CPUs, the hottest first.
MeasuredTable function_rows(const nlohmann::json& model, const char* side);
/// The hottest of each CPU.
MeasuredTable function_rows_by_cpu(const nlohmann::json& model, const char* side);
MeasuredTable frag_rows(const nlohmann::json& model);
/// Of path zcrx.
MeasuredTable refill_rows(const nlohmann::json& model);
MeasuredTable token_rows(const nlohmann::json& model);
MeasuredTable page_pool_rows(const nlohmann::json& model);
MeasuredTable nic_rows(const nlohmann::json& model);
MeasuredTable tcp_rows(const nlohmann::json& model);
MeasuredTable thread_rows(const nlohmann::json& model);
/// One line a cell, of figures from all of the above.
MeasuredTable overview_rows(const nlohmann::json& model);

}  // namespace nobounce::report
