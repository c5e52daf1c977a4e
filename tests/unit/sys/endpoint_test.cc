// SPDX-License-Identifier: Apache-2.0
#include "sys/endpoint.h"

#include <gtest/gtest.h>

namespace nobounce::sys {
namespace {

TEST(ParseEndpoint, ReadsBothFamilies) {
  for (const char* text : {"10.0.0.1:5000", "[fd00::1]:65535", "[::]:0", "0.0.0.0:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(to_string(*endpoint), text);
    const auto address = to_socket_address(*endpoint);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*to_endpoint(*address)), text);
  }
}

TEST(ParseEndpoint, RefusesWhatIsNoNumericAddressAndPort) {
  for (const char* text :
       {"", ":", ":5000", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.1:5x",
        "localhost:5000", "fd00::1:5000", "[10.0.0.1]:5000", "[fd00::1]", "[]:1", "[fd00::1:5000",
        "10.0.0.256:1", "[fd00::1]x:5000", " 10.0.0.1:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint.error().code, Code::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace nobounce::sys
