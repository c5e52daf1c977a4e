// SPDX-License-Identifier: Apache-2.0
#include "lab/kernel_log.h"

#include <algorithm>
#include <array>

namespace nobounce::lab {
namespace {

// What a kernel prints when something is wrong inside it. A plain printk at level "warning" is no
// complaint: drivers use it for what the user did.
constexpr std::array<std::string_view, 18> kSigns = {
    "------------[ cut here ]------------",
    "WARNING: CPU:",
    "WARNING: possible",
    "WARNING: suspicious",
    "BUG: ",
    "kernel BUG at",
    "Oops: ",
    "Kernel panic",
    "Call Trace:",
    "blocked for more than",
    "soft lockup",
    "hard LOCKUP",
    "rcu_preempt detected",
    "rcu_sched detected",
    "rcu: INFO: rcu_",
    "KASAN: ",
    "UBSAN: ",
    "general protection fault",
};

// A report begins at its sign and ends here, at the latest after kLongestReport records.
constexpr std::string_view kReportEnd = "---[ end trace";
constexpr std::size_t kLongestReport = 60;
// A report without an end mark is over when the stack has been printed.
constexpr std::string_view kStackEnd = "</TASK>";

constexpr std::array<KnownWarning, 1> kKnownWarnings = {{
    {.release_prefix = "7.3.",
     .pattern = "page_pool_disable_direct_recycling",
     .cause = "binding queue 0 of gve is refused (ERANGE) as it should be, and the refusal's "
              "clean-up warns"},
}};

bool has_sign(std::string_view text) {
  return std::any_of(kSigns.begin(), kSigns.end(), [text](std::string_view sign) {
    return text.find(sign) != std::string_view::npos;
  });
}

// The index after the last record of the report that starts at `first`.
std::size_t end_of_report(std::span<const KernelRecord> log, std::size_t first) {
  const std::size_t limit = std::min(log.size(), first + kLongestReport);
  for (std::size_t at = first; at < limit; ++at) {
    if (log[at].text.find(kReportEnd) != std::string::npos) return at + 1;
    if (log[at].text.find(kStackEnd) != std::string::npos) {
      const bool end_mark_follows =
          at + 1 < limit && log[at + 1].text.find(kReportEnd) != std::string::npos;
      return at + (end_mark_follows ? 2 : 1);
    }
  }
  // No stack: a short notice, of which a few lines tell enough.
  return std::min(limit, first + 8);
}

}  // namespace

std::span<const KnownWarning> known_warnings() {
  return kKnownWarnings;
}

std::vector<KernelComplaint> find_complaints(std::span<const KernelRecord> log,
                                             std::string_view release,
                                             std::span<const KnownWarning> known) {
  std::vector<KernelComplaint> complaints;
  for (std::size_t at = 0; at < log.size();) {
    if (!has_sign(log[at].text)) {
      ++at;
      continue;
    }
    const std::size_t end = end_of_report(log, at);
    KernelComplaint complaint{.what = log[at].text, .context = {}, .known_cause = {}};
    for (std::size_t line = at; line < end; ++line) {
      complaint.context.push_back(log[line].text);
      for (const KnownWarning& warning : known)
        if (release.starts_with(warning.release_prefix) &&
            log[line].text.find(warning.pattern) != std::string::npos)
          complaint.known_cause = warning.cause;
    }
    complaints.push_back(std::move(complaint));
    at = end;
  }
  return complaints;
}

KernelRecord record_of_console_line(std::string_view line) {
  while (line.ends_with('\r'))
    line.remove_suffix(1);
  return {.level = 4, .text = std::string(line)};
}

}  // namespace nobounce::lab
