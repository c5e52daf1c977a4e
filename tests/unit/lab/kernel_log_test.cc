// SPDX-License-Identifier: Apache-2.0
#include "lab/kernel_log.h"

#include <gtest/gtest.h>

namespace nobounce::lab {
namespace {

std::vector<KernelRecord> log_of(std::initializer_list<const char*> lines) {
  std::vector<KernelRecord> log;
  for (const char* line : lines)
    log.push_back({.level = 4, .text = line});
  return log;
}

TEST(KernelLog, ARecordOfKmsgIsReadWithoutItsProperties) {
  const KernelRecord record =
      parse_kernel_record("12,345,6000007,-;gve 0000:01:00.0: up; running\n SUBSYSTEM=pci\n");
  EXPECT_EQ(record.level, 4);
  EXPECT_EQ(record.text, "[    6.000007] gve 0000:01:00.0: up; running");
}

TEST(KernelLog, ARecordThatIsNoRecordIsText) {
  for (const char* raw : {"", "no record", "7", ",,,", "99999999999,x,y"}) {
    const KernelRecord record = parse_kernel_record(raw);
    EXPECT_EQ(record.level, 6) << raw;
    EXPECT_EQ(record.text, std::string("[    0.000000] ") + raw);
  }
  EXPECT_EQ(parse_kernel_record("4;text").text, "[    0.000000] text");
}

TEST(KernelLog, OrdinaryMessagesAreNoComplaint) {
  const auto log = log_of({"[    0.1] Linux version 7.3.4", "[    0.2] gve 0000:01:00.0 eth0: up",
                           "[    0.3] mtrr: your CPUs had inconsistent MTRRdefType settings"});
  EXPECT_TRUE(find_complaints(log, "7.3.4", known_warnings()).empty());
}

TEST(KernelLog, EverySignIsFound) {
  for (const char* line :
       {"WARNING: CPU: 1 PID: 7 at net/core/page_pool.c:1", "BUG: kernel NULL pointer dereference",
        "Oops: 0000 [#1] SMP", "Kernel panic - not syncing: sysrq",
        "Call Trace:", "INFO: task nc:12 blocked for more than 120 seconds.",
        "watchdog: BUG: soft lockup - CPU#0 stuck for 60s!", "rcu: INFO: rcu_preempt self-detected",
        "KASAN: use-after-free in f", "UBSAN: shift-out-of-bounds in f.c:1",
        "Oops: general protection fault, probably for non-canonical address",
        "------------[ cut here ]------------"}) {
    EXPECT_EQ(find_complaints(log_of({line}), "7.3.4", {}).size(), 1u) << line;
  }
}

TEST(KernelLog, AReportIsOneComplaintAndTheNextIsAnother) {
  const auto log = log_of({"------------[ cut here ]------------", "WARNING: CPU: 1 PID: 7 at f",
                           "Call Trace:", " <TASK>", " </TASK>", "---[ end trace 0 ]---", "fine",
                           "BUG: bad page state"});
  const auto complaints = find_complaints(log, "7.3.4", {});
  ASSERT_EQ(complaints.size(), 2u);
  EXPECT_EQ(complaints[0].context.size(), 6u);
  EXPECT_EQ(complaints[1].what, "BUG: bad page state");
}

TEST(KernelLog, AKnownWarningIsKnownOnItsKernelOnly) {
  const KnownWarning known[] = {{.release_prefix = "7.3.", .pattern = "culprit", .cause = "why"}};
  const auto log = log_of({"------------[ cut here ]------------", "RIP: 0010:culprit+0x1/0x2"});
  EXPECT_EQ(find_complaints(log, "7.3.4", known).at(0).known_cause, "why");
  EXPECT_EQ(find_complaints(log, "7.2.1", known).at(0).known_cause, "");
}

}  // namespace
}  // namespace nobounce::lab
