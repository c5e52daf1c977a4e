// SPDX-License-Identifier: Apache-2.0
// What doctor prints about a recorded host.
#include "cli/doctor_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/snapshot_json.h"

namespace nobounce::cli {
namespace {

using ::testing::HasSubstr;

/// A host that can do nothing but plain sockets, as far as anybody asked.
host::Snapshot host_with_one_nic() {
  host::Snapshot host;
  host.kernel_release = "7.3.4";
  host::NicFacts& nic = host.nics.emplace_back();
  nic.interface = "eth0";
  nic.looked = host::Probe::yes();
  nic.state.link.name = "eth0";
  nic.state.link.mtu = 1500;
  return host;
}

host::ProviderFacts provider(const char* name, bool pinnable) {
  host::ProviderFacts facts;
  facts.name = name;
  facts.opens = facts.dma_buf = host::Probe::yes();
  facts.pinnable = pinnable ? host::Probe::yes() : host::Probe::no("it can't be pinned");
  return facts;
}

TEST(DoctorReport, TellsOfEachPathTheProbeThatFailed) {
  const std::vector<std::string> providers{"udmabuf"};
  const std::string text = text_of(diagnose(host_with_one_nic(), {}, false, providers));
  EXPECT_THAT(text, HasSubstr("kernel 7.3.4"));
  EXPECT_THAT(text, HasSubstr("not asked"));
  EXPECT_THAT(text, HasSubstr("the MTU is 1500"));
}

TEST(DoctorReport, JudgesAPathWithTheMemoryThatServesItBest) {
  host::Snapshot host = host_with_one_nic();
  host.sockets.msg_zerocopy = host::Probe::yes();
  host.nics[0].state.features["tx-scatter-gather"].active = true;
  host.memory.providers = {provider("dma-heap", false), provider("udmabuf", true)};
  const std::vector<std::string> providers{"dma-heap", "udmabuf"};
  const Diagnosis diagnosis = diagnose(host, {}, false, providers);
  const JudgedPath& zerocopy = diagnosis.paths[0].send[2];
  ASSERT_EQ(zerocopy.verdict.path, path::Path::kZerocopy);
  EXPECT_EQ(zerocopy.verdict.grade, host::Grade::kZeroCopy);
  EXPECT_EQ(zerocopy.memory, "udmabuf");
  EXPECT_EQ(to_json(diagnosis)["paths"][0]["auto"]["send"], nlohmann::json({"zerocopy", "copy"}));
}

TEST(DoctorReport, JudgesLoopbackWhereThereIsNoNic) {
  const std::vector<std::string> providers{"udmabuf"};
  const Diagnosis diagnosis = diagnose({}, {}, false, providers);
  ASSERT_EQ(diagnosis.paths.size(), 1u);
  EXPECT_EQ(diagnosis.paths[0].interface, "lo");
}

TEST(DoctorReport, RecordsTheHostSoThatItCanBeJudgedAgain) {
  const std::vector<std::string> providers{"udmabuf"};
  const auto json = to_json(diagnose(host_with_one_nic(), {}, false, providers));
  EXPECT_EQ(json["schema"], kDoctorSchema);
  EXPECT_TRUE(json["provisioning"]["eth0"].contains("not_available"));
  const auto read = host::parse_snapshot(json.dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(host::to_json(*read), json["host"]);
}

TEST(DoctorReport, SaysWhatWasFixedAndWhatWasNot) {
  const std::vector<std::string> providers{"udmabuf"};
  Diagnosis diagnosis = diagnose({}, {}, false, providers);
  diagnosis.fixed = {{.what = "modprobe udmabuf"}, {.what = "write 1", .error = "read-only"}};
  const std::string text = text_of(diagnosis);
  EXPECT_THAT(text, HasSubstr("fixed: modprobe udmabuf\n"));
  EXPECT_THAT(text, HasSubstr("not fixed: write 1: read-only\n"));
}

}  // namespace
}  // namespace nobounce::cli
