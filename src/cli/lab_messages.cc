// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "report/table.h"
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

void show_profiles(const lab::LabOutcome& outcome) {
  using report::Align;
  for (const auto& [hosts, profile] : outcome.profiles) {
    report::Table table(
        {{"function", Align::kLeft}, {"instructions", Align::kRight}, {"share", Align::kRight}});
    for (const lab::FunctionShare& function : profile.functions) {
      const double share = static_cast<double>(function.instructions) /
                           static_cast<double>(std::max<std::uint64_t>(profile.instructions, 1));
      table.add_row({function.name, std::to_string(function.instructions),
                     fmt::format("{:.2f}%", 100 * share)});
    }
    fmt::print(stderr, "nobounce lab: {} instructions while the command ran{}, by function:\n{}",
               profile.instructions, hosts.empty() ? "" : fmt::format(" (hosts {})", hosts),
               table.to_string());
  }
}

}  // namespace nobounce::cli
