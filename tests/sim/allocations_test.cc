// SPDX-License-Identifier: Apache-2.0
// No path of sockets allocates once it runs: over a kernel that allocates nothing itself.
#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstring>

#include "memory/host_memory.h"
#include "path/copy_rx.h"
#include "path/copy_tx.h"
#include "path/devmem_rx.h"
#include "path/devmem_tx.h"
#include "path/mmap_rx.h"
#include "path/zerocopy_tx.h"
#include "sim/counted_allocations.h"
#include "sys/memfd.h"
#include "sys/uapi/devmem.h"
#include "unit/path/unreachable_region.h"

namespace nobounce::sim {
namespace {

namespace uapi = sys::uapi;

constexpr std::uint64_t kRegion = 1 << 20;

// Yields what is asked for, in pages where it can; every third call has nothing. Tokens are out of
// order, so that they must be sorted.
class SteadyKernel final : public sys::SocketCalls {
 public:
  ssize_t recvmsg(msghdr& message, int flags) override {
    if (flags == MSG_ERRQUEUE) return notify(message);
    if (++calls_ % 3 == 0) return -EAGAIN;
    if (flags != uapi::kMsgSockDevmem) return static_cast<ssize_t>(message.msg_iov->iov_len);
    auto* control = static_cast<std::byte*>(message.msg_control);
    const std::size_t frags =
        std::min<std::size_t>(message.msg_controllen / CMSG_SPACE(sizeof(uapi::DmabufCmsg)), 40);
    for (std::size_t i = 0; i < frags; ++i) {
      const cmsghdr header{.cmsg_len = CMSG_LEN(sizeof(uapi::DmabufCmsg)),
                           .cmsg_level = SOL_SOCKET,
                           .cmsg_type = uapi::kScmDevmemDmabuf};
      const uapi::DmabufCmsg frag{.frag_offset = 0,
                                  .frag_size = 100,
                                  .frag_token = (token_++ * 7) % 100'000,
                                  .dmabuf_id = 1,
                                  .flags = 0};
      std::memcpy(control, &header, sizeof header);
      std::memcpy(control + sizeof header, &frag, sizeof frag);
      control += CMSG_SPACE(sizeof frag);
    }
    message.msg_controllen = frags * CMSG_SPACE(sizeof(uapi::DmabufCmsg));
    return static_cast<ssize_t>(frags * 100);
  }
  ssize_t sendmsg(const msghdr& message, int flags) override {
    if (++calls_ % 3 == 0) return -EAGAIN;
    if ((flags & MSG_ZEROCOPY) != 0) ++sends_;
    return static_cast<ssize_t>(message.msg_iov->iov_len);
  }
  int setsockopt(int, int name, std::span<const std::byte> value) override {
    if (name != uapi::kSoDevmemDontneed) return 0;
    int freed = 0;
    for (std::size_t at = 0; at < value.size(); at += sizeof(uapi::DmabufToken)) {
      uapi::DmabufToken range;
      std::memcpy(&range, value.data() + at, sizeof range);
      freed += static_cast<int>(range.token_count);
    }
    tokens_back += static_cast<std::uint64_t>(freed);
    return freed;
  }
  int getsockopt(int, int, std::span<std::byte> value) override {
    tcp_zerocopy_receive call;
    if (value.size() != sizeof call) return -ENOPROTOOPT;
    std::memcpy(&call, value.data(), sizeof call);
    call.length = std::min(call.length, 8u * 4096);
    call.copybuf_len = std::min(call.copybuf_len, 10);
    call.recv_skip_hint = 50;
    call.inq = 100;
    std::memcpy(value.data(), &call, sizeof call);
    return 0;
  }
  int pending_error() override { return 0; }
  int wait(short events, int) override { return events != 0 ? events : POLLERR; }
  Result<sys::Mapping> map_payload(std::size_t size) override {
    NB_ASSIGN(const sys::Fd memfd, sys::create_memfd("window", size));
    return sys::Mapping::map(memfd.get(), 0, size, sys::Mapping::Access::kRead, "");
  }
  int release_payload(std::span<std::byte>) override { return 0; }

