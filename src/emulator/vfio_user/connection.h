// SPDX-License-Identifier: Apache-2.0
// Connection: one client's conversation, from its first byte to its last. It turns bytes and file
// descriptors into calls of a Device and of GuestMemory, and into reply bytes. It knows no sockets:
// a server feeds it, and so can a test or a fuzzer.
//
//   while (…) {
//     n = receive into connection.receive_space();
//     connection.received(n, fds);
//     while (connection.advance() == Connection::Progress::kHandled) …send connection.replies()…
//   }
//
// The client is not trusted. A request that is wrong in itself is answered with an errno. A breach
// that leaves it open where the next message begins, or whom we talk to, ends the connection.
// Source: the vfio-user protocol specification, version 0.0 as QEMU speaks it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "emulator/vfio_user/device.h"
#include "emulator/vfio_user/guest_memory.h"
#include "emulator/vfio_user/protocol.h"
#include "sys/fd.h"

namespace nobounce::emulator::vfio_user {

/// Its life is the client's: when it ends, the device is reset, its interrupts are taken from it
/// and the guest memory is unmapped. Not thread-safe.
class Connection {
 public:
  enum class Progress {
    kNeedInput,  ///< There is no whole message to handle.
    kHandled,    ///< One message was handled; there may be more.
    kBroken,     ///< The client broke the protocol, see breach(): drop the connection.
  };

  static constexpr std::size_t kMaxMessageFds = 16;       ///< QEMU's most as well.
  static constexpr std::size_t kMaxReplyFds = 8;          ///< In replies that have yet to be sent.
  static constexpr std::size_t kMaxDataTransfer = 65536;  ///< Bytes one read or write moves.
  static constexpr std::size_t kMaxMessageSize =
      sizeof(protocol::Header) + sizeof(protocol::RegionAccess) + kMaxDataTransfer;
  static constexpr std::size_t kReceiveBufferSize = 2 * kMaxMessageSize;
  static constexpr std::size_t kReplyBufferSize = 4 * kMaxMessageSize;

  /// `device` and `memory` must outlive the connection.
  Connection(Device& device, GuestMemory& memory);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Where the next bytes go; never empty, unless the connection is broken or not advanced.
  [[nodiscard]] std::span<std::byte> receive_space();

  /// `byte_count` bytes were put at the start of receive_space(), and `fds` came with them. The
  /// descriptors belong to the message that holds the last of these bytes: a receive ends with the
  /// bytes that carry descriptors, and a client sends them along with a whole message.
  void received(std::size_t byte_count, std::span<sys::Fd> fds);

  /// Handles at most one message.
  Progress advance();

  /// The replies that have yet to be sent, up to the next one that carries a descriptor of its own;
  /// replies_sent() drops the first bytes of them.
  [[nodiscard]] std::span<const std::byte> replies() const;
  /// The descriptor that goes along with the first byte of replies(), or -1. It is the device's.
  [[nodiscard]] int reply_fd() const;
  void replies_sent(std::size_t byte_count);
  /// False if the next message may find no room for its reply, which breaks the connection.
  [[nodiscard]] bool has_reply_room() const;

  /// Why the connection is broken; empty while it is not.
  [[nodiscard]] std::string_view breach() const { return breach_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

 private:
  /// One request, whole and with a header that was checked.
  struct Request {
    protocol::Header header;
    std::span<const std::byte> payload;
    std::span<sys::Fd> fds;  ///< What a handler does not move out is closed after it.
  };

  /// Returns 0 or the errno to reply. On success the handler has appended the reply's payload.
  using Handler = int (Connection::*)(const Request& request);

  struct Rule {
    Handler handler = nullptr;
    std::size_t min_payload = 0;
    std::size_t max_payload = 0;
    std::size_t max_fds = 0;
  };

  static const std::array<Rule, protocol::kCommandCount> kRules;

  Progress break_off(std::string_view why);
  int dispatch(const Request& request);
  void finish_reply(const Request& request, std::size_t reply_start, int error);
  void add_reply_fd(std::size_t reply_start);
  void drop_fds(std::size_t count);

  int handle_version(const Request& request);
  int handle_dma_map(const Request& request);
  int handle_dma_unmap(const Request& request);
  int handle_device_info(const Request& request);
  int handle_region_info(const Request& request);
  int handle_region_io_fds(const Request& request);
  int handle_irq_info(const Request& request);
  int handle_set_irqs(const Request& request);
  int handle_region_read(const Request& request);
  int handle_region_write(const Request& request);
  int handle_region_write_multi(const Request& request);
  int handle_reset(const Request& request);

  int check_access(const protocol::RegionAccess& access) const;
  int assign_irqs(PciIrq irq, const protocol::IrqSet& set, std::span<sys::Fd> fds);
  void take_irqs(PciIrq irq, std::uint32_t start, std::uint32_t count);

  /// Room for `byte_count` zeros at the end of the replies.
  std::span<std::byte> append(std::size_t byte_count);
  template <typename T>
  void append_struct(const T& value);

  Device& device_;
  GuestMemory& memory_;

  std::vector<std::byte> input_;  // [begin_, end_) was received and not handled
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  // Descriptors in the order of their coming, each with the count of input bytes, from begin_, that
  // had come by then: a message of that length or more owns it.
  std::array<sys::Fd, 2 * kMaxMessageFds> fds_;
  std::array<std::size_t, 2 * kMaxMessageFds> fd_positions_{};
  std::size_t fd_count_ = 0;

  std::vector<std::byte> output_;  // [output_begin_, output_end_) waits to be sent
  std::size_t output_begin_ = 0;
  std::size_t output_end_ = 0;
  std::uint64_t sent_bytes_ = 0;  // of all replies since the connection began

  // The descriptors of replies that wait to be sent, the oldest first.
  struct ReplyFd {
    std::uint64_t position = 0;  // of the reply, counted as sent_bytes_ is
    int fd = -1;
  };
  std::array<ReplyFd, kMaxReplyFds> reply_fds_;
  std::size_t reply_fd_count_ = 0;
  int reply_fd_ = -1;  // what the handler at work wants to send with its reply

  bool negotiated_ = false;
  bool write_multiple_ = false;
  std::string_view breach_;
  std::uint64_t messages_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace nobounce::emulator::vfio_user
