// SPDX-License-Identifier: Apache-2.0
#include "lab/transfer_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nobounce::lab {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

TEST(TransferCase, EveryPairOfPathsRunsInTheOrderOfTheTable) {
  const auto cases = cases_for_file("f", "/share/0", 100, 250);
  ASSERT_TRUE(cases.has_value());
  std::vector<std::string> pairs;
  for (const TransferCase& transfer : *cases) {
    pairs.push_back(transfer.tx_path + "/" + transfer.rx_path);
    EXPECT_EQ(transfer.repeat, 3u);
    EXPECT_EQ(transfer.bytes(), 300u);
  }
  EXPECT_EQ(pairs.size(), 17u);
  EXPECT_EQ(pairs.back(), "devmem/devmem");
  EXPECT_EQ(cases->back().tx_memory, "accelerator:0");
  EXPECT_EQ(cases->back().rx_memory, "accelerator:1");
  EXPECT_THAT(pairs, IsSupersetOf({"copy/copy", "zerocopy/mmap", "send_zc/zcrx", "devmem/devmem"}));
}

TEST(TransferCase, FileThatIsLongEnoughIsSentOnce) {
  for (const std::uint64_t bytes : {250u, 251u}) {
    EXPECT_EQ(cases_for_file("f", "/share/0", bytes, 250)->front().repeat, 1u);
  }
  EXPECT_EQ(cases_for_file("f", "/share/0", 249, 250)->front().repeat, 2u);
}

TEST(TransferCase, EmptyFileIsRefusedByName) {
  const auto cases = cases_for_file("empty.bin", "/share/0", 0, 250);
  ASSERT_FALSE(cases.has_value());
  EXPECT_EQ(cases.error().code, Code::kInvalidArgument);
  EXPECT_THAT(to_string(cases.error()), HasSubstr("empty.bin"));
}

TEST(TransferCase, SurvivesTheWayToTheGuest) {
  const TransferCase sent = cases_for_file("f", "/share/0", 7, 20)->back();
  const auto got = transfer_case_from_json(to_json(sent));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(to_json(*got), to_json(sent));
  EXPECT_EQ(got->bytes(), 21u);
}

TEST(TransferCase, IncompleteJsonIsAnErrorNotAnException) {
  for (const char* text : {"{}", "[]", "3", R"({"file": 3})"}) {
    EXPECT_FALSE(transfer_case_from_json(json::parse(text)).has_value()) << text;
  }
}

json good_result() {
  return {{"rx_path", "devmem"},
          {"sha256_match", true},
          {"frags", 10u},
          {"linear_bytes", 0u},
          {"tokens_outstanding", 0u}};
}

TEST(Complaints, NoneAboutAGoodTransfer) {
  EXPECT_THAT(complaints_about(good_result()), ElementsAre());
  json copied = good_result();
  copied["rx_path"] = "copy";
  copied["frags"] = 0u;
  EXPECT_THAT(complaints_about(copied), ElementsAre());
}

TEST(Complaints, EachFaultIsNamed) {
  const std::vector<std::pair<json, std::string>> faults = {
      {{{"sha256_match", false}}, "SHA-256"},
      {{{"tokens_outstanding", 3u}}, "tokens outstanding: 3"},
      {{{"frags", 0u}}, "no frags"},
      {{{"frags", {{"not_available", "x"}}}}, "no frags"},
      {{{"linear_bytes", 1u}}, "linear bytes"},
      {{{"error", "recv: exited with status 6"}}, "status 6"},
  };
  for (const auto& [fault, text] : faults) {
    json result = good_result();
    result.update(fault);
    EXPECT_THAT(complaints_about(result), ElementsAre(HasSubstr(text))) << fault;
  }
}

// What nobody counted can't pass for untouched.
TEST(Complaints, OneTouchOfAnAcceleratorsMemoryIsAFault) {
  json result = good_result();
  result.update({{"tx_path", "devmem"},
                 {"tx_memory", "accelerator:0"},
                 {"rx_memory", "accelerator:1"},
                 {"copied_bytes_per_byte", 0.0},
                 {"cpu_touches", 0u}});
  EXPECT_THAT(complaints_about(result), ElementsAre());
  for (const json& touches : {json(1u), json(), json{{"not_available", "x"}}}) {
    result["cpu_touches"] = touches;
    EXPECT_THAT(complaints_about(result), ElementsAre(HasSubstr("CPU touches"))) << touches;
  }
  result["rx_memory"] = "udmabuf";  // Which nothing counts.
  EXPECT_THAT(complaints_about(result), ElementsAre());
}

TEST(Complaints, MissingFiguresAreFaults) {
  EXPECT_EQ(complaints_about({{"rx_path", "devmem"}}).size(), 4u);
}

json good_proof(double copied) {
  json result = good_result();
  result["tx_path"] = "devmem";
  result["copied_bytes_per_byte"] = copied;
  return result;
}

TEST(Complaints, BounceBetweenDeviceMemoriesIsOne) {
  EXPECT_THAT(complaints_about(good_proof(0.0199)), testing::IsEmpty());
  EXPECT_THAT(complaints_about(good_proof(0.0201)), ElementsAre(HasSubstr("0.0201")));
  json copy = good_proof(2.0);
  copy["tx_path"] = "copy";
  EXPECT_THAT(complaints_about(copy), testing::IsEmpty());
}

TEST(Complaints, ProofThatIsMissingIsOne) {
  json result = good_proof(0);
  result["copied_bytes_per_byte"] = {{"not_available", "no meter answered"}};
  EXPECT_THAT(complaints_about(result), ElementsAre(HasSubstr("no meter answered")));
  result.erase("copied_bytes_per_byte");
  EXPECT_THAT(complaints_about(result), testing::SizeIs(1));
  // But not where it cannot be had.
  result["sender"] = {{"rounds", 3u}};
  EXPECT_THAT(complaints_about(result), testing::IsEmpty());
}

}  // namespace
}  // namespace nobounce::lab
