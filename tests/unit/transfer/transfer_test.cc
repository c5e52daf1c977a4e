// SPDX-License-Identifier: Apache-2.0
// Whole transfers over loopback on path copy, each end against ours and against plain sockets.
#include "transfer/transfer.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <future>
#include <optional>
#include <sstream>

#include "base/sha256.h"
#include "loopback_ends.h"
#include "memory_double.h"
#include "scratch_directory.h"
#include "sys/fd.h"

namespace nobounce::transfer {
namespace {

std::string sha256_of_text(std::string_view text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex_digest();
}

std::string contents_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Transfer, CarriesAPatternInOneRound) {
  ReceiveOptions options;
  options.verify = Verify::kPattern;
  options.pattern_seed = 7;
  Receiving receiving(options);
  const auto sent = send(pattern_to(receiving.endpoint, 7, 3'000'001));
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(sent->bytes, 3'000'001u);
  EXPECT_EQ(received->bytes, 3'000'001u);
  EXPECT_EQ(received->tokens_outstanding, 0u);
  EXPECT_EQ(received->linear_bytes, 0u);
  EXPECT_GT(received->frags, 0u);
  EXPECT_GT(received->seconds, 0.0);
  EXPECT_GT(received->syscalls.of(sys::Syscall::kRecvmsg), 0u);
  EXPECT_TRUE(received->cpu.is_available());
  EXPECT_FALSE(received->sha256.is_available());
}

TEST(Transfer, GoesInRoundsWhenTheRegionIsSmaller) {
  ReceiveOptions options;
  options.verify = Verify::kPattern;
  options.pattern_seed = 3;
  options.region_size = 64 << 10;
  options.bytes = 1'000'003;
  Receiving receiving(options);
  auto sending = pattern_to(receiving.endpoint, 3, 1'000'003);
  sending.region_size = 100 << 10;
  const auto sent = send(sending);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(sent->rounds, 10u);
  EXPECT_GE(received->rounds, 16u);
  EXPECT_EQ(received->region_bytes, 64u << 10);
}

TEST(Transfer, FindsBytesThatAreNotThePattern) {
  ReceiveOptions options;
  options.verify = Verify::kPattern;
  options.pattern_seed = 1;
  Receiving receiving(options);
  static_cast<void>(send(pattern_to(receiving.endpoint, 2, 5000)));
  const auto received = receiving.outcome();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kMismatch);
}

TEST(Transfer, SendsAFileRepeatedAndKeepsWhatLands) {
  const ScratchDirectory scratch;
  const std::string from = scratch.path() / "from";
  const std::string into = scratch.path() / "into";
  const std::string text(123'457, 'x');
  std::ofstream(from) << text;
  ReceiveOptions options;
  options.listen = {"::1", 0};
  options.into = into;
  Receiving receiving(options);
  SendOptions sending;
  sending.peer = receiving.endpoint;
  sending.from = from;
  sending.repeat = 3;
  sending.open_region = open_memory_double;
  const auto sent = send(sending);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 3 * text.size());
  EXPECT_EQ(contents_of(into), text + text + text);
  EXPECT_EQ(received->sha256.value(), sha256_of_text(text + text + text));
}

TEST(Transfer, SendsWholeMessagesUntilTheTimeIsUp) {
  constexpr std::uint64_t kMessage = 100'003;
  Receiving receiving({});
  auto sending = pattern_to(receiving.endpoint, 1, kMessage);
  sending.duration_ns = 50'000'000;
  const auto sent = send(sending);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_GE(sent->seconds, 0.05);
  EXPECT_GT(sent->bytes, 0u);
  EXPECT_EQ(sent->bytes % kMessage, 0u);
  EXPECT_EQ(received->bytes, sent->bytes);
  ASSERT_TRUE(received->host_cpu.is_available());
  EXPECT_FALSE(received->host_cpu.value().per_cpu.empty());
}

TEST(Transfer, EndsAfterATimeOrSoManyTimesNotBoth) {
  auto sending = pattern_to({"127.0.0.1", 1}, 1, 100);
  sending.duration_ns = 1;
  sending.repeat = 2;
  const auto sent = send(sending);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInvalidArgument);
}

TEST(Transfer, RefusesToRepeatWhatDoesNotFitTheRegionBeforeItConnects) {
  const sys::Endpoint nobody{"127.0.0.1", 1};
  auto pattern = pattern_to(nobody, 1, 10'000);
  pattern.region_size = 4096;
  pattern.repeat = 2;
  SendOptions stream;
  stream.peer = nobody;
  stream.from = "/dev/zero";
  stream.region_size = 4096;
  stream.repeat = 2;
  stream.open_region = open_memory_double;
  for (const auto& options : {pattern, stream}) {
    const auto sent = send(options);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::kInvalidArgument) << to_string(sent.error());
  }
}

