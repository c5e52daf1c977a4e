// SPDX-License-Identifier: Apache-2.0
#include "host/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "unit/doctor/recorded_host.h"

namespace nobounce::host {
namespace {

using ::testing::HasSubstr;
using testing::recorded_host;

PciFacts behind(const char* domain) {
  PciFacts nic;
  nic.iommu_domain = std::string(domain);
  return nic;
}

TEST(Unverified, IsMemoryThatAnotherDriverOwns) {
  for (const char* provider : {"udmabuf", "dma-heap", "host"}) {
    EXPECT_FALSE(why_unverified(provider, behind("DMA-FQ"))) << provider;
  }
  EXPECT_THAT(*why_unverified("cuda", behind("identity")),
              ::testing::AllOf(HasSubstr("cuda"), ::testing::Not(HasSubstr("IOMMU"))));
  EXPECT_THAT(*why_unverified("cuda", behind("DMA-FQ")), HasSubstr("IOMMU (DMA-FQ)"));
  EXPECT_TRUE(why_unverified("cuda", PciFacts{}));
}

TEST(Combination, IsWhatAProofIsAbout) {
  const Snapshot host = recorded_host("bnxt_200g");
  const auto combination = combination_of(host, "cuda", "ens1f0np0");
  ASSERT_TRUE(combination);
  const Combination expected{
      .provider = "cuda", .nic_id = "14e4:1760", .driver = "bnxt_en", .kernel_release = "7.1.0"};
  EXPECT_EQ(*combination, expected);
  EXPECT_FALSE(combination_of(host, "cuda", "eth7"));
  EXPECT_FALSE(combination_of(recorded_host("container"), "cuda", "eth0"));
}

class ProofsFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "proofsXXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = (directory_ / "state" / "verified.json").string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
    std::ofstream(path_) << text;
  }

  std::filesystem::path directory_;
  std::string path_;
  const Combination proved_{
      .provider = "cuda", .nic_id = "14e4:1760", .driver = "bnxt_en", .kernel_release = "7.1.0"};
};

TEST_F(ProofsFile, ThatIsNotThereHoldsNone) {
  const auto proofs = Proofs::load(path_);
  ASSERT_TRUE(proofs) << to_string(proofs.error());
  EXPECT_FALSE(proofs->holds(proved_));
}

TEST_F(ProofsFile, KeepsWhatWasProved) {
  auto proofs = Proofs::load(path_);
  ASSERT_TRUE(proofs);
  const Status added = proofs->add(proved_);
  ASSERT_TRUE(added) << to_string(added.error());
  EXPECT_TRUE(proofs->holds(proved_));
  auto other = proved_;
  other.driver = "mlx5_core";
  ASSERT_TRUE(proofs->add(other));
  ASSERT_TRUE(proofs->add(other));
  const auto again = Proofs::load(path_);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_TRUE(again->holds(proved_));
  EXPECT_TRUE(again->holds(other));
}

TEST_F(ProofsFile, IsVoidForAnotherKernelDriverNicOrProvider) {
  auto proofs = Proofs::load(path_);
  ASSERT_TRUE(proofs && proofs->add(proved_));
  for (std::string Combination::* part : {&Combination::provider, &Combination::nic_id,
                                          &Combination::driver, &Combination::kernel_release}) {
    Combination changed = proved_;
    changed.*part += "1";
    EXPECT_FALSE(proofs->holds(changed));
  }
}

TEST_F(ProofsFile, ThatIsBrokenIsRefusedAndNamed) {
  for (const char* text : {"", "{}", "[7]", "[{\"provider\": \"cuda\"}]", "[{"}) {
    write(text);
    const auto proofs = Proofs::load(path_);
    ASSERT_FALSE(proofs) << text;
    EXPECT_EQ(proofs.error().object, path_);
  }
}

TEST_F(ProofsFile, ThatCannotBeWrittenKeepsTheOldOnes) {
  auto proofs = Proofs::load((directory_ / "missing" / "state" / "verified.json").string());
  ASSERT_TRUE(proofs);
  EXPECT_FALSE(proofs->add(proved_));
  EXPECT_FALSE(proofs->holds(proved_));
}

}  // namespace
}  // namespace nobounce::host
