// SPDX-License-Identifier: Apache-2.0
// A Snapshot as JSON, complete in both directions: a host can be recorded, sent to whoever helps,
// and judged there.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "host/snapshot.h"

namespace nobounce::host {

/// What "schema" says; the number grows when a field changes its meaning.
inline constexpr const char* kSnapshotSchema = "nobounce.host/1";

/// An object; probes are true or {"failed", "fix"}, figures a value or {"not_available"}.
nlohmann::json to_json(const Snapshot& snapshot);

/// The snapshot in `text`, which stands alone or as the "host" of doctor's record.
/// Errors: kProtocol for what is no JSON, no snapshot, or one of another schema; the first field
/// that is missing or wrong is named.
Result<Snapshot> parse_snapshot(std::string_view text);
/// Errors also: those of reading the file.
Result<Snapshot> read_snapshot(const std::string& path);

}  // namespace nobounce::host