  std::uint64_t tokens_back = 0;

 private:
  ssize_t notify(msghdr& message) {
    if (done_ == sends_) return -EAGAIN;
    sock_extended_err error{};
    error.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
    error.ee_info = done_;
    error.ee_data = sends_ - 1;
    done_ = sends_;
    cmsghdr* const cmsg = CMSG_FIRSTHDR(&message);
    cmsg->cmsg_len = CMSG_LEN(sizeof error);
    cmsg->cmsg_level = SOL_IP;
    cmsg->cmsg_type = IP_RECVERR;
    std::memcpy(CMSG_DATA(cmsg), &error, sizeof error);
    message.msg_controllen = CMSG_SPACE(sizeof error);
    return 0;
  }

  std::uint64_t calls_ = 0;
  std::uint32_t token_ = 0;
  std::uint32_t sends_ = 0;
  std::uint32_t done_ = 0;
};

void receive_for_a_while(path::Receiver& receiver) {
  path::FragBatch held;
  for (int i = 0; i < 5000; ++i) {
    auto received = *receiver.receive(100'000);
    if (received.outcome == path::ReceiveOutcome::kWouldBlock) static_cast<void>(receiver.wait(0));
    if (received.outcome == path::ReceiveOutcome::kFull || i % 7 == 0) {
      static_cast<void>(held.give_back());
    }
    if (received.outcome == path::ReceiveOutcome::kData && i % 2 == 0) {
      held.append(std::move(received.batch));
      static_cast<void>(held.give_back());
    }
  }
}

void send_for_a_while(path::Sender& sender) {
  for (int i = 0; i < 5000; ++i) {
    const auto sent = *sender.send({0, kRegion});
    if (sent == 0) static_cast<void>(sender.wait(path::Awaited::kRoom, 0));
    if (i % 50 == 0) static_cast<void>(sender.settle());
  }
}

template <typename Path>
std::uint64_t allocations_of(Path& path, void (&work)(Path&)) {
  work(path);  // Warms up.
  const std::uint64_t before = counted_allocations();
  work(path);
  EXPECT_GT(path.counts().bytes, kRegion);
  return counted_allocations() - before;
}

class Allocations : public testing::Test {
 protected:
  std::uint64_t of(std::unique_ptr<path::Receiver> receiver) {
    return allocations_of(*receiver, receive_for_a_while);
  }
  std::uint64_t of(std::unique_ptr<path::Sender> sender) {
    return allocations_of(*sender, send_for_a_while);
  }

  SteadyKernel kernel;
  std::unique_ptr<memory::Region> host = *memory::open_host_memory(kRegion);
  path::UnreachableRegion device{kRegion};
};

TEST_F(Allocations, AreCounted) {
  const std::uint64_t before = counted_allocations();
  const auto one = std::make_unique<int>(1);
  EXPECT_EQ(counted_allocations() - before, 1u);
}

TEST_F(Allocations, NoneWhileReceiving) {
  EXPECT_EQ(of(*path::CopyReceiver::open(kernel, *host)), 0u) << "copy";
  EXPECT_EQ(of(*path::CopyReceiver::open(kernel, device)), 0u) << "copy, staged";
  EXPECT_EQ(of(*path::MmapReceiver::open(kernel)), 0u) << "mmap";
  EXPECT_EQ(
      of(*path::DevmemReceiver::open(kernel, {.bindings = {{1, kRegion}}, .max_held_frags = 3000})),
      0u)
      << "devmem";
  EXPECT_GT(kernel.tokens_back, 10'000u);
}

TEST_F(Allocations, NoneWhileSending) {
  EXPECT_EQ(of(*path::CopySender::open(kernel, *host)), 0u) << "copy";
  EXPECT_EQ(of(*path::CopySender::open(kernel, device)), 0u) << "copy, staged";
  EXPECT_EQ(of(*path::ZerocopySender::open(kernel, *host)), 0u) << "zerocopy";
  SteadyKernel another;
  EXPECT_EQ(of(*path::DevmemSender::open(another, {.dma_buf_id = 1})), 0u) << "devmem";
}

}  // namespace
}  // namespace nobounce::sim
