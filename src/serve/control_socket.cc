// SPDX-License-Identifier: Apache-2.0
#include "serve/control_socket.h"

#include <array>

#include "serve/request.h"
#include "sys/byte_stream.h"

namespace nobounce::serve {

Result<ControlSocket> ControlSocket::open(const std::filesystem::path& path) {
  NB_ASSIGN(sys::UnixListener listener, sys::UnixListener::open(path));
  return ControlSocket(std::move(listener));
}

void ControlSocket::add_to(std::vector<pollfd>& entries) const {
  entries.push_back({.fd = listener_.fd(), .events = POLLIN, .revents = 0});
  for (const Client& client : clients_) {
    const bool owes = !client.reply.empty();
    entries.push_back({.fd = client.socket.get(),
                       .events = static_cast<short>(owes ? POLLOUT : POLLIN),
                       .revents = 0});
  }
}

Status ControlSocket::handle(std::span<const pollfd> ready, const Answer& answer) {
  std::deque<Client> kept;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const bool is_idle = ready[i + 1].revents == 0;
    if (is_idle || serve(clients_[i], answer)) kept.push_back(std::move(clients_[i]));
  }
  clients_ = std::move(kept);
  return ready[0].revents == 0 ? Status() : accept_clients();
}

Status ControlSocket::accept_clients() {
  for (;;) {
    NB_ASSIGN(std::optional<sys::Fd> socket, listener_.accept());
    if (!socket) return {};
    if (clients_.size() == kMaxClients) clients_.pop_front();
    clients_.push_back({.socket = std::move(*socket), .line = {}, .reply = {}});
  }
}

// False once the client is to be dropped. One that owes us a read is not read from.
bool ControlSocket::serve(Client& client, const Answer& answer) {
  if (!client.reply.empty()) return send(client);
  return receive(client, answer) && send(client);
}

bool ControlSocket::receive(Client& client, const Answer& answer) {
  std::array<char, kMaxRequestBytes> piece;
  const auto got = sys::read_some(client.socket.get(), piece, "a client of the control socket");
  if (!got) return false;
  if (!*got) return true;
  if (**got == 0) return false;
  std::string_view bytes(piece.data(), **got);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    client.line += bytes.substr(0, end);
    if (client.line.size() >= kMaxRequestBytes) return false;
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    client.reply += answer(client.line);
    client.line.clear();
    if (client.reply.size() > kMaxReplyBytes) return false;
  }
  return true;
}

bool ControlSocket::send(Client& client) {
  if (client.reply.empty()) return true;
  const auto sent =
      sys::send_some(client.socket.get(), std::as_bytes(std::span<const char>(client.reply)));
  if (!sent) return false;
  client.reply.erase(0, *sent);
  return true;
}

}  // namespace nobounce::serve
