// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. tl::expected stands behind it because libstdc++ 12 has no
// monadic std::expected. "Would block" is a value of the operations that can block, not an Error.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace nobounce {

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

/// `return fail({.code = Code::kBusy, …});`
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace nobounce

// Leaves the function with the Error of `expression`, which is a Status or a Result whose value is
// not wanted. A macro because only a macro can return from its caller.
#define NB_TRY(expression)                                   \
  do {                                                       \
    if (auto nb_status = (expression); !nb_status)           \
      return ::nobounce::fail(std::move(nb_status).error()); \
  } while (false)

// A declaration can't stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses)
// Declares `declaration` with the value of `expression`, or leaves the function with its Error.
#define NB_ASSIGN(declaration, expression) \
  NB_ASSIGN_NAMED(NB_CONCAT(nb_result_, __LINE__), declaration, expression)
#define NB_ASSIGN_NAMED(result, declaration, expression)           \
  auto result = (expression);                                      \
  if (!result) return ::nobounce::fail(std::move(result).error()); \
  declaration = std::move(*result)
// NOLINTEND(bugprone-macro-parentheses)
#define NB_CONCAT(a, b) NB_CONCAT_EXPANDED(a, b)
#define NB_CONCAT_EXPANDED(a, b) a##b