TEST(Transfer, RepeatsAFileThatFillsTheRegionExactly) {
  const ScratchDirectory scratch;
  const std::string from = scratch.path() / "from";
  std::ofstream(from, std::ios::binary) << std::string(8192, 'x');
  Receiving receiving({});
  SendOptions options;
  options.peer = receiving.endpoint;
  options.from = from;
  options.region_size = 8192;
  options.repeat = 2;
  options.open_region = open_memory_double;
  const auto sent = send(options);
  const auto received = receiving.outcome();
  ASSERT_TRUE(sent) << to_string(sent.error());
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 2u * 8192);
}

TEST(Transfer, TakesAPlainSocketAsPeer) {
  Receiving receiving({});
  auto peer = PlainPeer::connect(receiving.endpoint);
  peer.write("hello, device");
  peer.close();
  const auto received = receiving.outcome();
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->sha256.value(), sha256_of_text("hello, device"));
}

TEST(Transfer, TakesAnEmptyStream) {
  Receiving receiving({});
  PlainPeer::connect(receiving.endpoint).close();
  const auto received = receiving.outcome();
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 0u);
  EXPECT_EQ(received->sha256.value(), sha256_of_text(""));
}

TEST(Transfer, IsTakenByPlainShellAsPeer) {
  Receiving receiving({});
  const std::string command = "exec 3<>/dev/tcp/127.0.0.1/" +
                              std::to_string(receiving.endpoint.port) + "; printf shell >&3";
  ASSERT_EQ(std::system(("bash -c '" + command + "'").c_str()), 0);
  const auto received = receiving.outcome();
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 5u);
}

TEST(Transfer, EndsAtTheWantedBytes) {
  ReceiveOptions options;
  options.bytes = 5;
  Receiving receiving(options);
  auto peer = PlainPeer::connect(receiving.endpoint);
  peer.write("12345");
  const auto received = receiving.outcome();  // The peer has not closed.
  ASSERT_TRUE(received) << to_string(received.error());
  EXPECT_EQ(received->bytes, 5u);
}

TEST(Transfer, CallsAnEarlyEndAndAResetByTheirName) {
  for (const bool by_reset : {false, true}) {
    ReceiveOptions options;
    options.bytes = 100;
    Receiving receiving(options);
    auto peer = PlainPeer::connect(receiving.endpoint);
    peer.write("too little");
    by_reset ? peer.reset() : peer.close();
    const auto received = receiving.outcome();
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code, Code::kPeerClosed);
  }
}

TEST(Transfer, SenderNoticesAPeerThatGoesAway) {
  const sys::Fd listener(::socket(AF_INET, SOCK_STREAM, 0));
  auto address = *sys::to_socket_address({"127.0.0.1", 0});
  ASSERT_EQ(::bind(listener.get(), address.get(), address.length), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), address.get(), &address.length), 0);
  auto sending = std::async(std::launch::async, [peer = *sys::to_endpoint(address)] {
    return send(pattern_to(peer, 1, 64 << 20));
  });
  sys::Fd(::accept(listener.get(), nullptr, nullptr)).reset();  // Unread bytes: a reset.
  const auto sent = sending.get();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kPeerClosed);
}

// The receiver was not told how many bytes to expect: only a reset shows that some are missing.
TEST(Transfer, SenderThatIsStoppedDoesNotPassForTheEndOfTheStream) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const sys::Fd reading(pipe_ends[0]);
  const sys::Fd writing(pipe_ends[1]);  // Stays open: the source never ends.
  const std::string region_full(4096, 'x');
  ASSERT_EQ(::write(writing.get(), region_full.data(), region_full.size()), 4096);
  const sys::Fd stop(::eventfd(0, 0));
  Receiving receiving({});
  SendOptions options;
  options.peer = receiving.endpoint;
  options.from = "/proc/self/fd/" + std::to_string(reading.get());
  options.region_size = 4096;
  options.stop_fd = stop.get();
  options.on_progress = [&stop](std::uint64_t) { ::eventfd_write(stop.get(), 1); };
  options.open_region = open_memory_double;
  const auto sent = send(options);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInterrupted);
  const auto received = receiving.outcome();
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, Code::kPeerClosed);
}

