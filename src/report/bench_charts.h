// SPDX-License-Identifier: Apache-2.0
// The pictures of a bench's report, as figures of HTML: throughput, CPU by kind, return on CPU,
// latency, and the verdicts' ratios.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace nobounce::report {

std::string throughput_figure(const nlohmann::json& model);
std::string cpu_figure(const nlohmann::json& model);
std::string roi_figure(const nlohmann::json& model);
/// Of the cells whose requests were answered; nothing where there is none.
std::string latency_figure(const nlohmann::json& model);
/// `verdicts`: a list of the model's; `cells` are those that they speak of; `pairs` is of what the
/// ratios are.
std::string ratio_figure(const nlohmann::json& verdicts, const nlohmann::json& cells,
                         std::string_view pairs = "interleaved pairs of runs");

}  // namespace nobounce::report
