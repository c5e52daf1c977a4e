// SPDX-License-Identifier: Apache-2.0
#include "api/choice.h"

#include <algorithm>

#include "api/handles.h"

namespace nobounce::api {

Result<std::optional<path::Path>> path_asked_for(std::string_view function, const char* name,
                                                 std::span<const path::Path> allowed) {
  const std::string_view wanted = text_or_empty(name);
  if (wanted.empty() || wanted == "auto") return std::nullopt;
  const auto path = path::path_named(wanted);
  if (path && std::ranges::find(allowed, *path) != allowed.end()) return path;
  Error error = bad_argument(function, "path", fmt::format("'{}' is no path this way", wanted));
  error.fix = "use one of: auto";
  for (const path::Path known : allowed)
    error.fix += fmt::format(", {}", name_of(known));
  return fail(std::move(error));
}

}  // namespace nobounce::api

const char* nb_choice_path(const nb_choice* choice) {
  return choice == nullptr ? "" : choice->path.c_str();
}

bool nb_choice_kernel_copies(const nb_choice* choice) {
  return choice != nullptr && choice->choice.kernel_copies;
}

size_t nb_choice_passed_over_count(const nb_choice* choice) {
  return choice == nullptr ? 0 : choice->choice.passed_over.size();
}

const char* nb_choice_passed_over_name(const nb_choice* choice, size_t index) {
  if (index >= nb_choice_passed_over_count(choice)) return "";
  return choice->choice.passed_over[index].name.c_str();
}

const char* nb_choice_passed_over_reason(const nb_choice* choice, size_t index) {
  if (index >= nb_choice_passed_over_count(choice)) return "";
  return choice->choice.passed_over[index].reason.c_str();
}
