// SPDX-License-Identifier: Apache-2.0
// Records of the tracepoints raw_syscalls:sys_enter and sys_exit as the kernel lays them out.
#include "sys/call_trace.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include <cerrno>
#include <vector>

#include "sys/syscall_name.h"

namespace nobounce::sys {
namespace {

// Of a kernel 7.3.
constexpr const char* kExitFormat =
    "name: sys_exit\nID: 397\nformat:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n"
    "\nprint fmt: \"NR %ld = %ld\", REC->id, REC->ret\n";

const CallFormat kFormat = {.enter_id = 398,
                            .exit_id = 397,
                            .enter_number = {.offset = 8, .size = 8},
                            .exit_number = {.offset = 8, .size = 8},
                            .exit_result = {.offset = 16, .size = 8}};

std::vector<std::byte> body(std::uint16_t tracepoint, std::int64_t number, std::int64_t result) {
  std::vector<std::byte> bytes;
  const auto put = [&bytes](const auto& value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  };
  put(std::uint32_t{100});            // Process.
  put(std::uint32_t{101});            // Thread.
  put(std::uint64_t{5'000'000'000});  // When.
  put(std::uint32_t{28});             // Bytes of the tracepoint's record, as the kernel pads it.
  put(tracepoint);
  put(std::uint16_t{0});
  put(std::int32_t{101});
  put(number);
  put(result);
  put(std::uint32_t{0});
  return bytes;
}

std::optional<CallMoment> parse(const std::vector<std::byte>& bytes,
                                std::uint32_t type = PERF_RECORD_SAMPLE) {
  return parse_call_record({.type = type, .misc = 0, .body = bytes}, kFormat);
}

TEST(CallTrace, FieldsAreWhereTheFormatSaysThem) {
  EXPECT_EQ(field_in_format(kExitFormat, "id"), (TracepointField{.offset = 8, .size = 8}));
  EXPECT_EQ(field_in_format(kExitFormat, "ret"), (TracepointField{.offset = 16, .size = 8}));
  EXPECT_EQ(field_in_format(kExitFormat, "common_pid"), (TracepointField{.offset = 4, .size = 4}));
  EXPECT_EQ(field_in_format(kExitFormat, "pid"), std::nullopt);
  EXPECT_EQ(field_in_format("", "id"), std::nullopt);
  EXPECT_EQ(field_in_format("\tfield:long id;\toffset:x;\n", "id"), std::nullopt);
}

TEST(CallTrace, RecordsAreBeginningsAndEnds) {
  const auto enter = parse(body(398, SYS_recvmsg, 0));
  ASSERT_TRUE(enter);
  EXPECT_FALSE(enter->is_end);
  EXPECT_EQ(enter->number, SYS_recvmsg);
  EXPECT_EQ(enter->thread, 101u);
  EXPECT_EQ(enter->ns, 5'000'000'000u);
  const auto exit = parse(body(397, SYS_recvmsg, -EAGAIN));
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->is_end);
  EXPECT_EQ(exit->result, -EAGAIN);
}

TEST(CallTrace, OtherRecordsAreNone) {
  EXPECT_FALSE(parse(body(399, 1, 0))) << "another tracepoint";
  EXPECT_FALSE(parse(body(397, 1, 0), PERF_RECORD_COMM));
  for (std::size_t bytes = 0; bytes < 44; ++bytes) {
    auto cut = body(397, 1, 0);
    cut.resize(bytes);
    EXPECT_FALSE(parse(cut)) << bytes;
  }
  auto small = body(397, 1, 0);
  small[16] = std::byte{1};  // It says that it holds one byte.
  EXPECT_FALSE(parse(small));
}

TEST(SyscallName, IsThatOfStrace) {
  EXPECT_EQ(syscall_name(SYS_recvmsg), "recvmsg");
  EXPECT_EQ(syscall_name(SYS_io_uring_enter), "io_uring_enter");
  EXPECT_EQ(syscall_name(99'999), "syscall 99999");
  EXPECT_EQ(syscall_name(-1), "syscall -1");
}

}  // namespace
}  // namespace nobounce::sys
