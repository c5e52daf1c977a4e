// SPDX-License-Identifier: Apache-2.0
// What the copy meter saw of one transfer of the lab, put together from what its two ends said.
#pragma once

#include <nlohmann/json.hpp>

namespace nobounce::lab {

/// No transfer between device memories by devmem may copy more than this for each byte.
inline constexpr double kMostCopiedByDevmem = 0.02;

/// {"copied_bytes_per_byte", "other_copied_bytes_per_byte"} of the results (docs/json.md) of a
/// `send` and a `recv` in one guest: all that its CPUs copied from the sender's start to the
/// receiver's end. The receiver's interval alone would miss what the sender copied before the first
/// byte came. Each is {"not_available": reason} where an end has no figure, or where the sender
/// loaded in rounds, whose copies would be among the transfer's.
nlohmann::json proof_of(const nlohmann::json& send, const nlohmann::json& recv);

}  // namespace nobounce::lab
