// SPDX-License-Identifier: Apache-2.0
// ControlSocket: lines in, lines out, for several clients at once, none of which is trusted to read
// or to write. It owns no thread and no loop, and it never blocks:
//
//   std::vector<pollfd> entries = {…};
//   control.add_to(entries);
//   sys::wait_ready(entries, …);
//   control.handle(entries, [&](std::string_view line) { return reply_to(line); });
#pragma once

#include <poll.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/unix_socket.h"

namespace nobounce::serve {

/// Move-only. Not thread-safe.
class ControlSocket {
 public:
  /// One more turns out whoever came first.
  static constexpr std::size_t kMaxClients = 8;
  /// A client with so much of replies unread is turned out.
  static constexpr std::size_t kMaxReplyBytes = std::size_t{4} << 20;

  /// Makes a reply, its newline included, to a line without its own.
  using Answer = std::function<std::string(std::string_view line)>;

  /// Listens at `path`, mode 0600. Errors: those of UnixListener::open, kBusy among them.
  static Result<ControlSocket> open(const std::filesystem::path& path);

  /// Appends what it waits for.
  void add_to(std::vector<pollfd>& entries) const;

  /// Answers what has come; `ready` is what add_to appended, with `revents` filled in. A client
  /// that sends a longer line than kMaxRequestBytes, or goes away, is dropped. Errors: those of
  /// accept that end the service.
  Status handle(std::span<const pollfd> ready, const Answer& answer);

 private:
  struct Client {
    sys::Fd socket;
    std::string line;   // of a request, as far as it has come
    std::string reply;  // what is yet to be sent
  };

  explicit ControlSocket(sys::UnixListener listener) : listener_(std::move(listener)) {}

  Status accept_clients();
  static bool serve(Client& client, const Answer& answer);
  static bool receive(Client& client, const Answer& answer);
  static bool send(Client& client);

  sys::UnixListener listener_;
  std::deque<Client> clients_;  // in the order in which they came
};

}  // namespace nobounce::serve
