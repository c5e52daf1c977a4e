// SPDX-License-Identifier: Apache-2.0
// The guest's first program: a busybox script that mounts the root and hands over to the agent.
#pragma once

#include <string>

namespace nobounce::lab {

inline constexpr const char* kCacheTag = "cache";  ///< virtiofs tag of the lab's cache.
inline constexpr const char* kShareTag = "share";  ///< virtiofs tag of --share.
inline constexpr const char* kRequestPath = "/run/nobounce/request.json";  ///< In the guest.

/// The text of /init, for the cache entries `root` and `kernel`.
std::string init_script(const std::string& root, const std::string& kernel);

}  // namespace nobounce::lab