TEST(Transfer, RefusedConnectionIsAPeerThatIsNotThere) {
  sys::Endpoint gone;
  {
    ReceiveOptions options;
    options.bytes = 0;
    Receiving receiving(options);
    gone = receiving.endpoint;
    PlainPeer::connect(gone).close();
    ASSERT_TRUE(receiving.outcome());
  }
  EXPECT_EQ(send(pattern_to(gone, 1, 1)).error().code, Code::kPeerClosed);
}

TEST(Transfer, GivesUpOnAPeerThatNeverComesOrFallsSilent) {
  ReceiveOptions options;
  options.timeout_ms = 20;
  EXPECT_EQ(Receiving(options).outcome().error().code, Code::kTimeout);

  options.listen = {"127.0.0.1", 0};
  options.open_region = open_memory_double;
  std::optional<PlainPeer> peer;  // Connected before anybody waits for it.
  options.on_listening = [&peer](const sys::Endpoint& local) {
    peer.emplace(PlainPeer::connect(local));
    peer->write("and then nothing");
  };
  EXPECT_EQ(receive(options).error().code, Code::kTimeout);
}

TEST(Transfer, StopsWhenTheUserAsks) {
  const sys::Fd stop(::eventfd(0, EFD_CLOEXEC));
  ReceiveOptions options;
  options.stop_fd = stop.get();
  Receiving receiving(options);
  auto peer = PlainPeer::connect(receiving.endpoint);
  peer.write("some");
  ASSERT_EQ(::eventfd_write(stop.get(), 1), 0);
  EXPECT_EQ(receiving.outcome().error().code, Code::kInterrupted);
}

TEST(Transfer, RefusesOptionsThatCannotWork) {
  SendOptions nothing;
  EXPECT_EQ(send(nothing).error().code, Code::kInvalidArgument);
  SendOptions endless;
  endless.pattern_seed = 1;
  EXPECT_EQ(send(endless).error().code, Code::kInvalidArgument);
  auto never = pattern_to({"127.0.0.1", 1}, 1, 1);
  never.repeat = 0;
  EXPECT_EQ(send(never).error().code, Code::kInvalidArgument);
  auto both = pattern_to({"127.0.0.1", 1}, 1, 1);
  both.from = "/dev/null";
  EXPECT_EQ(send(both).error().code, Code::kInvalidArgument);

  ReceiveOptions receive_without_nic;
  receive_without_nic.path = path::Path::kDevmem;
  receive_without_nic.listen = {"0.0.0.0", 1};
  receive_without_nic.open_region = open_memory_double;
  EXPECT_EQ(receive(receive_without_nic).error().code, Code::kInvalidArgument);
  auto receive_without_port = receive_without_nic;
  receive_without_port.nic = "eth0";
  receive_without_port.listen = {"127.0.0.1", 0};
  EXPECT_EQ(receive(receive_without_port).error().code, Code::kInvalidArgument);
  ReceiveOptions copy_with_queue;
  copy_with_queue.listen = {"127.0.0.1", 0};
  copy_with_queue.path = path::Path::kCopy;
  copy_with_queue.queue = 1;
  copy_with_queue.timeout_ms = 1;
  copy_with_queue.open_region = open_memory_double;
  EXPECT_EQ(receive(copy_with_queue).error().code, Code::kInvalidArgument);
}

TEST(Transfer, RefusesWhatLoopbackCannotCarry) {
  auto out = pattern_to({"127.0.0.1", 9}, 1, 1);
  out.nic = "eth7";
  const auto misled = send(out);
  ASSERT_FALSE(misled);
  EXPECT_EQ(misled.error().code, Code::kInvalidArgument);
  EXPECT_NE(misled.error().cause.find("never behind eth7"), std::string::npos)
      << to_string(misled.error());
  out.nic.clear();
  out.path = path::Path::kDevmem;
  const auto unbound = send(out);
  ASSERT_FALSE(unbound);
  EXPECT_EQ(unbound.error().code, Code::kUnsupported);
  EXPECT_NE(unbound.error().cause.find("loopback can't carry devmem"), std::string::npos)
      << to_string(unbound.error());

  ReceiveOptions in;
  in.listen = {"127.0.0.1", 0};
  in.open_region = open_memory_double;
  in.path = path::Path::kDevmem;
  const auto received = receive(in);
  ASSERT_FALSE(received);
  EXPECT_NE(received.error().cause.find("loopback can't carry devmem"), std::string::npos)
      << to_string(received.error());
}

TEST(Transfer, NamesAFileThatIsNotThere) {
  SendOptions options;
  options.from = "/nonexistent/file";
  const auto sent = send(options);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kNotFound);
  EXPECT_EQ(sent.error().object, "/nonexistent/file");
}

}  // namespace
}  // namespace nobounce::transfer
