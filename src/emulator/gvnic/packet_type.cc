// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/packet_type.h"

#include <algorithm>

namespace nobounce::emulator::gvnic {
namespace {

// The driver's names for the layers. 0 is "unknown" in both.
enum class L3Type : std::uint8_t { kUnknown = 0, kOther = 1, kIpv4 = 2, kIpv6 = 3 };
enum class L4Type : std::uint8_t {
  kUnknown = 0,
  kOther = 1,
  kTcp = 2,
  kUdp = 3,
  kIcmp = 4,
};

L3Type type_of(net::L3 l3) {
  switch (l3) {
    case net::L3::kIpv4:
      return L3Type::kIpv4;
    case net::L3::kIpv6:
      return L3Type::kIpv6;
    case net::L3::kNone:
      break;
  }
  return L3Type::kUnknown;
}

L4Type type_of(net::L4 l4) {
  switch (l4) {
    case net::L4::kTcp:
      return L4Type::kTcp;
    case net::L4::kUdp:
      return L4Type::kUdp;
    case net::L4::kIcmp:
      return L4Type::kIcmp;
    case net::L4::kSctp:
    case net::L4::kOther:
      return L4Type::kOther;
    case net::L4::kNone:
      break;
  }
  return L4Type::kUnknown;
}

// A packet type is the pair of layer types itself: L3 above three bits of L4.
constexpr unsigned kL4Bits = 3;

constexpr std::uint16_t number(L3Type l3, L4Type l4) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(l3) << kL4Bits |
                                    static_cast<unsigned>(l4));
}

}  // namespace

std::uint16_t ptype_of(const net::HeaderLayout& layout) {
  if (layout.l3 == net::L3::kNone) return 0;
  return number(type_of(layout.l3), type_of(layout.l4));
}

void fill_ptype_map(std::span<std::byte, kPtypeMapBytes> map) {
  std::ranges::fill(map, std::byte{0});
  for (const L3Type l3 : {L3Type::kIpv4, L3Type::kIpv6}) {
    for (const L4Type l4 :
         {L4Type::kUnknown, L4Type::kOther, L4Type::kTcp, L4Type::kUdp, L4Type::kIcmp}) {
      const std::size_t entry = std::size_t{2} * number(l3, l4);
      map[entry] = static_cast<std::byte>(l3);
      map[entry + 1] = static_cast<std::byte>(l4);
    }
  }
}

}  // namespace nobounce::emulator::gvnic
