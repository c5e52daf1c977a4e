// SPDX-License-Identifier: Apache-2.0
// What the library costs beside the calls that it makes: path devmem against a bare loop, both over
// the same kernel in this process, which hands out frags and takes tokens and does nothing else.
//
//   bench_devmem_overhead [PAIRS]     see overhead_pairs.h for what it prints
//
// The bare loop does what a careful C program would: one large control buffer, frags written down
// for whoever uses them, tokens merged into ranges, 1024 to a call. It checks nothing.
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "overhead_pairs.h"
#include "path/devmem_rx.h"
#include "sys/socket_calls.h"
#include "sys/uapi/devmem.h"

namespace nobounce {
namespace {

namespace uapi = sys::uapi;

constexpr std::uint32_t kBinding = 7;
constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kPages = 16384;       // A region of 64 MiB.
constexpr std::uint32_t kFragsPerRead = 875;  // As the talk saw at 200 Gbit/s.
constexpr std::uint64_t kFragsPerRun = 4'000'000;

// Pages come in the order of the ring, with a page out of order now and then, as after a steered
// queue has been in use for a while.
class FragSource final : public sys::SocketCalls {
 public:
  // Not inlined, as neither loop could have a real one so.
  [[gnu::noinline]] ssize_t recvmsg(msghdr& message, int) override {
    auto* control = static_cast<std::byte*>(message.msg_control);
    for (std::uint32_t i = 0; i < kFragsPerRead; ++i) {
      if (free_ == 0) std::abort();  // Tokens were lost.
      const std::uint32_t page = next_ % 64 == 63 ? (next_ * 7919) % kPages : next_ % kPages;
      const uapi::DmabufCmsg frag{.frag_offset = std::uint64_t{page} * kPage,
                                  .frag_size = kPage,
                                  .frag_token = next_ % kPages,
                                  .dmabuf_id = kBinding,
                                  .flags = 0};
      const cmsghdr header{.cmsg_len = CMSG_LEN(sizeof frag),
                           .cmsg_level = SOL_SOCKET,
                           .cmsg_type = uapi::kScmDevmemDmabuf};
      std::memcpy(control, &header, sizeof header);
      std::memcpy(control + sizeof header, &frag, sizeof frag);
      control += CMSG_SPACE(sizeof frag);
      ++next_;
      --free_;
    }
    message.msg_controllen = kFragsPerRead * CMSG_SPACE(sizeof(uapi::DmabufCmsg));
    message.msg_flags = 0;
    return std::int64_t{kFragsPerRead} * kPage;
  }
  int setsockopt(int, int, std::span<const std::byte> value) override {
    std::uint32_t freed = 0;
    for (; !value.empty(); value = value.subspan(sizeof(uapi::DmabufToken))) {
      uapi::DmabufToken range;
      std::memcpy(&range, value.data(), sizeof range);
      freed += range.token_count;
    }
    free_ += freed;
    return static_cast<int>(freed);
  }
  ssize_t sendmsg(const msghdr&, int) override { return -EINVAL; }
  int getsockopt(int, int, std::span<std::byte>) override { return -EINVAL; }
  int pending_error() override { return 0; }
  int wait(short events, int) override { return events; }

 private:
  std::uint32_t next_ = 0;
  std::uint32_t free_ = kPages;
};

double bare_loop(std::uint64_t& checksum) {
  FragSource kernel;
  sys::SocketCalls& socket = kernel;
  struct Piece {
    std::uint64_t offset;
    std::uint64_t length;
    std::uint32_t token;
  };
  std::vector<std::byte> control(kPages * CMSG_SPACE(sizeof(uapi::DmabufCmsg)));
  std::vector<Piece> pieces(kPages);
  std::vector<std::byte> linear(kPage);
  Use use;
  const double before = thread_cpu_ns();
  for (std::uint64_t done = 0; done < kFragsPerRun;) {
    iovec buffer{.iov_base = linear.data(), .iov_len = std::size_t{64} << 20};
    msghdr message{};
    message.msg_iov = &buffer;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    // What came was less than was asked for, so the socket is empty: both loops poll then.
    if (socket.wait(POLLIN, -1) <= 0) std::abort();
    if (socket.recvmsg(message, uapi::kMsgSockDevmem) <= 0) std::abort();
    std::size_t count = 0;
    for (cmsghdr* cmsg = CMSG_FIRSTHDR(&message); cmsg != nullptr;
         cmsg = CMSG_NXTHDR(&message, cmsg)) {
      if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != uapi::kScmDevmemDmabuf) continue;
      uapi::DmabufCmsg frag;
      std::memcpy(&frag, CMSG_DATA(cmsg), sizeof frag);
      pieces[count++] = {frag.frag_offset, frag.frag_size, frag.frag_token};
    }
    for (std::size_t i = 0; i < count; ++i)
      use.frag(pieces[i].offset, pieces[i].length);
    std::array<uapi::DmabufToken, uapi::kMaxDontneedRanges> ranges;
    std::size_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (used > 0 &&
          pieces[i].token == ranges[used - 1].token_start + ranges[used - 1].token_count) {
        ++ranges[used - 1].token_count;
      } else {
        if (used == ranges.size()) std::abort();
        ranges[used++] = {.token_start = pieces[i].token, .token_count = 1};
      }
    }
    socket.setsockopt(SOL_SOCKET, uapi::kSoDevmemDontneed,
                      std::as_bytes(std::span(ranges).first(used)));
    done += count;
  }
  const double spent = thread_cpu_ns() - before;
  checksum = use.sum;
  return spent / static_cast<double>(kFragsPerRun);
}

double library_loop(std::uint64_t& checksum) {
  FragSource kernel;
  auto receiver = path::DevmemReceiver::open(
      kernel, {.bindings = {{.dma_buf_id = kBinding, .region_size = std::uint64_t{kPages} * kPage}},
               .max_held_frags = kPages});
  if (!receiver) std::abort();
  Use use;
  const double before = thread_cpu_ns();
  for (std::uint64_t done = 0; done < kFragsPerRun;) {
    auto received = (*receiver)->receive(std::uint64_t{64} << 20);
    if (!received) std::abort();
    if (received->outcome == path::ReceiveOutcome::kWouldBlock) {
      if (!(*receiver)->wait(-1)) std::abort();
      continue;
    }
    for (const path::Frag& frag : received->batch.frags())
      use.frag(frag.region_offset, frag.length);
    done += received->batch.frags().size();
  }
  const double spent = thread_cpu_ns() - before;
  checksum = use.sum;
  return spent / static_cast<double>(kFragsPerRun);
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  return nobounce::run_pairs(argc, argv, nobounce::bare_loop, nobounce::library_loop);
}
