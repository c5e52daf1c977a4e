// SPDX-License-Identifier: Apache-2.0
// Transfers over loopback that measure: what the ends count agrees with what they moved.
#include "transfer/measuring.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "memory_double.h"
#include "transfer/transfer.h"

namespace nobounce::transfer {
namespace {

struct BothEnds {
  Result<TransferResult> sent = TransferResult{};
  Result<TransferResult> received = TransferResult{};
};

BothEnds transfer(const MeasureOptions& measure, std::uint64_t region_size = 0) {
  constexpr std::uint64_t kBytes = 3'000'001;
  std::promise<sys::Endpoint> ready;
  auto listening = ready.get_future();
  ReceiveOptions receiving;
  receiving.listen = {"127.0.0.1", 0};
  receiving.path = path::Path::kCopy;
  receiving.verify = Verify::kPattern;
  receiving.pattern_seed = 7;
  receiving.region_size = region_size;
  receiving.bytes = kBytes;
  receiving.measure = measure;
  receiving.open_region = open_memory_double;
  receiving.on_listening = [&ready](const sys::Endpoint& local) { ready.set_value(local); };
  auto received = std::async(std::launch::async, [&] { return receive(receiving); });

  SendOptions sending;
  sending.peer = listening.get();
  sending.path = path::Path::kCopy;
  sending.pattern_seed = 7;
  sending.bytes = kBytes;
  sending.measure = measure;
  sending.open_region = open_memory_double;
  BothEnds ends;
  ends.sent = send(sending);
  ends.received = received.get();
  return ends;
}

/// Each call that was counted was timed.
void expect_all_timed(const TransferResult& result) {
  result.syscalls.for_each([&](std::string_view name, std::uint64_t count) {
    std::uint64_t timed = 0;
    result.measured->syscalls.for_each([&](std::string_view of, const sys::CallTimes& calls) {
      if (of == name) timed = calls.calls();
    });
    EXPECT_GE(timed, count) << name;
  });
}

TEST(Measuring, IsNotThereUnlessAskedFor) {
  const BothEnds ends = transfer({});
  ASSERT_TRUE(ends.sent && ends.received);
  EXPECT_FALSE(ends.sent->measured);
  EXPECT_FALSE(ends.received->measured);
}

TEST(Measuring, AgreesWithWhatWasMoved) {
  const BothEnds ends = transfer({.on = true});
  ASSERT_TRUE(ends.sent) << to_string(ends.sent.error());
  ASSERT_TRUE(ends.received) << to_string(ends.received.error());
  ASSERT_TRUE(ends.sent->measured && ends.received->measured);
  const Measured& receiver = *ends.received->measured;
  EXPECT_EQ(receiver.frags_per_receive.value().sum(), ends.received->frags);
  EXPECT_GE(receiver.tcp.value().bytes_received, ends.received->bytes);
  EXPECT_GE(ends.sent->measured->tcp.value().bytes_acked, ends.sent->bytes);
  expect_all_timed(*ends.received);
  expect_all_timed(*ends.sent);
  EXPECT_FALSE(receiver.cpus.value().per_cpu.empty());
  EXPECT_FALSE(receiver.host.threads.value().empty());
}

TEST(Measuring, AddsItsRoundsUp) {
  const BothEnds ends = transfer({.on = true}, 256 << 10);
  ASSERT_TRUE(ends.received) << to_string(ends.received.error());
  EXPECT_GT(ends.received->rounds, 1u);
  EXPECT_EQ(ends.received->measured->frags_per_receive.value().sum(), ends.received->frags);
  EXPECT_FALSE(ends.received->measured->cpus.value().per_cpu.empty());
}

TEST(Measuring, SaysWhatAnEndHasNot) {
  const BothEnds ends = transfer({.on = true});
  ASSERT_TRUE(ends.sent && ends.received);
  EXPECT_FALSE(ends.sent->measured->frags_per_receive.is_available());
  EXPECT_FALSE(ends.received->measured->token_returns.is_available());
  EXPECT_NE(ends.received->measured->idle_power.missing_probe().find("--idle-baseline"),
            std::string::npos);
  EXPECT_NE(ends.received->measured->host.power.command.missing_probe().find("command"),
            std::string::npos);
}

}  // namespace
}  // namespace nobounce::transfer
