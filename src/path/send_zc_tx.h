// SPDX-License-Identifier: Apache-2.0
// SendZcSender: path `send_zc`, sending side: IORING_OP_SEND_ZC out of registered memory.
//
// Every send is one io_uring_enter that never waits: its completion says at once what the kernel
// took. A notification follows when the kernel no longer reads the bytes, and says whether it had
// copied them after all. Only one send of a connection is under way at a time, since io_uring may
// reorder those that wait for room, and a stream may not. Follows io_uring/net.c of Linux 7.3; it
// needs Linux 6.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "path/fixed_buffers.h"
#include "path/ring_pump.h"
#include "path/sender.h"
#include "sys/io_uring.h"

namespace nobounce::path {

struct SendZcOptions {
  int socket_fd = -1;             ///< Connected, TCP; not owned, must outlive the sender.
  std::span<std::byte> region{};  ///< `Region::pinnable_view`; must outlive the sender.
  /// Registered memory of the same region, for senders that share a ring; nullptr: `open` registers
  /// the region, and sends without where locked memory or the ring's one table is used up.
  const FixedBuffers* buffers = nullptr;
  /// The region lies on huge pages, and `open` doesn't register it: of registered memory on large
  /// pages Linux 7.3 charges a send for the whole way from the start of the page to the send's last
  /// byte (io_sg_from_iter, io_uring/net.c), 1 MiB too much on average, and so a socket's send
  /// buffer is full after a few segments. A send that pins its pages itself is charged for those.
  bool is_on_huge_pages = false;
  std::uint32_t max_sends_in_flight = 512;  ///< Up to 32768.
  int stop_fd = -1;                         ///< Of the pump that `open` makes; see RingPump.
};

/// The ring that one sender of these options wants: each send in flight may have two completions in
/// it, and there are those of polls.
sys::IoUringOptions ring_for_send_zc(const SendZcOptions& options);

/// Of one thread: that which opened the ring. Give it a ring that no ZcrxQueue is on: one whose
/// frags are all on loan holds up the ring's completions, results of sends among them.
class SendZcSender final : public Sender, private CompletionTaker {
 public:
  /// Opens a ring of its own. Errors: as below, those of sys::open_io_uring.
  static Result<std::unique_ptr<SendZcSender>> open(const SendZcOptions& options);
  /// On the ring of `pump`, which must outlive the sender.
  /// Errors: kInvalidArgument (an option that can't be), kExhausted (places of the pump).
  /// A MEMLOCK limit is no error: then pages are pinned by each send, or that send is a plain one.
  static Result<std::unique_ptr<SendZcSender>> open(RingPump& pump, const SendZcOptions& options);
  ~SendZcSender() override;
  SendZcSender(const SendZcSender&) = delete;
  SendZcSender& operator=(const SendZcSender&) = delete;

  /// An extent that crosses a GiB of the region is taken in two calls.
  Result<std::uint64_t> send(memory::Extent extent) override;
  Result<bool> settle() override;
  Result<Wake> wait(Awaited what, int timeout_ms) override;
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

  /// False where the region could not, or should not, be registered.
  [[nodiscard]] bool has_fixed_buffers() const { return buffers_ != nullptr; }
  /// io_uring_enter, for all that share the ring.
  [[nodiscard]] const sys::SyscallCounts& syscalls() const { return pump_.ring().syscalls(); }

 private:
  enum class State : std::uint8_t { kFree, kAwaitsResult, kAwaitsNotification };
  struct Slot {
    State state = State::kFree;
    bool took_bytes = false;
    std::uint16_t generation = 0;
  };
  /// What the kernel said of the send under way.
  struct Outcome {
    bool is_known = false;
    int result = 0;
  };

  SendZcSender(RingPump& pump, const SendZcOptions& options);
  Status register_region();

  // CompletionTaker
  void take(RingTag tag, const sys::RingCompletion& completion) override;
  void take_result(std::uint16_t slot, const sys::RingCompletion& completion);
  void take_notification(std::uint16_t slot, const sys::RingCompletion& completion);
  void free_slot(std::uint16_t slot);

  /// Hands one send to the kernel and returns its result.
  Result<int> send_once(memory::Extent extent, bool is_zero_copy);
  Result<int> await_result();
  Status watch_for_room();

  std::unique_ptr<RingPump> own_pump_;
  RingPump& pump_;
  std::optional<FixedBuffers> own_buffers_;
  const FixedBuffers* buffers_;
  std::uint32_t place_ = 0;
  bool has_place_ = false;
  int socket_fd_;
  std::span<std::byte> region_;
  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_slots_;
  Outcome outcome_;
  bool is_watching_ = false;  // A poll for room is under way.
  bool has_room_ = true;      // It said so, or the kernel was not asked.
  Status failure_;            // What a completion should never have said.
  SendCounts counts_;
};

}  // namespace nobounce::path
