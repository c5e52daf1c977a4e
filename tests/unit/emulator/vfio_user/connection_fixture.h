// SPDX-License-Identifier: Apache-2.0
// A connection to a toy device, fed with messages one after another.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "emulator/vfio_user/connection.h"
#include "wire/message.h"
#include "wire/toy_device.h"

namespace nobounce::emulator::vfio_user {

using namespace protocol;  // NOLINT(google-build-using-namespace): tests speak of little else
using Progress = Connection::Progress;

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override { reconnect(version_message()); }

  void reconnect(const Bytes& first) {
    connection = std::make_unique<Connection>(device, memory);
    ask(first);
  }

  // Feeds bytes and descriptors, handles all messages and takes the replies.
  Bytes ask(const Bytes& bytes, std::vector<sys::Fd> fds = {}) {
    const auto space = connection->receive_space();
    EXPECT_LE(bytes.size(), space.size());
    std::copy(bytes.begin(), bytes.end(), space.begin());
    connection->received(bytes.size(), fds);
    do {
      progress = connection->advance();
    } while (progress == Progress::kHandled);
    Bytes taken;
    while (!connection->replies().empty()) {
      const auto replies = connection->replies();
      taken.insert(taken.end(), replies.begin(), replies.end());
      reply_fds.push_back(connection->reply_fd());
      connection->replies_sent(replies.size());
    }
    return taken;
  }

  // The errno of the one reply, 0 for success, -1 if the reply is malformed.
  int error_of(const Bytes& bytes, std::vector<sys::Fd> fds = {}) {
    const Bytes reply = ask(bytes, std::move(fds));
    const auto header = load_from<Header>(reply, 0);
    if (reply.size() < sizeof header || header.message_size != reply.size()) return -1;
    if (header.message_id != 7 || header.command != load_from<Header>(bytes, 0).command) return -1;
    if (header.flags == kTypeReply) return header.error == 0 ? 0 : -1;
    if (header.flags != (kTypeReply | kError) || reply.size() != sizeof header) return -1;
    return static_cast<int>(header.error);
  }

  ToyDevice device;
  GuestMemory memory;
  std::vector<int> reply_fds;  // of each piece of the replies so far
  std::unique_ptr<Connection> connection;
  Progress progress = Progress::kNeedInput;
};

inline std::vector<sys::Fd> one(sys::Fd fd) {
  std::vector<sys::Fd> fds;
  fds.push_back(std::move(fd));
  return fds;
}

inline std::vector<sys::Fd> eventfds(std::size_t count) {
  std::vector<sys::Fd> fds;
  for (std::size_t i = 0; i < count; ++i)
    fds.push_back(make_eventfd());
  return fds;
}

}  // namespace nobounce::emulator::vfio_user
