// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_messages.h"

#include <fmt/format.h>

#include <cstdio>

#include "sys/byte_stream.h"

namespace nobounce::cli {

void show_progress(std::string_view step) {
  if (sys::is_terminal(fileno(stderr))) fmt::print(stderr, "nobounce lab: {}\n", step);
}

void show_complaints(const lab::LabOutcome& outcome) {
  for (const lab::KernelComplaint& complaint : outcome.complaints) {
    if (!complaint.known_cause.empty()) {
      fmt::print(stderr, "nobounce lab: Linux {} is known to warn here ({}): {}\n",
                 outcome.kernel_release, complaint.known_cause, complaint.what);
      continue;
    }
    fmt::print(stderr, "nobounce lab: the guest's kernel complained:\n");
    for (const std::string& line : complaint.context)
      fmt::print(stderr, "  {}\n", line);
  }
}

}  // namespace nobounce::cli
