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
    fmt::print(stderr, "nobounce lab: the guest's kernel complained{}:\n",
               complaint.hosts.empty() ? "" : fmt::format(" (host {})", complaint.hosts));
    for (const std::string& line : complaint.context)
      fmt::print(stderr, "  {}\n", line);
  }
}

void show_peer(const lab::LabOutcome& outcome) {
  if (outcome.peer_status.value_or(0) != 0)
    fmt::print(stderr, "nobounce lab: the peer ended before the command, with status {}\n",
               *outcome.peer_status);
}

}  // namespace nobounce::cli
