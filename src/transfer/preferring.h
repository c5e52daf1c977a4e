// SPDX-License-Identifier: Apache-2.0
// In which order the paths are tried: as a profile of this host has it, or else the table.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "host/path_order.h"
#include "host/profile_store.h"
#include "host/snapshot.h"
#include "transfer/choice.h"

namespace nobounce::transfer {

/// What is tried for a direction, and whose order that is.
struct Candidates {
  host::Choice choice;
  PathOrder order;
};

/// `direction` is &host::Profile::receive or send.
inline Candidates candidates_by(std::span<const host::Verdict> verdicts,
                                const host::FoundProfile& found,
                                std::optional<host::PathPreference> host::Profile::* direction) {
  PathOrder order{.ignored = found.ignored};
  if (found.profile && (*found.profile).*direction) {
    order.order = ((*found.profile).*direction)->order;
    order.measured = found.profile->measured;
    order.file = found.file;
  }
  return {.choice = host::choose(verdicts, order.order), .order = std::move(order)};
}

}  // namespace nobounce::transfer
