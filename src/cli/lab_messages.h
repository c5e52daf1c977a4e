// SPDX-License-Identifier: Apache-2.0
// What the lab's commands tell those who wait, on standard error.
#pragma once

#include <string_view>

#include "lab/lab.h"

namespace nobounce::cli {

/// A step, where standard error is a terminal.
void show_progress(std::string_view step);

/// What the guest's kernel complained of: known warnings in a line, others with their context.
void show_complaints(const lab::LabOutcome& outcome);

/// That the peer's command failed on its own, which may be why the command did.
void show_peer(const lab::LabOutcome& outcome);

/// Where the guests' CPUs spent their instructions, as a table for each.
void show_profiles(const lab::LabOutcome& outcome);

}  // namespace nobounce::cli
