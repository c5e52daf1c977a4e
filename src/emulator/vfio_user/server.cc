// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/server.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "emulator/vfio_user/connection.h"
#include "sys/unix_socket.h"

namespace nobounce::emulator::vfio_user {
namespace {

// What one on_ready() takes at most, so that a busy client leaves time to the others: some thousand
// messages of the smallest kind.
constexpr int kMaxReceives = 16;
constexpr std::size_t kMaxReceiveBytes = 4096;
constexpr int kMaxAccepts = 8;

}  // namespace

class Server::Implementation {
 public:
  Implementation(sys::UnixListener listener, Device& device, GuestMemory& memory)
      : listener_(std::move(listener)), device_(device), memory_(memory) {}

  Status register_with(sys::Epoll& epoll, std::uint64_t key);
  Status on_ready();

  [[nodiscard]] bool has_client() const { return connection_.has_value(); }
  [[nodiscard]] const std::filesystem::path& socket() const { return listener_.path(); }
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  enum class Fate { kKeep, kDrop };

  Status accept_some();
  Fate receive_batch();
  Fate handle_messages();
  Fate send_replies();
  Status watch_client();
  void drop_client();

  sys::UnixListener listener_;
  Device& device_;
  GuestMemory& memory_;
  sys::Epoll* epoll_ = nullptr;
  std::uint64_t key_ = 0;
  sys::Fd client_;
  bool waits_to_send_ = false;
  bool received_any_ = false;
  std::optional<Connection> connection_;
  Statistics statistics_;
};

Status Server::Implementation::register_with(sys::Epoll& epoll, std::uint64_t key) {
  NB_TRY(epoll.add(listener_.fd(), sys::Epoll::Interest::kRead, key));
  epoll_ = &epoll;
  key_ = key;
  return {};
}

// Both descriptors share a key. The client's comes first, as nearly every event is its; a caller
// that waits at the door makes epoll report again until the client is quiet.
Status Server::Implementation::on_ready() {
  if (!connection_) return accept_some();
  received_any_ = false;
  Fate fate = send_replies();
  if (fate == Fate::kKeep) fate = receive_batch();
  if (fate == Fate::kDrop) {
    drop_client();
    return accept_some();
  }
  NB_TRY(watch_client());
  return received_any_ ? Status() : accept_some();
}

Status Server::Implementation::accept_some() {
  for (int i = 0; i < kMaxAccepts; ++i) {
    NB_ASSIGN(std::optional<sys::Fd> client, listener_.accept());
    if (!client) return {};
    if (connection_) {
      ++statistics_.clients_refused;
      continue;
    }
    if (epoll_ != nullptr) NB_TRY(epoll_->add(client->get(), sys::Epoll::Interest::kRead, key_));
    client_ = std::move(*client);
    waits_to_send_ = false;
    connection_.emplace(device_, memory_);
    ++statistics_.clients;
    // Who waits behind it is looked at in the next turn: this one may have left already.
    return {};
  }
  return {};
}

Server::Implementation::Fate Server::Implementation::receive_batch() {
  for (int i = 0; i < kMaxReceives; ++i) {
    const auto room = connection_->receive_space();
    const auto space = room.first(std::min(room.size(), kMaxReceiveBytes));
    sys::Received got = sys::receive_with_fds(client_.get(), space);
    if (got.outcome == sys::Received::Outcome::kWouldBlock) return Fate::kKeep;
    received_any_ = true;
    if (got.outcome == sys::Received::Outcome::kClosed) return Fate::kDrop;
    if (got.fds_lost) {
      ++statistics_.protocol_breaches;
      return Fate::kDrop;
    }
    connection_->received(got.bytes, std::span(got.fds).first(got.fd_count));
    if (handle_messages() == Fate::kDrop) return Fate::kDrop;
    // A short receive without descriptors has emptied the socket: spare the call that says so.
    if (got.bytes < space.size() && got.fd_count == 0) return Fate::kKeep;
  }
  return Fate::kKeep;
}

Server::Implementation::Fate Server::Implementation::handle_messages() {
  const std::uint64_t messages = connection_->messages();
  const std::uint64_t errors = connection_->errors();
  auto progress = Connection::Progress::kHandled;
  Fate fate = Fate::kKeep;
  while (fate == Fate::kKeep && progress == Connection::Progress::kHandled) {
    if (!connection_->has_reply_room()) fate = send_replies();
    if (fate == Fate::kKeep) progress = connection_->advance();
  }
  statistics_.messages += connection_->messages() - messages;
  statistics_.errors_replied += connection_->errors() - errors;
  // What was asked before a breach is still answered.
  if (fate == Fate::kKeep) fate = send_replies();
  if (progress != Connection::Progress::kBroken) return fate;
  ++statistics_.protocol_breaches;
  return Fate::kDrop;
}

Server::Implementation::Fate Server::Implementation::send_replies() {
  while (!connection_->replies().empty()) {
    const auto sent =
        sys::send_some(client_.get(), connection_->replies(), connection_->reply_fd());
    if (!sent) return Fate::kDrop;
    if (*sent == 0) break;
    connection_->replies_sent(*sent);
  }
  return Fate::kKeep;
}

// Waits for the socket to take more replies exactly while there are some.
Status Server::Implementation::watch_client() {
  const bool wants_to_send = !connection_->replies().empty();
  if (wants_to_send == waits_to_send_ || epoll_ == nullptr) return {};
  waits_to_send_ = wants_to_send;
  return epoll_->modify(
      client_.get(), wants_to_send ? sys::Epoll::Interest::kReadWrite : sys::Epoll::Interest::kRead,
      key_);
}

void Server::Implementation::drop_client() {
  connection_.reset();
  client_.reset();  // the only descriptor of this socket: closing it takes it out of the epoll
}

Server::Server(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Server::Server(Server&& other) noexcept = default;
Server& Server::operator=(Server&& other) noexcept = default;
Server::~Server() = default;

Result<Server> Server::open(std::filesystem::path socket, Device& device, GuestMemory& memory) {
  NB_ASSIGN(sys::UnixListener listener, sys::UnixListener::open(std::move(socket)));
  return Server(std::make_unique<Implementation>(std::move(listener), device, memory));
}

Status Server::register_with(sys::Epoll& epoll, std::uint64_t key) {
  return implementation_->register_with(epoll, key);
}

Status Server::on_ready() {
  return implementation_->on_ready();
}

bool Server::has_client() const {
  return implementation_->has_client();
}

const std::filesystem::path& Server::socket() const {
  return implementation_->socket();
}

const Server::Statistics& Server::statistics() const {
  return implementation_->statistics();
}

}  // namespace nobounce::emulator::vfio_user
