// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/packet_type.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace nobounce::emulator::gvnic {
namespace {

using net::L3;
using net::L4;

std::pair<int, int> types_as_the_driver_reads_them(L3 l3, L4 l4) {
  std::array<std::byte, kPtypeMapBytes> map;
  map.fill(std::byte{0xff});
  fill_ptype_map(map);
  const std::size_t ptype = ptype_of({.l3 = l3, .l4 = l4});
  return {static_cast<int>(map[2 * ptype]), static_cast<int>(map[2 * ptype + 1])};
}

TEST(PacketType, MapTellsTheDriverTheLayersOfEachType) {
  const std::pair<L3, int> l3_types[] = {{L3::kIpv4, 2}, {L3::kIpv6, 3}};
  const std::pair<L4, int> l4_types[] = {
      {L4::kNone, 0}, {L4::kOther, 1}, {L4::kTcp, 2}, {L4::kUdp, 3}, {L4::kIcmp, 4}};
  for (const auto& [l3, l3_type] : l3_types) {
    for (const auto& [l4, l4_type] : l4_types) {
      EXPECT_EQ(types_as_the_driver_reads_them(l3, l4), std::pair(l3_type, l4_type));
    }
  }
}

TEST(PacketType, SctpIsAnotherL4BecauseItsCrcIsNotVerified) {
  EXPECT_EQ(types_as_the_driver_reads_them(L3::kIpv4, L4::kSctp), std::pair(2, 1));
}

TEST(PacketType, FrameWithoutIpIsUnknown) {
  EXPECT_EQ(ptype_of({}), 0);
  EXPECT_EQ(types_as_the_driver_reads_them(L3::kNone, L4::kNone), std::pair(0, 0));
}

TEST(PacketType, FitsTenBits) {
  for (const L3 l3 : {L3::kIpv4, L3::kIpv6}) {
    for (const L4 l4 : {L4::kNone, L4::kTcp, L4::kUdp, L4::kIcmp, L4::kSctp, L4::kOther}) {
      EXPECT_LT(ptype_of({.l3 = l3, .l4 = l4}), kPtypes);
    }
  }
}

}  // namespace
}  // namespace nobounce::emulator::gvnic
