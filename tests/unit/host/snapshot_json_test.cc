// SPDX-License-Identifier: Apache-2.0
// A snapshot survives its way to a file and back; one that is broken is refused, and the field
// named.
#include "host/snapshot_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "unit/doctor/recorded_host.h"

namespace nobounce::host {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::recorded_text;

TEST(SnapshotJson, IsCompleteInBothDirections) {
  for (const std::string& name : testing::recorded_names()) {
    const json recorded = json::parse(recorded_text(name));
    const auto snapshot = parse_snapshot(recorded_text(name));
    ASSERT_TRUE(snapshot) << name << ": " << to_string(snapshot.error());
    EXPECT_EQ(to_json(*snapshot), recorded) << name;
  }
}

TEST(SnapshotJson, AnEmptySnapshotSaysThatNothingWasAsked) {
  const Snapshot empty;
  const json written = to_json(empty);
  EXPECT_EQ(written["io_uring"]["zcrx"]["failed"], "not asked");
  const auto read = parse_snapshot(written.dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), written);
}

TEST(SnapshotJson, ANicThatWasNotSeenHasNoState) {
  Snapshot host;
  host.nics.emplace_back().interface = "eth9";
  const json written = to_json(host);
  EXPECT_FALSE(written["nics"][0].contains("state"));
  const auto read = parse_snapshot(written.dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_FALSE(read->nic("eth9")->looked.works());
}

TEST(SnapshotJson, IsFoundInsideOfDoctorsRecord) {
  const json record{{"schema", "nobounce.doctor/1"},
                    {"host", json::parse(recorded_text("gve_lab"))}};
  const auto snapshot = parse_snapshot(record.dump());
  ASSERT_TRUE(snapshot) << to_string(snapshot.error());
  EXPECT_NE(snapshot->nic("eth0"), nullptr);
}

TEST(SnapshotJson, FieldsThatNobodyKnowsAreLeftAlone) {
  json host = json::parse(recorded_text("gve_lab"));
  host["of_tomorrow"] = 1;
  host["nics"][0]["of_tomorrow"] = {1, 2};
  EXPECT_TRUE(parse_snapshot(host.dump()));
}

TEST(SnapshotJson, WhatIsNoSnapshotIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "7", "\"host\"", "{}", R"({"schema": 1})",
                           R"({"schema": "nobounce.host/2"})", R"({"host": []})",
                           R"({"schema": "nobounce.doctor/1"})", "\xff\xfe"}) {
    const auto snapshot = parse_snapshot(text);
    ASSERT_FALSE(snapshot) << text;
    EXPECT_EQ(snapshot.error().code, Code::kProtocol) << text;
  }
}

TEST(SnapshotJson, TheFieldThatIsWrongIsNamed) {
  struct Mistake {
    const char* pointer;
    json value;
    const char* named;
  };
  const std::vector<Mistake> table{
      {"/privileges", 7, "privileges is not an object"},
      {"/privileges/user", -1, "privileges.user"},
      {"/privileges/user", 4294967296, "privileges.user"},
      {"/privileges/user", 1.5, "privileges.user"},
      {"/privileges/user", "0", "privileges.user"},
      {"/privileges/net_admin", 1, "privileges.net_admin"},
      {"/privileges/memlock_bytes", json::object(), "privileges.memlock_bytes"},
      {"/privileges/memlock_bytes", json{{"not_available", 5}}, "privileges.memlock_bytes"},
      {"/sockets/msg_zerocopy", false, "sockets.msg_zerocopy"},
      {"/sockets/msg_zerocopy", json{{"failed", ""}, {"fix", ""}}, "sockets.msg_zerocopy"},
      {"/sockets/msg_zerocopy", json{{"failed", "x"}}, "sockets.msg_zerocopy.fix"},
      {"/kernel_release", nullptr, "kernel_release"},
      {"/nics", json::object(), "nics is not a list"},
      {"/nics/0", 3, "nics[0]"},
      {"/nics/0/state", nullptr, "nics[0].state"},
      {"/nics/0/state/link/mtu_bytes", "many", "nics[0].state.link.mtu_bytes"},
      {"/nics/0/state/link/ifindex", 2147483648, "nics[0].state.link.ifindex"},
      {"/nics/0/state/rings/header_split", "maybe", "nics[0].state.rings.header_split"},
      {"/nics/0/state/rings/rx", -5, "nics[0].state.rings.rx"},
      {"/nics/0/state/features/rx-gro", 1, "nics[0].state.features.rx-gro"},
      {"/nics/0/state/rss_table/3", "q", "nics[0].state.rss_table[3]"},
      {"/memory/providers/1/opens", 0, "memory.providers[1].opens"},
      {"/sysctls/tcp_rmem/max_bytes", nullptr, "sysctls.tcp_rmem.max_bytes"},
  };
  for (const Mistake& mistake : table) {
    json host = json::parse(recorded_text("gve_lab"));
    host[json::json_pointer(mistake.pointer)] = mistake.value;
    const auto snapshot = parse_snapshot(host.dump());
    ASSERT_FALSE(snapshot) << mistake.pointer;
    EXPECT_THAT(snapshot.error().cause, HasSubstr(mistake.named));
  }
}

TEST(SnapshotJson, AFieldThatIsMissingIsNamed) {
  json host = json::parse(recorded_text("gve_lab"));
  host["nics"][0]["state"]["link"].erase("mtu_bytes");
  const auto snapshot = parse_snapshot(host.dump());
  ASSERT_FALSE(snapshot);
  EXPECT_THAT(snapshot.error().cause, HasSubstr("nics[0].state.link.mtu_bytes is not there"));
}

TEST(SnapshotJson, AFileThatIsNotThereIsNamed) {
  const auto snapshot = read_snapshot("/nonexistent/host.json");
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().object, "/nonexistent/host.json");
}

}  // namespace
}  // namespace nobounce::host
