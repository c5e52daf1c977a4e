// SPDX-License-Identifier: Apache-2.0
// Server: one device offered on one Unix socket, to one client at a time. It moves bytes between
// the socket and a Connection, which knows the protocol. It owns no thread and no loop:
//
//   sys::Epoll epoll = …;
//   for (auto& server : servers) server.register_with(epoll, key_of(server));   // once
//   for (;;) {
//     for (auto& event : epoll.wait(events, work_left ? 0 : forever)) server_of(event).on_ready();
//     work_left = false;
//     for (auto& device : devices) work_left |= device.run();    // one step each: fair
//   }
//
// The DMA that run() does must end before the next on_ready(), which may unmap guest memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "emulator/vfio_user/device.h"
#include "emulator/vfio_user/guest_memory.h"
#include "sys/epoll_set.h"

namespace nobounce::emulator::vfio_user {

/// Move-only. Not thread-safe: one thread calls it and runs the device.
class Server {
 public:
  struct Statistics {
    std::uint64_t clients = 0;            ///< Clients that were served, the present one included.
    std::uint64_t clients_refused = 0;    ///< Turned away, since another was being served.
    std::uint64_t messages = 0;           ///< Requests that were received whole.
    std::uint64_t errors_replied = 0;     ///< Requests that were answered with an error.
    std::uint64_t protocol_breaches = 0;  ///< Connections that we closed for what came in.
  };

  /// Listens at `socket`, with mode 0600 from the moment it exists. What a dead server left there
  /// is replaced. `device` and `memory` must outlive the server, which alone maps into `memory`.
  /// Errors: kBusy (a live server, or a file that is no socket, is there), kInvalidArgument (a path
  /// too long for a socket), those of socket, bind and listen.
  static Result<Server> open(std::filesystem::path socket, Device& device, GuestMemory& memory);

  Server(Server&& other) noexcept;
  Server& operator=(Server&& other) noexcept;
  /// Drops the client as a disconnect would, and removes the socket file.
  ~Server();

  /// Adds what the server waits for to `epoll`, each with `key`: the listening socket now, the
  /// client's when one comes. `epoll` must outlive the server. Once only.
  Status register_with(sys::Epoll& epoll, std::uint64_t key);

  /// Call when an event with the server's key is reported; spurious calls do no harm. Accepts
  /// clients, handles a bounded batch of messages, sends replies; never blocks. A client that breaks
  /// the protocol, goes away or does not read its replies is dropped: its interrupts are taken from
  /// the device, the device is reset, its memory unmapped, and the next client may come.
  /// Errors: only those that end the service, such as epoll_ctl's.
  Status on_ready();

  [[nodiscard]] bool has_client() const;
  [[nodiscard]] const std::filesystem::path& socket() const;
  [[nodiscard]] const Statistics& statistics() const;

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace nobounce::emulator::vfio_user
