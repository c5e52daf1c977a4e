// SPDX-License-Identifier: Apache-2.0
#include "lab/transfer_proof.h"

#include <gtest/gtest.h>

namespace nobounce::lab {
namespace {

using nlohmann::json;

json end_of(std::uint64_t start, std::uint64_t end) {
  return {{"bytes", 1000u},
          {"rounds", 1u},
          {"staged_bytes", 0u},
          {"copies",
           {{"at_start", {{"user_bytes", start}, {"other_bytes", start / 10}}},
            {"at_end", {{"user_bytes", end}, {"other_bytes", end / 10}}}}}};
}

TEST(TransferProof, GoesFromTheSendersStartToTheReceiversEnd) {
  const json proof = proof_of(end_of(5000, 6200), end_of(5800, 7000));
  EXPECT_DOUBLE_EQ(proof.at("copied_bytes_per_byte"), 2.0);
  EXPECT_DOUBLE_EQ(proof.at("other_copied_bytes_per_byte"), 0.2);
}

TEST(TransferProof, AddsWhatTheEndsCopiedThemselves) {
  json send = end_of(5000, 6200);
  json recv = end_of(5800, 7000);
  send["staged_bytes"] = 1000u;
  recv["staged_bytes"] = 500u;
  EXPECT_DOUBLE_EQ(proof_of(send, recv).at("copied_bytes_per_byte"), 3.5);
}

TEST(TransferProof, NamesTheReasonOfTheEndThatHasNoFigure) {
  json recv = end_of(5800, 7000);
  recv["copies"] = {{"not_available", "no meter answered"}};
  EXPECT_EQ(proof_of(end_of(5000, 6200), recv).at("copied_bytes_per_byte"),
            (json{{"not_available", "no meter answered"}}));
}

TEST(TransferProof, CountsThatGoBackwardsAreNoFigure) {
  EXPECT_TRUE(proof_of(end_of(9000, 9100), end_of(100, 200))
                  .at("copied_bytes_per_byte")
                  .contains("not_available"));
}

TEST(TransferProof, LoadingInRoundsCannotBeToldFromSending) {
  json send = end_of(5000, 6200);
  send["rounds"] = 3u;
  EXPECT_TRUE(
      proof_of(send, end_of(5800, 7000)).at("copied_bytes_per_byte").contains("not_available"));
}

TEST(TransferProof, EndsOfAnyFormAreAReasonNotAnException) {
  for (const char* text : {"{}", R"({"copies": 3})", R"({"copies": {"at_start": []}})"}) {
    const json end = json::parse(text);
    EXPECT_TRUE(proof_of(end, end).at("copied_bytes_per_byte").contains("not_available")) << text;
  }
}

}  // namespace
}  // namespace nobounce::lab
