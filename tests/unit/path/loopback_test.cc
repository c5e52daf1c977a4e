// SPDX-License-Identifier: Apache-2.0
// The paths of plain sockets over this machine's loopback, on its real kernel.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "base/pattern.h"
#include "memory/host_memory.h"
#include "path/copy_rx.h"
#include "path/copy_tx.h"
#include "path/mmap_rx.h"
#include "path/send_zc_tx.h"
#include "path/zerocopy_tx.h"
#include "sys/tcp_socket.h"

namespace nobounce::path {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr std::uint64_t kRegion = 4 << 20;
constexpr std::uint64_t kBytes = 8 * kRegion + 12345;
constexpr int kTimeoutMs = 10'000;

// Sends kBytes of the pattern, a region's worth at a time.
Status send_pattern(Sender& sender, memory::Region& region) {
  for (std::uint64_t position = 0; position < kBytes;) {
    memory::Extent extent{0, std::min(kRegion, kBytes - position)};
    NB_TRY(region.fill(extent, kSeed, position));
    position += extent.length;
    while (extent.length > 0) {
      NB_ASSIGN(const std::uint64_t sent, sender.send(extent));
      extent.offset += sent;
      extent.length -= sent;
      if (sent == 0) NB_TRY(sender.wait(Awaited::kRoom, kTimeoutMs));
    }
    while (true) {
      NB_ASSIGN(const bool settled, sender.settle());
      if (settled) break;
      NB_TRY(sender.wait(Awaited::kSettled, kTimeoutMs));
    }
  }
  return {};
}

// Receives to the end of the stream; how many bytes were those of the pattern.
Result<std::uint64_t> receive_pattern(Receiver& receiver, memory::Region& region) {
  std::uint64_t position = 0;
  while (true) {
    NB_ASSIGN(Received received, receiver.receive(1 << 20));
    if (received.outcome == ReceiveOutcome::kEndOfStream) return position;
    if (received.outcome == ReceiveOutcome::kWouldBlock) {
      NB_ASSIGN(const Wake wake, receiver.wait(kTimeoutMs));
      EXPECT_EQ(wake, Wake::kReady);
    }
    for (const Frag& frag : received.batch.frags()) {
      bool equal = !frag.is_in_region() &&
                   !find_pattern_mismatch(frag.host_bytes(), kSeed, position).has_value();
      if (frag.is_in_region()) {
        NB_ASSIGN(equal, region.matches(frag.extent(), kSeed, position));
      }
      if (!equal) return position;
      position += frag.length;
    }
  }
}

class Loopback : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    auto listener = *sys::TcpListener::open(
        *sys::parse_endpoint(GetParam()),
        {.timeout_ms = kTimeoutMs, .segment_payload_bytes = kMappedSegmentBytes});
    client = *sys::TcpSocket::connect(listener.local(), {.timeout_ms = kTimeoutMs});
    server = *listener.accept();
    from = *memory::open_host_memory(kRegion);
    to = *memory::open_host_memory(kRegion);
  }

  // All of the stream, whole and right, through these two.
  void move(Sender& sender, Receiver& receiver) {
    Result<std::uint64_t> received = 0;
    std::thread thread([&] { received = receive_pattern(receiver, *to); });
    const Status sent = send_pattern(sender, *from);
    EXPECT_TRUE(client->shut_down_sending());
    thread.join();
    ASSERT_TRUE(sent) << to_string(sent.error());
    ASSERT_TRUE(received) << to_string(received.error());
    EXPECT_EQ(*received, kBytes);
    EXPECT_EQ(receiver.counts().bytes, kBytes);
    EXPECT_EQ(sender.counts().bytes, kBytes);
    EXPECT_EQ(sender.counts().sends_in_flight, 0u);
  }

  std::optional<sys::TcpSocket> client;
  std::optional<sys::TcpSocket> server;
  std::unique_ptr<memory::Region> from;
  std::unique_ptr<memory::Region> to;
};

TEST_P(Loopback, ZerocopyToCopySaysThatTheKernelCopied) {
  const auto sender = *ZerocopySender::open(*client, *from);
  const auto receiver = *CopyReceiver::open(*server, *to);
  move(*sender, *receiver);
  EXPECT_GT(sender->counts().sends_copied, 0u);
}

TEST_P(Loopback, CopyToMmapArrivesWholeWhateverIsMapped) {
  const auto sender = *CopySender::open(*client, *from);
  const auto receiver = *MmapReceiver::open(*server);
  EXPECT_EQ(receiver->note(), "");
  move(*sender, *receiver);
  EXPECT_EQ(receiver->counts().mapped_bytes + receiver->counts().linear_bytes, kBytes);
}

// What was sent by MSG_ZEROCOPY the loopback copies into pages of its own, which can be mapped.
TEST_P(Loopback, ZerocopyToMmapMapsMostOfIt) {
  const auto sender = *ZerocopySender::open(*client, *from);
  const auto receiver = *MmapReceiver::open(*server);
  move(*sender, *receiver);
  RecordProperty("mapped_percent",
                 static_cast<int>(receiver->counts().mapped_bytes * 100 / kBytes));
  EXPECT_GT(receiver->counts().mapped_bytes, 0u);
}

// A name for what this machine lacks, or nothing.
std::string missing_for(const Result<std::unique_ptr<SendZcSender>>& sender) {
  return sender ? "" : to_string(sender.error());
}

TEST_P(Loopback, SendZcToCopySaysThatTheKernelCopied) {
  const auto sender =
      SendZcSender::open({.socket_fd = client->fd(), .region = *from->pinnable_view()});
  if (!sender) GTEST_SKIP() << missing_for(sender);
  EXPECT_TRUE((*sender)->has_fixed_buffers());
  const auto receiver = *CopyReceiver::open(*server, *to);
  move(**sender, *receiver);
  EXPECT_GT((*sender)->counts().sends_copied, 0u);
  EXPECT_EQ((*sender)->counts().sends_degraded, 0u);
  EXPECT_GT((*sender)->syscalls().of(sys::Syscall::kIoUringEnter), 0u);
}

// A thread that may lock next to nothing: the limit counts for who has not CAP_IPC_LOCK.
void forgo_locked_memory() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  ASSERT_EQ(::syscall(SYS_capget, &header, data), 0);
  data[CAP_IPC_LOCK / 32].effective &= ~(1u << (CAP_IPC_LOCK % 32));
  ASSERT_EQ(::syscall(SYS_capset, &header, data), 0);
}

TEST_P(Loopback, SendZcWithoutMemoryToLockSendsPlainlyAndLosesNothing) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_MEMLOCK, &before), 0);
  const rlimit little{.rlim_cur = 512 << 10, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &little), 0);
  std::string missing;
  std::thread([&] {  // What it gives up is gone with it.
    forgo_locked_memory();
    const auto sender =
        SendZcSender::open({.socket_fd = client->fd(), .region = *from->pinnable_view()});
    missing = missing_for(sender);
    if (!sender) return;
    EXPECT_FALSE((*sender)->has_fixed_buffers());
    const auto receiver = *CopyReceiver::open(*server, *to);
    move(**sender, *receiver);
    EXPECT_GT((*sender)->counts().sends_degraded, 0u);
  })
      .join();
  ASSERT_EQ(::setrlimit(RLIMIT_MEMLOCK, &before), 0);
  if (!missing.empty()) GTEST_SKIP() << missing;
}

INSTANTIATE_TEST_SUITE_P(All, Loopback, testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& chosen) { return chosen.param[0] == '[' ? "v6" : "v4"; });

}  // namespace
}  // namespace nobounce::path
