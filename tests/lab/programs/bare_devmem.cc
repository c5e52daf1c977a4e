// SPDX-License-Identifier: Apache-2.0
// A bare receiver of devmem TCP, for nobounce to be measured against: what a program does that
// follows Documentation/networking/devmem.rst. Binding and steering are nobounce's own; the loop is
// not.
//
//   bare_devmem ADDR:PORT NIC READ_BYTES TOKENS_PER_CALL
//
// Takes one stream to its end and prints a JSON object. With one token a call it is the loop of the
// document and of the kernel's own tests; with 1024 it gives consecutive tokens back as ranges.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "memory/region.h"
#include "nic/binding.h"
#include "nic/receive_lease.h"
#include "sys/tcp_socket.h"
#include "sys/uapi/devmem.h"

namespace nobounce {
namespace {

namespace uapi = sys::uapi;

constexpr std::uint64_t kRegionBytes = std::uint64_t{64} << 20;  // What nobounce takes as well.
constexpr int kTimeoutMs = 30'000;

struct Asked {
  sys::Endpoint local;
  std::string nic;
  std::uint64_t read_bytes = 0;
  std::uint32_t tokens_per_call = 0;
};

struct Figures {
  std::uint64_t bytes = 0;
  std::uint64_t frags = 0;
  std::uint64_t recvmsg_calls = 0;
  std::uint64_t setsockopt_calls = 0;
  std::uint64_t poll_calls = 0;
};

Error wrong(std::string cause) {
  return {.code = Code::kInvalidArgument,
          .operation = "receive",
          .object = "devmem",
          .cause = std::move(cause),
          .fix = {}};
}

class Loop {
 public:
  Loop(sys::TcpSocket& socket, const Asked& asked)
      : socket_(socket),
        tokens_per_call_(asked.tokens_per_call),
        linear_(asked.read_bytes),
        // A message for each 1448 bytes, the least that a full segment has.
        control_((asked.read_bytes / 1448 + 1) * CMSG_SPACE(sizeof(uapi::DmabufCmsg))) {}

  Result<Figures> run() {
    while (true) {
      iovec buffer{.iov_base = linear_.data(), .iov_len = linear_.size()};
      msghdr message{};
      message.msg_iov = &buffer;
      message.msg_iovlen = 1;
      message.msg_control = control_.data();
      message.msg_controllen = control_.size();
      ++figures_.recvmsg_calls;
      const ssize_t got = socket_.recvmsg(message, uapi::kMsgSockDevmem);
      if (got == -EAGAIN) {
        ++figures_.poll_calls;
        if (socket_.wait(POLLIN, kTimeoutMs) <= 0) return fail(wrong("nothing came"));
        continue;
      }
      if (got < 0) return fail(error_from_errno(static_cast<int>(-got), "recvmsg", "devmem"));
      if (got == 0) return figures_;
      figures_.bytes += static_cast<std::uint64_t>(got);
      NB_TRY(give_back(message));
    }
  }

 private:
  Status give_back(msghdr& message) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != uapi::kScmDevmemDmabuf) continue;
      uapi::DmabufCmsg frag;
      std::memcpy(&frag, CMSG_DATA(header), sizeof frag);
      ++figures_.frags;
      NB_TRY(add(frag.frag_token));
    }
    return flush();
  }

  Status add(std::uint32_t token) {
    if (!ranges_.empty() && token == ranges_.back().token_start + ranges_.back().token_count) {
      ++ranges_.back().token_count;
    } else {
      ranges_.push_back({.token_start = token, .token_count = 1});
    }
    ++gathered_;
    const bool is_full =
        gathered_ >= tokens_per_call_ || ranges_.size() == uapi::kMaxDontneedRanges;
    return is_full ? flush() : Status{};
  }

  Status flush() {
    if (gathered_ == 0) return {};
    ++figures_.setsockopt_calls;
    const int freed =
        socket_.setsockopt(SOL_SOCKET, uapi::kSoDevmemDontneed, std::as_bytes(std::span(ranges_)));
    if (freed != static_cast<int>(gathered_)) return fail(wrong("tokens were not taken back"));
    ranges_.clear();
    gathered_ = 0;
    return {};
  }

  sys::TcpSocket& socket_;
  std::uint32_t tokens_per_call_;
  std::vector<std::byte> linear_;
  std::vector<std::byte> control_;
  std::vector<uapi::DmabufToken> ranges_;
  std::uint32_t gathered_ = 0;
  Figures figures_;
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Status receive(const Asked& asked) {
  NB_ASSIGN(const auto region, memory::open_region("udmabuf", {.size = kRegionBytes}));
  NB_ASSIGN(auto lease, nic::ReceiveLease::take({.interface = asked.nic,
                                                 .listen_port = asked.local.port,
                                                 .listen_address = asked.local.address}));
  NB_ASSIGN(const int dma_buf_fd, region->dma_buf_fd());
  NB_ASSIGN(const auto binding, nic::RxBinding::bind(lease.ifindex(), lease.queues(), dma_buf_fd));
  NB_ASSIGN(auto listener, sys::TcpListener::open(
                               asked.local, {.interface = asked.nic, .timeout_ms = kTimeoutMs}));
  fmt::print(stderr, "listening\n");
  NB_ASSIGN(auto socket, listener.accept());
  if (socket.wait(POLLIN, kTimeoutMs) <= 0) return fail(wrong("nothing came"));
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_before = cpu_seconds();
  NB_ASSIGN(const Figures figures, Loop(socket, asked).run());
  const double cpu = cpu_seconds() - cpu_before;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "{{\"bytes\": {}, \"frags\": {}, \"seconds\": {}, \"cpu_seconds\": {}, "
      "\"syscalls\": {{\"recvmsg\": {}, \"setsockopt\": {}, \"poll\": {}}}}}\n",
      figures.bytes, figures.frags, took.count(), cpu, figures.recvmsg_calls,
      figures.setsockopt_calls, figures.poll_calls);
  return lease.release();
}

template <typename T>
bool parse(const std::string& text, T& into) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), into);
  return parsed.ec == std::errc() && into != 0;
}

Status run(const std::vector<std::string>& words) {
  Asked asked;
  if (words.size() != 4 || !parse(words[2], asked.read_bytes) ||
      !parse(words[3], asked.tokens_per_call) || asked.tokens_per_call > uapi::kMaxDontneedFrags) {
    return fail(wrong("usage: bare_devmem ADDR:PORT NIC READ_BYTES TOKENS_PER_CALL"));
  }
  NB_ASSIGN(asked.local, sys::parse_endpoint(words[0]));
  asked.nic = words[1];
  return receive(asked);
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  const auto done = nobounce::run({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "bare_devmem: {}\n", nobounce::to_string(done.error()));
  return done ? 0 : 1;
}
