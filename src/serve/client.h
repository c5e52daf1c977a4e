// SPDX-License-Identifier: Apache-2.0
// Asking a running service: the other end of its control socket.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "serve/request.h"

namespace nobounce::serve {

/// The reply of the service in `directory`. Errors: kNotFound (no service there), kTimeout,
/// kProtocol (the reply is not what it should be), and what the service itself replied, with its
/// message.
Result<nlohmann::json> ask(const std::filesystem::path& directory, const Request& request,
                           std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace nobounce::serve
