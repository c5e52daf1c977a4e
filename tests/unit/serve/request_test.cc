// SPDX-License-Identifier: Apache-2.0
#include "serve/request.h"

#include <gtest/gtest.h>

#include <string>

namespace nobounce::serve {
namespace {

std::string without_newline(std::string line) {
  EXPECT_EQ(line.back(), '\n');
  line.pop_back();
  return line;
}

TEST(Request, IsReadAsItIsWritten) {
  for (const Request& request :
       {Request(AskStatistics{}), Request(SetLink{.nic = "a", .up = false}),
        Request(SetCapture{.file = "/tmp/x.pcapng"}), Request(SetCapture{}),
        Request(SetWire{.wire = "w", .port = 63, .change = {.loss = 0.5, .partitioned = true}}),
        Request(SetWire{.wire = "w",
                        .change = {.rate_bits_per_s = 1,
                                   .delay_ns = 2,
                                   .jitter_ns = 1,
                                   .reorder = 0.1,
                                   .duplicate = 0.2,
                                   .corrupt = 0.3}})}) {
    const std::string line = without_newline(to_line(request));
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(parse_request(line), request) << line;
  }
}

TEST(Request, AChangeLeavesTheRestAsItWas) {
  emulator::wire::Impairments impairments{.rate_bits_per_s = 5, .delay_ns = 6, .loss = 0.5};
  ImpairmentChange{.delay_ns = 0, .corrupt = 0.25}.apply_to(impairments);
  const emulator::wire::Impairments expected{.rate_bits_per_s = 5, .loss = 0.5, .corrupt = 0.25};
  EXPECT_EQ(impairments, expected);
}

TEST(Request, WhatIsNotOneIsRefused) {
  const std::string start = R"({"schema":"nobounce.nics/1",)";
  for (const std::string& bad :
       {std::string(),
        std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string("statistics"),
        std::string(R"({"request":"statistics"})"),
        std::string(R"({"schema":"nobounce.nics/2","request":"statistics"})"),
        std::string(R"({"schema":1,"request":"statistics"})"),
        start + "}",
        start + R"("request":"other"})",
        start + R"("request":["statistics"]})",
        start + R"("request":"statistics","more":1})",
        start + R"("request":"set_link","nic":"a"})",
        start + R"("request":"set_link","nic":1,"up":true})",
        start + R"("request":"set_link","nic":"a","up":1})",
        start + R"("request":"set_capture","file":"relative"})",
        start + R"("request":"set_capture","file":null})",
        start + R"("request":"set_wire","wire":"w"})",
        start + R"("request":"set_wire","wire":"w","impairments":[]})",
        start + R"("request":"set_wire","wire":"w","port":64,"impairments":{}})",
        start + R"("request":"set_wire","wire":"w","port":-1,"impairments":{}})",
        start + R"("request":"set_wire","wire":"w","port":0.5,"impairments":{}})",
        start + R"("request":"set_wire","wire":"w","impairments":{"colour":1}})",
        start + R"("request":"set_wire","wire":"w","impairments":{"loss":"1%"}})",
        start + R"("request":"set_wire","wire":"w","impairments":{"delay_ns":1.5}})",
        start + R"("request":"set_wire","wire":"w","impairments":{"delay_ns":-1}})",
        start + R"("request":"set_wire","wire":"w","impairments":{"partitioned":1}})",
        start + R"("request":"statistics"})" + std::string(kMaxRequestBytes, ' '),
        std::string(kMaxRequestBytes - 1, '['),
        std::string("\xff\xfe"),
        std::string("{\"\0\":1}", 7)}) {
    const auto request = parse_request(bad);
    ASSERT_FALSE(request) << bad;
    EXPECT_EQ(request.error().code, Code::kProtocol) << bad;
  }
}

}  // namespace
}  // namespace nobounce::serve
