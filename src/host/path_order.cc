// SPDX-License-Identifier: Apache-2.0
#include "host/path_order.h"

#include <algorithm>

namespace nobounce::host {

Choice choose(std::span<const Verdict> verdicts, std::span<const path::Path> preferred) {
  Choice choice;
  for (const Verdict& verdict : verdicts) {
    if (verdict.path == path::Path::kCopy) continue;
    if (verdict.grade == Grade::kZeroCopy) {
      choice.candidates.push_back(verdict.path);
    } else {
      choice.passed_over.push_back(
          {.path = verdict.path, .why = verdict.reason, .fix = verdict.fix});
    }
  }
  choice.candidates.push_back(path::Path::kCopy);
  const auto place = [&](path::Path path) { return std::ranges::find(preferred, path); };
  std::ranges::stable_sort(choice.candidates, {}, place);
  return choice;
}

}  // namespace nobounce::host
