// SPDX-License-Identifier: Apache-2.0
// Several connections at once on one zcrx queue, its one ring and one thread. The NIC must have
// been made ready: header split, and flow rules that steer the port to the queue.
//
//   zcrx_connections ADDR:PORT NIC QUEUE COUNT      NIC "-": none, the kernel copies
//
// Says "listening", takes COUNT connections, and checks that each brings the pattern of seed 7.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "memory/region.h"
#include "path/zcrx_queue.h"
#include "path/zcrx_rx.h"
#include "sys/interface_index.h"
#include "sys/tcp_socket.h"

namespace nobounce {
namespace {

constexpr std::uint64_t kRegionBytes = std::uint64_t{32} << 20;
constexpr std::uint64_t kSeed = 7;
constexpr int kTimeoutMs = 60'000;

Error wrong(std::string cause) {
  return {.code = Code::kMismatch,
          .operation = "receive",
          .object = "a connection",
          .cause = std::move(cause),
          .fix = {}};
}

struct Connection {
  sys::TcpSocket socket;
  std::unique_ptr<path::ZcrxReceiver> receiver;
  std::uint64_t position = 0;
  bool has_ended = false;
};

// Takes what there is; true if that was something.
Result<bool> serve(Connection& connection, memory::Region& region) {
  NB_ASSIGN(const path::Received received, connection.receiver->receive(1 << 20));
  connection.has_ended = received.outcome == path::ReceiveOutcome::kEndOfStream;
  for (const path::Frag& frag : received.batch.frags()) {
    NB_ASSIGN(const bool matches, region.matches(frag.extent(), kSeed, connection.position));
    if (!matches) return fail(wrong(fmt::format("bytes from {} differ", connection.position)));
    connection.position += frag.length;
  }
  return received.outcome == path::ReceiveOutcome::kData || connection.has_ended;
}

Status serve_all(std::vector<Connection>& connections, memory::Region& region) {
  const auto is_done = [](const Connection& connection) { return connection.has_ended; };
  while (!std::all_of(connections.begin(), connections.end(), is_done)) {
    bool came_any = false;
    Connection* waiting = nullptr;
    for (Connection& connection : connections) {
      if (connection.has_ended) continue;
      NB_ASSIGN(const bool came, serve(connection, region));
      came_any = came_any || came;
      waiting = &connection;
    }
    if (came_any) continue;
    // Any of them will do: it wakes for all.
    NB_ASSIGN(const path::Wake wake, waiting->receiver->wait(kTimeoutMs));
    if (wake == path::Wake::kTimeout) return fail(wrong("nothing came"));
  }
  return {};
}

void print_figures(const path::ZcrxQueue& queue, const std::vector<Connection>& connections) {
  for (const Connection& connection : connections) {
    fmt::print("connection: {} bytes in {} frags, {} tokens outstanding, {} without room\n",
               connection.position, connection.receiver->counts().frags,
               connection.receiver->counts().tokens_outstanding,
               connection.receiver->counts().cq_overflows);
  }
  const auto text = [](const Figure<std::uint64_t>& figure) {
    return figure.is_available() ? std::to_string(figure.value()) : figure.missing_probe();
  };
  const path::ZcrxStatistics statistics = queue.statistics();
  fmt::print("statistics: {} bytes copied, {} allocation failures, {} enters\n",
             text(statistics.copied_bytes), text(statistics.allocation_failures),
             queue.syscalls().of(sys::Syscall::kIoUringEnter));
}

Status run(const std::vector<std::string>& words) {
  if (words.size() != 4) {
    return fail(wrong("usage: zcrx_connections ADDR:PORT NIC QUEUE COUNT"));
  }
  std::uint32_t rx_queue = 0;
  std::uint32_t count = 0;
  std::from_chars(words[2].data(), words[2].data() + words[2].size(), rx_queue);
  std::from_chars(words[3].data(), words[3].data() + words[3].size(), count);
  NB_ASSIGN(const auto local, sys::parse_endpoint(words[0]));
  NB_ASSIGN(const auto region, memory::open_region("udmabuf", {.size = kRegionBytes}));
  NB_ASSIGN(const auto area, region->pinnable_view());
  path::ZcrxOptions options{.area = area};
  if (words[1] != "-") {
    NB_ASSIGN(const auto index, sys::interface_index(words[1]));
    options.interface = words[1];
    options.if_index = static_cast<std::uint32_t>(index);
    options.rx_queue = rx_queue;
  }
  NB_ASSIGN(const auto queue, path::ZcrxQueue::open(options));
  NB_ASSIGN(auto listener, sys::TcpListener::open(local, {.timeout_ms = kTimeoutMs}));
  fmt::print("listening\n");
  std::fflush(stdout);

  std::vector<Connection> connections;
  for (std::uint32_t i = 0; i < count; ++i) {
    NB_ASSIGN(auto socket, listener.accept());
    NB_ASSIGN(auto receiver, path::ZcrxReceiver::open(*queue, {.socket_fd = socket.fd()}));
    connections.push_back({.socket = std::move(socket), .receiver = std::move(receiver)});
  }
  NB_TRY(serve_all(connections, *region));
  print_figures(*queue, connections);
  return {};
}

}  // namespace
}  // namespace nobounce

int main(int argc, char** argv) {
  const auto done = nobounce::run({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "zcrx_connections: {}\n", nobounce::to_string(done.error()));
  return done ? 0 : 1;
}
