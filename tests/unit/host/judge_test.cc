// SPDX-License-Identifier: Apache-2.0
// Which paths recorded hosts have, and the probe that failed where they do not.
#include "host/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "host/path_order.h"
#include "unit/doctor/recorded_host.h"

namespace nobounce::host {
namespace {

using path::Path;
using ::testing::HasSubstr;
using testing::recorded_host;

struct Case {
  const char* host;
  PathNeed need;
  Path path;
  Grade grade;
  const char* reason;  ///< A part of it.
  std::function<void(Snapshot&)> change = [](Snapshot&) {};
};

/// Both lists of verdicts hold copy, which is the same in both.
Verdict verdict_of(const Case& one) {
  Snapshot host = recorded_host(one.host);
  one.change(host);
  auto verdicts = judge_receive(host, one.need);
  const bool receives = std::ranges::find(kReceiveOrder, one.path) != kReceiveOrder.end();
  if (!receives) verdicts = judge_send(host, one.need);
  return *std::ranges::find(verdicts, one.path, &Verdict::path);
}

void expect(const std::vector<Case>& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Verdict verdict = verdict_of(table[i]);
    SCOPED_TRACE(fmt::format("case {}: {} of {}", i, path::name_of(table[i].path), table[i].host));
    EXPECT_EQ(verdict.grade, table[i].grade) << verdict.reason;
    EXPECT_THAT(verdict.reason, HasSubstr(table[i].reason));
    EXPECT_EQ(verdict.reason.empty(), verdict.grade == Grade::kZeroCopy);
  }
}

const PathNeed kGve{.interface = "eth0"};
const PathNeed kGveHeap{.interface = "eth0", .provider = "dma-heap"};
const PathNeed kGveHost{.interface = "eth0", .provider = "host"};
const PathNeed kLo{.interface = "lo"};
const PathNeed kBnxt{.interface = "ens1f0np0"};

TEST(JudgeReceive, DevmemSaysTheProbeThatFailed) {
  expect({
      {"gve_lab", kGve, Path::kDevmem, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHeap, Path::kDevmem, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHost, Path::kDevmem, Grade::kNo, "has no dma-buf"},
      {"gve_lab", kLo, Path::kDevmem, Grade::kNo, "loopback can't carry devmem"},
      {"gve_lab", {.interface = ""}, Path::kDevmem, Grade::kNo, "none is named"},
      {"gve_lab", {.interface = "eth7"}, Path::kDevmem, Grade::kNo, "eth7 was not looked at"},
      {"gve_lab", {.interface = "eth0", .provider = "cuda"}, Path::kDevmem, Grade::kNo, "cuda"},
      {"gve_lab",
       {.interface = "eth0", .hugepages = true},
       Path::kDevmem,
       Grade::kNo,
       "free_hugepages says 0"},
      {"bnxt_200g", kBnxt, Path::kDevmem, Grade::kZeroCopy, ""},
      {"bnxt_200g",
       {.interface = "ens1f0np0", .hugepages = true},
       Path::kDevmem,
       Grade::kZeroCopy,
       ""},
      {"bnxt_200g",
       {.interface = "ens1f0np0", .listen_port = 7000},
       Path::kDevmem,
       Grade::kNo,
       "flow rule 7 already claims"},
      {"bnxt_200g",
       {.interface = "ens1f0np0", .listen_port = 7000, .listen_address = "10.0.0.2"},
       Path::kDevmem,
       Grade::kZeroCopy,
       ""},
      {"bnxt_200g", kBnxt, Path::kDevmem, Grade::kNo, "hds-thresh is 256 and can't be set to 0",
       [](Snapshot& host) { host.nics[0].state.rings.hds_thresh_max = 0; }},
      {"bnxt_200g", kBnxt, Path::kDevmem, Grade::kNo, "an XDP program is attached",
       [](Snapshot& host) { host.nics[0].state.link.xdp_attached = true; }},
      {"gve_lab", kGve, Path::kDevmem, Grade::kNo, "CAP_NET_ADMIN",
       [](Snapshot& host) { host.privileges.net_admin = false; }},
      {"gve_lab", kGve, Path::kDevmem, Grade::kNo, "may not write",
       [](Snapshot& host) { host.privileges.lease_journal = Probe::no("may not write"); }},
      {"gve_lab", kGve, Path::kDevmem, Grade::kNo, "no SO_DEVMEM",
       [](Snapshot& host) { host.sockets.devmem_dontneed = Probe::no("no SO_DEVMEM"); }},
      {"gve_lab", kGve, Path::kDevmem, Grade::kNo, "Operation not supported",
       [](Snapshot& host) {
         host.nics[0].bind_rx = Probe::no("bind-rx: Operation not supported");
       }},
      {"laptop_loopback", kLo, Path::kDevmem, Grade::kNo, "loopback"},
      {"container", kGve, Path::kDevmem, Grade::kNo, "it carries the default route"},
      {"old_kernel", {.interface = "ens5"}, Path::kDevmem, Grade::kNo, "no netlink family"},
  });
}

TEST(JudgeReceive, ZcrxTakesPinnedMemoryOrADmaBuf) {
  const auto without_nodev = [](Snapshot& host) {
    host.io_uring.zcrx_nodev = Probe::no("zcrx: no NODEV here");
  };
  expect({
      {"gve_lab", kGve, Path::kZcrx, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHeap, Path::kZcrx, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHost, Path::kZcrx, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHeap, Path::kZcrx, Grade::kNo, "no dma-buf areas",
       [](Snapshot& host) { host.io_uring.zcrx_dma_buf = Probe::no("zcrx: no dma-buf areas"); }},
      {"gve_lab",
       {.interface = "eth0", .force = true},
       Path::kZcrx,
       Grade::kZeroCopy,
       "",
       [](Snapshot& host) { host.nics[0].state.default_route_interface = "eth0"; }},
      {"gve_lab", kGve, Path::kZcrx, Grade::kNo, "it carries the default route",
       [](Snapshot& host) { host.nics[0].state.default_route_interface = "eth0"; }},
      {"gve_lab", kGve, Path::kZcrx, Grade::kNo, "an XDP program is attached",
       [](Snapshot& host) { host.nics[0].state.link.xdp_attached = true; }},
      {"gve_lab", kGve, Path::kZcrx, Grade::kNo, "has no header split",
       [](Snapshot& host) {
         host.nics[0].state.rings.header_split = netlink::HeaderSplit::kUnknown;
       }},
      {"gve_lab", kLo, Path::kZcrx, Grade::kCopies, "without a NIC"},
      {"gve_lab", {.interface = ""}, Path::kZcrx, Grade::kCopies, "without a NIC"},
      {"gve_lab", kLo, Path::kZcrx, Grade::kNo, "zcrx: no NODEV here", without_nodev},
      {"gve_lab", kGve, Path::kZcrx, Grade::kZeroCopy, "", without_nodev},
      {"gve_lab", {.interface = "lo", .provider = "dma-heap"}, Path::kZcrx, Grade::kNo, "pinned"},
      {"gve_lab", kGve, Path::kZcrx, Grade::kNo, "initial user namespace",
       [](Snapshot& host) { host.privileges.initial_user_namespace = false; }},
      {"container", kGve, Path::kZcrx, Grade::kNo, "Operation not permitted"},
      {"laptop_loopback", kLo, Path::kZcrx, Grade::kNo, "no IORING_OP_RECV_ZC"},
      {"old_kernel", {.interface = "ens5"}, Path::kZcrx, Grade::kNo, "DEFER_TASKRUN"},
  });
}

TEST(JudgeReceive, MmapNeedsWholePagesOfPayload) {
  expect({
      {"gve_lab", kGve, Path::kMmap, Grade::kZeroCopy, ""},
      {"gve_lab", kLo, Path::kMmap, Grade::kCopies, "loopback maps only"},
      {"gve_lab", kGve, Path::kMmap, Grade::kCopies, "header split is off",
       [](Snapshot& host) { host.privileges.net_admin = false; }},
      {"gve_lab", kGve, Path::kMmap, Grade::kCopies, "written down first: may not write",
       [](Snapshot& host) { host.privileges.lease_journal = Probe::no("may not write"); }},
      {"gve_lab", kGve, Path::kMmap, Grade::kZeroCopy, "",
       [](Snapshot& host) {
         host.privileges.net_admin = false;
         host.nics[0].state.rings.header_split = netlink::HeaderSplit::kOn;
       }},
      {"gve_lab", kGve, Path::kMmap, Grade::kCopies, "rx-buf-len is 2048",
       [](Snapshot& host) { host.nics[0].state.rings.rx_buf_len = 2048; }},
      {"gve_lab", kGve, Path::kMmap, Grade::kCopies, "at MTU 1500",
       [](Snapshot& host) { host.nics[0].state.link.mtu = 1500; }},
      {"container", kGveHost, Path::kMmap, Grade::kCopies, "\"veth\" has no header split"},
      {"container", kGve, Path::kMmap, Grade::kNo, "/dev/udmabuf: Permission denied"},
      {"gve_lab", kLo, Path::kMmap, Grade::kNo, "no such option",
       [](Snapshot& host) { host.sockets.tcp_zerocopy_receive = Probe::no("no such option"); }},
  });
}

TEST(JudgeSend, DevmemSaysTheProbeThatFailed) {
  const auto send_verdict = [](const char* name, const PathNeed& need, auto change) {
    Snapshot host = recorded_host(name);
    change(host);
    return judge_send(host, need).front();
  };
  const auto nothing = [](Snapshot&) {};
  EXPECT_EQ(send_verdict("gve_lab", kGve, nothing).grade, Grade::kZeroCopy);
  // Sending takes no privilege.
  EXPECT_EQ(send_verdict("gve_lab", kGve, [](Snapshot& host) { host.privileges = {}; }).grade,
            Grade::kZeroCopy);
  const Verdict unsummed = send_verdict("gve_lab", kGve, [](Snapshot& host) {
    host.nics[0].state.tx_checksum = {.active = false, .can_change = true};
  });
  EXPECT_EQ(unsummed.grade, Grade::kNo);
  EXPECT_EQ(unsummed.fix, "ethtool -K eth0 tx on");
  EXPECT_THAT(send_verdict("gve_lab", kLo, nothing).reason, HasSubstr("loopback"));
  EXPECT_THAT(send_verdict("gve_lab", kGveHost, nothing).reason, HasSubstr("no dma-buf"));
  EXPECT_THAT(send_verdict("laptop_loopback", kGve, nothing).reason, HasSubstr("not looked at"));
}

TEST(JudgeSend, ZerocopyAndSendZcPinWhatTheySend) {
  const auto without_gather = [](Snapshot& host) {
    host.nics[0].state.features["tx-scatter-gather"].active = false;
  };
  expect({
      {"gve_lab", kGve, Path::kZerocopy, Grade::kZeroCopy, ""},
      {"gve_lab", kGve, Path::kSendZc, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHost, Path::kSendZc, Grade::kZeroCopy, ""},
      {"gve_lab", kGveHeap, Path::kZerocopy, Grade::kNo, "no pages that can be pinned"},
      {"gve_lab", kGveHeap, Path::kSendZc, Grade::kNo, "no pages that can be pinned"},
      {"gve_lab", kLo, Path::kZerocopy, Grade::kCopies, "on loopback the kernel copies"},
      {"gve_lab", kLo, Path::kSendZc, Grade::kCopies, "on loopback the kernel copies"},
      {"gve_lab", kGve, Path::kZerocopy, Grade::kCopies, "scatter-gather is off", without_gather},
      {"gve_lab", kGve, Path::kSendZc, Grade::kCopies, "scatter-gather is off", without_gather},
      {"container", kGveHost, Path::kSendZc, Grade::kNo, "Operation not permitted"},
      {"container", kGveHost, Path::kZerocopy, Grade::kZeroCopy, ""},
      {"old_kernel",
       {.interface = "ens5", .provider = "host"},
       Path::kZerocopy,
       Grade::kCopies,
       "scatter-gather is off"},
      {"laptop_loopback",
       {.interface = "lo", .provider = "host"},
       Path::kSendZc,
       Grade::kCopies,
       "on loopback"},
  });
}

TEST(Judge, CopyWorksEverywhere) {
  for (const std::string& name : testing::recorded_names()) {
    for (const auto& verdicts : {judge_receive(recorded_host(name), kLo),
                                 judge_send(recorded_host(name), {.interface = "none"})}) {
      EXPECT_EQ(verdicts.back().path, Path::kCopy);
      EXPECT_EQ(verdicts.back().grade, Grade::kCopies);
    }
  }
}

TEST(Judge, KnowsEveryPathOfItsDirection) {
  const Snapshot host = recorded_host("gve_lab");
  const auto has_all = [](const std::vector<Verdict>& verdicts, const auto& paths) {
    return std::ranges::all_of(
        paths, [&](Path path) { return std::ranges::count(verdicts, path, &Verdict::path) == 1; });
  };
  EXPECT_TRUE(has_all(judge_receive(host, kGve), path::kReceivePaths));
  EXPECT_TRUE(has_all(judge_send(host, kGve), path::kSendPaths));
}

TEST(Choose, TakesTheZeroCopyPathsInOrderAndCopyLast) {
  const Choice choice = choose(judge_receive(recorded_host("gve_lab"), kGve));
  EXPECT_THAT(choice.candidates,
              ::testing::ElementsAre(Path::kDevmem, Path::kZcrx, Path::kMmap, Path::kCopy));
  EXPECT_TRUE(choice.passed_over.empty());
}

TEST(Choose, SaysWhyTheBetterOnesWereNotTaken) {
  const Choice choice = choose(judge_send(recorded_host("gve_lab"), kLo));
  EXPECT_THAT(choice.candidates, ::testing::ElementsAre(Path::kCopy));
  ASSERT_EQ(choice.passed_over.size(), 3u);
  EXPECT_EQ(choice.passed_over[0].path, Path::kDevmem);
  EXPECT_EQ(choice.passed_over[2].path, Path::kZerocopy);
  for (const PassedOver& passed : choice.passed_over)
    EXPECT_FALSE(passed.why.empty());
}

TEST(Choose, OfNothingIsCopy) {
  EXPECT_THAT(choose({}).candidates, ::testing::ElementsAre(Path::kCopy));
}

}  // namespace
}  // namespace nobounce::host
