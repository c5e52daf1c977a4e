// SPDX-License-Identifier: Apache-2.0
// Between which hosts a bench ran, in words that all its reports share.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nobounce::report {

/// Whether the model's hosts were two machines of their own, and not namespaces of a guest.
bool has_peer(const nlohmann::json& machine);

/// "Linux 7.3.4, 2 CPUs, tcg"; of two machines both, with NICs and clocks.
std::string words_of_hosts(const nlohmann::json& machine);

}  // namespace nobounce::report
