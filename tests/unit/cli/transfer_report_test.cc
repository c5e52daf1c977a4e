// SPDX-License-Identifier: Apache-2.0
#include "cli/transfer_report.h"

#include <gtest/gtest.h>

#include "cli/transfer_command.h"

namespace nobounce::cli {
namespace {

transfer::TransferResult a_result() {
  transfer::TransferResult result;
  result.path = path::Path::kDevmem;
  result.memory = "udmabuf";
  result.nic = "eth0";
  result.queue = 3u;
  result.bytes = 1'000'000'000;
  result.rounds = 1;
  result.seconds = 2;
  result.frags = 244'141;
  result.syscalls.add(sys::Syscall::kRecvmsg, 17);
  result.cpu = measure::ProcessSeconds{.user_s = 0.25, .system_s = 0.5};
  result.host_cpu = NotAvailable{"open /proc/stat: Permission denied"};
  result.cpu_touches = 0u;
  result.sha256 = std::string("abc");
  return result;
}

TEST(TransferJson, HoldsEveryFigureWithItsUnit) {
  const auto json = to_json(a_result());
  EXPECT_EQ(json.at("schema"), "nobounce.transfer/1");
  EXPECT_EQ(json.at("direction"), "receive");
  EXPECT_EQ(json.at("path"), "devmem");
  EXPECT_EQ(json.at("queue"), 3);
  EXPECT_EQ(json.at("bytes"), 1'000'000'000);
  EXPECT_EQ(json.at("seconds"), 2.0);
  EXPECT_EQ(json.at("gbit_per_s"), 4.0);
  EXPECT_EQ(json.at("frags"), 244'141);
  EXPECT_EQ(json.at("linear_bytes"), 0);
  EXPECT_EQ(json.at("tokens_outstanding"), 0);
  EXPECT_EQ(json.at("syscalls"), (nlohmann::json{{"recvmsg", 17}}));
  EXPECT_EQ(json.at("cpu_seconds"), (nlohmann::json{{"user", 0.25}, {"system", 0.5}}));
  EXPECT_EQ(json.at("cpu_touches"), 0u);
  EXPECT_EQ(json.at("sha256"), "abc");
}

TEST(TransferJson, NamesTheProbeOfAMissingFigure) {
  EXPECT_EQ(to_json(a_result()).at("host_cpu_seconds"),
            (nlohmann::json{{"not_available", "open /proc/stat: Permission denied"}}));
}

TEST(TransferJson, TellsAnError) {
  const auto json = to_json(error_from_errno(110, "receive", "the stream"));
  EXPECT_EQ(json.at("error").at("code"), "timeout");
  EXPECT_FALSE(json.at("error").at("message").get<std::string>().empty());
}

TEST(TransferSummary, SaysWhatMatters) {
  const std::string text = summary_of(a_result());
  for (const char* part : {"received 1000000000 bytes", "4.00 Gbit/s", "path devmem",
                           "0 linear bytes, 0 tokens outstanding", "recvmsg 17", "0.250 s user",
                           "not available: open /proc/stat", "abc"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

measure::Copies counted_copies() {
  measure::Copies copies;
  copies.source = "copy meter";
  copies.user_bytes = 2'000'000'000;
  copies.other_bytes = std::uint64_t{1000};
  copies.by_cpu.resize(2);
  copies.by_cpu[0].user_bytes = 1'500'000'000;
  copies.by_cpu[1].cpu = 1;
  copies.by_cpu[1].user_bytes = 500'000'000;
  return copies;
}

TEST(TransferCopies, AreOfAllCpusAndOfEach) {
  transfer::TransferResult result = a_result();
  result.copies = counted_copies();
  const auto json = to_json(result);
  EXPECT_EQ(json.at("copied_bytes_per_byte"), 2.0);
  EXPECT_EQ(json.at("copies").at("of"), "all CPUs");
  EXPECT_EQ(json.at("copies").at("by_cpu").at(1).at("user_bytes"), 500'000'000);
  EXPECT_TRUE(json.at("own_copied_bytes_per_byte").contains("not_available"));
  EXPECT_EQ(summary_of(result).find("copied here"), std::string::npos);
}

TEST(TransferCopies, AreOfThisEndWhereItIsPinned) {
  transfer::TransferResult result = a_result();
  result.copies = counted_copies();
  result.own_cpus = measure::CpuList{1};
  result.staged_bytes = 250'000'000;
  const auto json = to_json(result);
  EXPECT_EQ(json.at("own_copied_bytes_per_byte"), 0.75);
  EXPECT_EQ(json.at("own_cpus"), (nlohmann::json{1}));
  EXPECT_NE(summary_of(result).find("0.7500 bytes per byte, of CPU 1, where"), std::string::npos);
}

TEST(TransferCopies, AreThoseOfProbesWhereNoMeterIs) {
  transfer::TransferResult result = a_result();
  result.copies = NotAvailable{"no meter answered"};
  EXPECT_EQ(summary_of(result).find("copied"), std::string::npos);
  EXPECT_FALSE(to_json(result).contains("probed_copies"));
  result.probed_copies = counted_copies();
  EXPECT_EQ(to_json(result).at("copied_bytes_per_byte"), 2.0);
  EXPECT_EQ(to_json(result).at("probed_copies").at("user_bytes"), 2'000'000'000);
  result.probed_copies = NotAvailable{"fsopen of tracefs: refused"};
  EXPECT_NE(summary_of(result).find("not available: fsopen of tracefs"), std::string::npos);
}

TEST(ParseVerify, ReadsItsThreeForms) {
  transfer::ReceiveOptions options;
  ASSERT_TRUE(parse_verify("none", options));
  EXPECT_EQ(options.verify, transfer::Verify::kNone);
  ASSERT_TRUE(parse_verify("sha256", options));
  EXPECT_EQ(options.verify, transfer::Verify::kSha256);
  ASSERT_TRUE(parse_verify("pattern:18446744073709551615", options));
  EXPECT_EQ(options.verify, transfer::Verify::kPattern);
  EXPECT_EQ(options.pattern_seed, 18446744073709551615u);
}

TEST(ParseVerify, RefusesEverythingElse) {
  transfer::ReceiveOptions options;
  for (const char* text : {"", "md5", "pattern", "pattern:", "pattern:x", "pattern:-1",
                           "pattern:1x", "pattern:18446744073709551616"}) {
    EXPECT_FALSE(parse_verify(text, options)) << text;
  }
}

TEST(CommonOptions, ComeFromWhatWasTyped) {
  transfer::ReceiveOptions options;
  TransferArguments typed;
  typed.path = "devmem";
  typed.region_size = "64M";
  typed.timeout_s = 0.0015;
  ASSERT_TRUE(fill_common_options(typed, options));
  EXPECT_EQ(options.path, path::Path::kDevmem);
  EXPECT_EQ(options.region_size, 64u << 20);
  EXPECT_EQ(options.timeout_ms, 2);
  typed.region_size = "much";
  EXPECT_FALSE(fill_common_options(typed, options));
  typed.bytes = "1G";
  EXPECT_EQ(**bytes_of(typed), std::uint64_t{1} << 30);
  typed.bytes = "x";
  EXPECT_FALSE(bytes_of(typed));
}

TEST(TransferArguments, WantJsonOnStandardOutputInTwoWays) {
  TransferArguments arguments;
  EXPECT_FALSE(wants_json_on_standard_output(arguments));
  for (const auto& [file, wanted] : {std::pair{"", true}, {"-", true}, {"result.json", false}}) {
    arguments.json = file;
    EXPECT_EQ(wants_json_on_standard_output(arguments), wanted) << file;
  }
}

}  // namespace
}  // namespace nobounce::cli
