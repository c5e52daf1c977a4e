// SPDX-License-Identifier: Apache-2.0
// Taking the first way that opens, and remembering why the better ones did not.
#pragma once

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/result.h"
#include "host/path_order.h"
#include "transfer/choice.h"
#include "transfer/preferring.h"

namespace nobounce::transfer {

template <typename Way>
struct ChosenWay {
  Choice choice;
  std::unique_ptr<Way> way;
};

/// `open(path)` is tried for each candidate in turn. The last one may still fail; then so does
/// this. An interruption by the user is no reason to try the next.
template <typename Way, typename Open>
Result<ChosenWay<Way>> take_first(Candidates&& candidates, Open&& open) {
  ChosenWay<Way> chosen;
  const host::Choice& order = candidates.choice;
  chosen.choice.order = std::move(candidates.order);
  for (const host::PassedOver& passed : order.passed_over) {
    chosen.choice.passed_over.push_back(
        {.name = std::string(path::name_of(passed.path)), .reason = passed.why});
  }
  for (const path::Path path : order.candidates) {
    auto way = open(path);
    if (way) {
      chosen.choice.path = path;
      chosen.choice.kernel_copies = path == path::Path::kCopy;
      chosen.way = std::move(*way);
      return chosen;
    }
    if (path == order.candidates.back() || way.error().code == Code::kInterrupted) {
      return fail(std::move(way).error());
    }
    chosen.choice.passed_over.push_back(
        {.name = std::string(path::name_of(path)), .reason = to_string(way.error())});
  }
  return fail({.code = Code::kUnsupported,
               .operation = "choose",
               .object = "a path",
               .cause = "there is no candidate",
               .fix = {}});
}

}  // namespace nobounce::transfer
