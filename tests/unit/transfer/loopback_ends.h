// SPDX-License-Identifier: Apache-2.0
// The ends of transfers over loopback on path copy: a receiver of ours in a thread, a peer that is
// none of ours, and what a sender sends.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <string_view>
#include <utility>

#include "memory_double.h"
#include "sys/fd.h"
#include "transfer/transfer.h"

namespace nobounce::transfer {

using Outcome = Result<TransferResult>;

// A receiver in a thread of its own, ready to be connected to.
class Receiving {
 public:
  explicit Receiving(ReceiveOptions options) {
    std::promise<sys::Endpoint> ready;
    auto listening = ready.get_future();
    if (options.listen.address.empty()) options.listen = {"127.0.0.1", 0};
    if (!options.path) options.path = path::Path::kCopy;
    options.open_region = open_memory_double;
    options.on_listening = [&ready](const sys::Endpoint& local) { ready.set_value(local); };
    outcome_ = std::async(std::launch::async, [options] { return receive(options); });
    endpoint = listening.get();
  }
  Outcome outcome() { return outcome_.get(); }

  sys::Endpoint endpoint;

 private:
  std::future<Outcome> outcome_;
};

// A peer that is no nobounce: plain blocking sockets.
class PlainPeer {
 public:
  static PlainPeer connect(const sys::Endpoint& endpoint) {
    const auto address = *sys::to_socket_address(endpoint);
    PlainPeer peer(sys::Fd(::socket(address.storage.ss_family, SOCK_STREAM, 0)));
    EXPECT_EQ(::connect(peer.fd_.get(), address.get(), address.length), 0);
    return peer;
  }
  void write(std::string_view text) {
    EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  void close() { fd_.reset(); }
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }

 private:
  explicit PlainPeer(sys::Fd fd) : fd_(std::move(fd)) {}
  sys::Fd fd_;
};

inline SendOptions pattern_to(const sys::Endpoint& peer, std::uint64_t seed, std::uint64_t bytes) {
  SendOptions options;
  options.peer = peer;
  options.path = path::Path::kCopy;
  options.pattern_seed = seed;
  options.bytes = bytes;
  options.open_region = open_memory_double;
  return options;
}

}  // namespace nobounce::transfer
