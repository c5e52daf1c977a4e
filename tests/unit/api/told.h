// SPDX-License-Identifier: Apache-2.0
// What a call of the C API said, with its error freed.
#pragma once

#include <gtest/gtest.h>
#include <nobounce/nobounce.h>

#include <string>

namespace nobounce::api {

struct Told {
  nb_code code = NB_OK;
  std::string message{};
};

/// `function(arguments…, &error)`.
template <typename Function, typename... Arguments>
Told told_by(Function function, Arguments... arguments) {
  // The call must not look at what was there before.
  auto* error = reinterpret_cast<nb_error*>(1);
  Told told{.code = function(arguments..., &error)};
  EXPECT_EQ(told.code, nb_error_code(error));
  told.message = nb_error_message(error);
  nb_error_free(error);
  return told;
}

}  // namespace nobounce::api
