// SPDX-License-Identifier: Apache-2.0
#include "lab/kernel_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace nobounce::lab {
namespace {

constexpr unsigned kInformational = 6;

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

constexpr std::array<KnownWarning, 2> kKnownWarnings = {{
    {.release_prefix = "7.3.",
     .pattern = "page_pool_disable_direct_recycling",
     .cause = "binding queue 0 of gve is refused (ERANGE) as it should be, and the refusal's "
              "clean-up warns"},
    {.release_prefix = "7.3.",
     .pattern = "drm_mm_takedown",
     .cause = "a virtio-gpu was removed while its memory was in use, and what the driver keeps of "
              "its window warns when the last dma-buf goes"},
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

KernelRecord parse_kernel_record(std::string_view raw) {
  // "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT", then lines of properties, each after a space.
  unsigned priority = kInformational;
  std::uint64_t microseconds = 0;
  const std::size_t start = raw.find(';');
  const std::string_view prefix = raw.substr(0, start == raw.npos ? 0 : start);
  std::from_chars(prefix.data(), prefix.data() + prefix.size(), priority);
  const std::size_t first = prefix.find(',');
  const std::size_t second = first == raw.npos ? raw.npos : prefix.find(',', first + 1);
  if (second != raw.npos)
    std::from_chars(prefix.data() + second + 1, prefix.data() + prefix.size(), microseconds);
  std::string_view text = start == raw.npos ? raw : raw.substr(start + 1);
  text = text.substr(0, text.find('\n'));
  return {.level = static_cast<int>(priority & 7),
          .text = fmt::format("[{:5}.{:06}] {}", microseconds / 1'000'000, microseconds % 1'000'000,
                              text)};
}

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

}  // namespace nobounce::lab
