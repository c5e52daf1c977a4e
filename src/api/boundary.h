// SPDX-License-Identifier: Apache-2.0
// The border between C and the engine: errors become nb_error, exceptions stop here, and arguments
// are checked. Every function of nobounce.h that can fail runs its work in `guarded`.
#pragma once

#include <fmt/format.h>
#include <nobounce/nobounce.h>

#include <cstddef>
#include <exception>
#include <new>
#include <string_view>

#include "base/result.h"

namespace nobounce::api {

nb_code code_of(Code code);

/// Makes *error, where wanted, of `why`; never throws. Returns the code.
nb_code report(nb_error** error, Error why) noexcept;
/// The same where there is no memory left to say it in.
nb_code report_out_of_memory(nb_error** error) noexcept;
nb_code report_defect(nb_error** error, const char* what) noexcept;

/// Runs `work`, which returns a Status.
template <typename Work>
nb_code guarded(nb_error** error, Work&& work) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    Status status = work();
    return status ? NB_OK : report(error, std::move(status).error());
  } catch (const std::bad_alloc&) {
    return report_out_of_memory(error);
  } catch (const std::exception& exception) {
    return report_defect(error, exception.what());
  } catch (...) {
    return report_defect(error, "an unknown exception");
  }
}

/// What a caller got wrong.
Error bad_argument(std::string_view function, std::string_view argument, std::string_view cause);

/// An argument that must not be NULL.
struct Argument {
  const void* value;
  std::string_view name;
};

/// Error: kInvalidArgument, naming the first one that is NULL.
template <typename... Arguments>
Status require(std::string_view function, Arguments... arguments) {
  for (const Argument& argument : {Argument(arguments)...}) {
    if (argument.value == nullptr) return fail(bad_argument(function, argument.name, "it is NULL"));
  }
  return {};
}

/// Text of an option that may be NULL.
inline std::string_view text_or_empty(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace nobounce::api
