// SPDX-License-Identifier: Apache-2.0
// LineSplitter: lines out of a stream that comes in pieces. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::lab {

class LineSplitter {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{64} * 1024;

  /// `object` names a line in an Error.
  explicit LineSplitter(std::string object) : object_(std::move(object)) {}

  /// Hands every line that `piece` makes whole to `take`, without its end, until that fails.
  /// Errors: kProtocol for a line longer than kLongestLine; those of `take`.
  Status split(std::string_view piece, const std::function<Status(std::string_view line)>& take);

 private:
  std::string object_;
  std::string pending_;
};

}  // namespace nobounce::lab
