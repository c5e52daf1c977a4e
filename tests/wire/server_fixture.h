// SPDX-License-Identifier: Apache-2.0
// A client of raw bytes on a real Unix socket against the server, both on this thread: the client's
// socket is non-blocking, and serve() calls on_ready() as an event loop would.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>

#include "emulator/vfio_user/server.h"
#include "scratch_directory.h"
#include "wire/message.h"
#include "wire/toy_device.h"

namespace nobounce::emulator::vfio_user {

inline sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

class Client {
 public:
  explicit Client(const std::filesystem::path& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = address_of(path);
    connected_ =
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  bool send(const Bytes& bytes, const std::vector<int>& fds = {}) {
    iovec vector{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::byte control[CMSG_SPACE(64 * sizeof(int))] = {};
    if (!fds.empty()) {
      header.msg_control = control;
      header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
      cmsghdr* one = CMSG_FIRSTHDR(&header);
      one->cmsg_level = SOL_SOCKET;
      one->cmsg_type = SCM_RIGHTS;
      one->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
      std::memcpy(CMSG_DATA(one), fds.data(), fds.size() * sizeof(int));
    }
    return ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // What has arrived; absent once the server has closed.
  std::optional<Bytes> receive() {
    Bytes bytes(1 << 20);
    const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
  }

 private:
  sys::Fd fd_;
  bool connected_ = false;
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path = directory / "nic.sock";
    start();
  }

  void start() {
    server.emplace(Server::open(path, device, memory).value());
    ASSERT_TRUE(server->register_with(epoll, kKey));
  }

  // Serves until nothing is left to do.
  void serve() {
    std::array<sys::Epoll::Event, 8> events;
    while (true) {
      const auto ready = epoll.wait(events, std::chrono::nanoseconds(0)).value();
      if (ready.empty()) return;
      for (const auto& event : ready) {
        EXPECT_EQ(event.key, kKey);
        ASSERT_TRUE(server->on_ready());
      }
    }
  }

  // Serves what came in, without waiting for a client that does not read.
  void serve_while_readable() {
    std::array<sys::Epoll::Event, 8> events;
    for (auto ready = epoll.wait(events, std::chrono::nanoseconds(0)).value();
         !ready.empty() && ready[0].readable;
         ready = epoll.wait(events, std::chrono::nanoseconds(0)).value())
      ASSERT_TRUE(server->on_ready());
  }

  std::optional<Bytes> ask(Client& client, const Bytes& bytes, const std::vector<int>& fds = {}) {
    EXPECT_TRUE(client.send(bytes, fds));
    serve();
    return client.receive();
  }

  static constexpr std::uint64_t kKey = 42;

  const ScratchDirectory scratch;
  const std::filesystem::path directory = scratch.path();
  std::filesystem::path path;
  ToyDevice device;
  GuestMemory memory;
  sys::Epoll epoll = sys::Epoll::open().value();
  std::optional<Server> server;
};

}  // namespace nobounce::emulator::vfio_user
