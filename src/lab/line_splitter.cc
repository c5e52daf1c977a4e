// SPDX-License-Identifier: Apache-2.0
#include "lab/line_splitter.h"

#include <fmt/format.h>

#include <utility>

namespace nobounce::lab {

Status LineSplitter::split(std::string_view piece,
                           const std::function<Status(std::string_view line)>& take) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    pending_ += piece.substr(0, end);
    if (pending_.size() > kLongestLine)
      return fail({.code = Code::kProtocol,
                   .operation = "reading",
                   .object = object_,
                   .cause = fmt::format("it is longer than {} bytes", kLongestLine),
                   .fix = {}});
    if (end == std::string_view::npos) break;
    piece.remove_prefix(end + 1);
    NB_TRY(take(std::exchange(pending_, {})));
  }
  return {};
}

}  // namespace nobounce::lab
