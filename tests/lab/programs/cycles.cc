// SPDX-License-Identifier: Apache-2.0
// Many connections, one after the other, into one small region: what a connection leaks, a token, a
// page of the pool or a descriptor, shows after thousands of them.
//
//   cycles receive ADDR:PORT NIC PATH COUNT     says "listening", checks what lands
//   cycles send ADDR:PORT COUNT                 plain sockets
#include <fmt/format.h>

#include <poll.h>
#include <sys/uio.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/pattern.h"
#include "memory/region.h"
#include "sys/tcp_socket.h"
#include "transfer/inbound.h"

namespace nobounce {
namespace {

// 1024 pages: with three or more to a connection, a page lost by each would end it soon.
constexpr std::uint64_t kRegionBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kConnectionBytes = 20'000;
constexpr std::uint64_t kSeed = 5;
constexpr int kTimeoutMs = 30'000;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

Error wrong(std::string cause) {
  return {.code = Code::kMismatch,
          .operation = "cycle",
          .object = "a connection",
          .cause = std::move(cause),
          .fix = {}};
}

Status check(const path::Frag& frag, memory::Region& region, std::uint64_t position) {
  if (!frag.is_in_region()) {
    const auto differs = find_pattern_mismatch(frag.host_bytes(), kSeed, position);
    return differs ? fail(wrong("linear bytes differ")) : Status{};
  }
  NB_ASSIGN(const bool matches, region.matches(frag.extent(), kSeed, position));
  return matches ? Status{} : fail(wrong(fmt::format("bytes from {} on differ", position)));
}

Status receive_one(transfer::Inbound& inbound, memory::Region& region) {
  NB_ASSIGN(auto connection, inbound.accept());
  path::Receiver& receiver = connection.receiver();
  std::uint64_t position = 0;
  while (true) {
    NB_ASSIGN(const path::Received received, receiver.receive(kConnectionBytes));
    if (received.outcome == path::ReceiveOutcome::kEndOfStream) break;
    for (const path::Frag& frag : received.batch.frags()) {
      NB_TRY(check(frag, region, position));
      position += frag.length;
    }
    if (received.outcome == path::ReceiveOutcome::kWouldBlock) {
      NB_ASSIGN(const path::Wake wake, receiver.wait(kTimeoutMs));
      if (wake == path::Wake::kTimeout) return fail(wrong("nothing came: is the pool empty?"));
    }
  }
  if (position != kConnectionBytes) return fail(wrong(fmt::format("{} bytes came", position)));
  return connection.accept_what_came();
}

Status receive(const sys::Endpoint& local, const std::string& nic, path::Path path,
               std::uint64_t count) {
  NB_ASSIGN(const auto region, memory::open_region("udmabuf", {.size = kRegionBytes}));
  NB_ASSIGN(auto inbound,
            transfer::Inbound::open(
                {.listen = local, .nic = nic, .path = path, .timeout_ms = kTimeoutMs}, *region));
  fmt::print("listening\n");
  std::fflush(stdout);
  NB_TRY(receive_one(inbound, *region));  // What is opened once is open now.
  const std::size_t before = open_descriptors();
  for (std::uint64_t i = 1; i < count; ++i) {
    if (Status received = receive_one(inbound, *region); !received) {
      Error error = received.error();
      error.object = fmt::format("connection {} of {}", i + 1, count);
      return fail(std::move(error));
    }
  }
  if (open_descriptors() != before) {
    return fail(wrong(fmt::format("{} descriptors were open, {} are", before, open_descriptors())));
  }
  return inbound.release();
}

Status send_one(const sys::Endpoint& peer, std::span<std::byte> bytes) {
  NB_ASSIGN(sys::TcpSocket socket, sys::TcpSocket::connect(peer, {.timeout_ms = kTimeoutMs}));
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (socket.sendmsg(message, 0) != static_cast<ssize_t>(bytes.size())) {
    return fail(wrong("a send was short"));
  }
  NB_TRY(socket.shut_down_sending());
  // The receiver closes when it has it all: so there is one connection at a time.
  std::byte answer;
  iovec end{.iov_base = &answer, .iov_len = 1};
  message.msg_iov = &end;
  while (socket.recvmsg(message, 0) == -EAGAIN)
    NB_TRY(path::wait_for(socket, POLLIN, kTimeoutMs));
  return {};
}

Status send(const sys::Endpoint& peer, std::uint64_t count) {
  std::vector<std::byte> bytes(kConnectionBytes);
  fill_pattern(bytes, kSeed, 0);
  for (std::uint64_t i = 0; i < count; ++i)
    NB_TRY(send_one(peer, bytes));
  return {};
}

Status run(const std::vector<std::string>& words) {
  if (words.size() >= 3) {
    std::uint64_t count = 0;
    std::from_chars(words.back().data(), words.back().data() + words.back().size(), count);
    NB_ASSIGN(const auto endpoint, sys::parse_endpoint(words[1]));
    if (words[0] == "send" && words.size() == 3) return send(endpoint, count);
    if (words[0] == "receive" && words.size() == 5) {
      const auto path = path::path_named(words[3]);
      if (path) return receive(endpoint, words[2], *path, count);
    }
  }
  return fail(wrong("usage: cycles receive ADDR:PORT NIC PATH COUNT | send ADDR:PORT COUNT"));
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  const auto done = nobounce::run({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "cycles: {}\n", nobounce::to_string(done.error()));
  return done ? 0 : 1;
}
