// SPDX-License-Identifier: Apache-2.0
// Answers of a BMC, laid out as DCMI 1.5 has them.
#include "measure/bmc_power.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace nobounce::measure {
namespace {

std::vector<std::byte> answer(std::uint8_t code, unsigned watts, bool measures) {
  std::vector<std::byte> bytes(19, std::byte{0});
  bytes[0] = std::byte{code};
  bytes[1] = std::byte{0xdc};
  bytes[2] = static_cast<std::byte>(watts & 0xff);
  bytes[3] = static_cast<std::byte>(watts >> 8);
  bytes[18] = measures ? std::byte{0x40} : std::byte{0};
  return bytes;
}

TEST(BmcPower, IsThatOfNow) {
  EXPECT_DOUBLE_EQ(parse_dcmi_power(answer(0, 312, true)).value(), 312);
  EXPECT_DOUBLE_EQ(parse_dcmi_power(answer(0, 0, true)).value(), 0);
}

TEST(BmcPower, IsNoneWhereTheBmcRefusesOrDoesNotMeasure) {
  const auto refused = parse_dcmi_power(answer(0xc1, 312, true));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(to_string(refused.error()), testing::HasSubstr("completion code 0xc1"));
  // A refusal has no more than its code.
  EXPECT_EQ(parse_dcmi_power(std::vector<std::byte>{std::byte{0xc1}}).error().code,
            Code::kUnsupported);
  EXPECT_THAT(to_string(parse_dcmi_power(answer(0, 312, false)).error()),
              testing::HasSubstr("does not measure power"));
}

TEST(BmcPower, IsReadFromNothingElse) {
  for (std::size_t bytes = 0; bytes < 19; ++bytes) {
    auto cut = answer(0, 312, true);
    cut.resize(bytes);
    EXPECT_EQ(parse_dcmi_power(cut).error().code, Code::kProtocol) << bytes;
  }
  auto other = answer(0, 312, true);
  other[1] = std::byte{0xdd};
  EXPECT_EQ(parse_dcmi_power(other).error().code, Code::kProtocol);
}

TEST(BmcPower, HostWithoutABmcSaysSo) {
  const auto ipmi = sys::Ipmi::open("/no/such/ipmi0");
  ASSERT_FALSE(ipmi);
  EXPECT_EQ(ipmi.error().code, Code::kNotFound);
  EXPECT_THAT(to_string(ipmi.error()), testing::HasSubstr("ipmi_devintf"));
}

}  // namespace
}  // namespace nobounce::measure
