// SPDX-License-Identifier: Apache-2.0
// ZcrxQueue: an interface queue of io_uring zero-copy receive, with its area and refill ring, for
// any number of connections.
//
// The NIC writes payload into the area; completions only say where; what was used goes back through
// the refill ring, in plain memory, without a system call. Follows
// Documentation/networking/iou-zcrx.rst and io_uring/zcrx.c of Linux 7.3. It wants CAP_NET_ADMIN in
// the initial user namespace. Header split and the flow rule are the business of room nic.
//
// The kernel keeps the interface queue until the ring is closed, and gives the NIC's queue back a
// moment after that, not at once: whoever wants to change the NIC has to wait until it is free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/distribution.h"
#include "base/figure.h"
#include "path/frag.h"
#include "path/ring_pump.h"
#include "path/zcrx_features.h"
#include "path/zcrx_options.h"
#include "path/zcrx_refill.h"

namespace nobounce::path {

/// What the kernel tells of a queue.
struct ZcrxStatistics {
  Figure<std::uint64_t> copies;        ///< Frags that were copied, as they were not in the area.
  Figure<std::uint64_t> copied_bytes;  ///< Of frags alone: a packet's linear part is not counted.
  /// Times the pool was seen to be empty; once at the most between two give-backs.
  Figure<std::uint64_t> allocation_failures;
};

/// Of one thread: that which opened the ring. Receivers must die before it.
class ZcrxQueue final : private CompletionTaker {
 public:
  /// Opens a ring of its own. Errors: as below, those of sys::open_io_uring.
  static Result<std::unique_ptr<ZcrxQueue>> open(const ZcrxOptions& options);
  /// Registers with the ring of `pump`, which must outlive the queue.
  /// Errors: kUnsupported (kernel, NIC or memory lack something, named with its probe),
  /// kPermission, kBusy (queue bound already), kNotFound (no such interface or queue), kExhausted.
  static Result<std::unique_ptr<ZcrxQueue>> open(RingPump& pump, const ZcrxOptions& options);
  ~ZcrxQueue();
  ZcrxQueue(const ZcrxQueue&) = delete;
  ZcrxQueue& operator=(const ZcrxQueue&) = delete;

  [[nodiscard]] const ZcrxFeatures& features() const { return features_; }
  [[nodiscard]] std::uint64_t area_size() const { return area_size_; }
  [[nodiscard]] std::uint32_t niov_size() const { return niov_size_; }
  /// Looks the figures up; not for a data path's loop.
  [[nodiscard]] ZcrxStatistics statistics() const;
  /// See Receiver::refill_depth(); of all connections.
  [[nodiscard]] const Distribution& refill_depth() const { return refill_depth_; }
  [[nodiscard]] RingPump& pump() { return pump_; }
  /// io_uring_enter, for all connections of the ring.
  [[nodiscard]] const sys::SyscallCounts& syscalls() const { return pump_.ring().syscalls(); }

 private:
  friend class ZcrxReceiver;

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// A completion that is not yet handed on, or only in parts, or whose niov waits for room in the
  /// refill ring. Those that become one frag at once, which is nearly all, need none.
  struct Reference {
    std::uint64_t offset = 0;    // In the area: of what was not yet handed on, or of its end.
    std::uint32_t length = 0;    // Of what was not yet handed on.
    std::uint32_t on_loan = 0;   // Frags made of it that have not come back.
    std::uint32_t next = kNone;  // In the list that it is in.
    bool is_parted = false;      // It has become more than one frag, or will.
  };
  struct List {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };
  /// Where one receiver's request stands.
  struct Connection {
    enum class State : std::uint8_t { kFree, kOpen, kClosing };
    State state = State::kFree;
    bool is_armed = false;
    bool is_starved = false;  // The kernel had no niov to copy into.
    std::uint16_t generation = 0;
    int socket_fd = -1;
    List pending;                       // Taken from the ring, not handed on.
    std::uint64_t starved_returns = 0;  // returns_ at that time.
    std::uint32_t starved_times = 0;    // Since data came.
    std::uint64_t no_room_ends = 0;
    bool has_ended = false;
    Status failure;  // What ended it, once `pending` is handed on.
  };
  /// Frags as they were made of completions.
  struct Taken {
    std::uint32_t frags = 0;
    std::uint32_t parted = 0;  // Of these, parts of completions.
    std::uint64_t bytes = 0;
  };
  /// Where the completions of one connection become frags as they are taken from the ring.
  struct Landing {
    std::uint64_t user_data = 0;  // Of the completions.
    std::span<Frag> slots;
    std::uint64_t max_bytes = 0;
    Taken taken;
  };

  ZcrxQueue(RingPump& pump, const ZcrxOptions& options, const ZcrxFeatures& features,
            ZcrxRefill refill);
  Status enter_service(const ZcrxOptions& options);

  // CompletionTaker
  void take(RingTag tag, const sys::RingCompletion& completion) override;
  CompletionTaker::Taken take_run(RingTag tag, const sys::CompletionRun& run) override;
  std::size_t land(const sys::CompletionRun& run);
  void take_data(Connection& connection, const sys::RingCompletion& completion);
  void take_end(Connection& connection, int result);

  // For receivers.
  Result<std::uint32_t> add_connection(int socket_fd);
  void remove_connection(std::uint32_t index);
  [[nodiscard]] const Connection& connection(std::uint32_t index) const {
    return connections_[index];
  }
  /// Asks the kernel for the connection's data, unless that was done or has no prospect.
  Status arm(std::uint32_t index);
  /// Hands on what has come and waits, `max_bytes` of it at the most, in as many frags as there are
  /// slots. A part of a completion has its reference in the slot of `references`; others have
  /// kNone.
  Taken take_pending(std::uint32_t index, std::uint64_t max_bytes, std::span<Frag> slots,
                     std::span<std::uint32_t> references);
  /// Takes what there is off the ring. Of this connection it becomes frags at once, `max_bytes` at
  /// the most, and what else there is waits for `take_pending`.
  Result<Taken> take_from_ring(std::uint32_t index, std::uint64_t max_bytes, std::span<Frag> slots);
  /// Frags came back, each a whole completion, or one that was a part; `finish_returns` ends a
  /// batch.
  void return_frags(std::span<const Frag> frags);
  void return_part(std::uint32_t reference);
  /// Moves what has come back into the refill ring, as far as that has room.
  Status finish_returns();
  /// How many more completions may be out at a time.
  [[nodiscard]] std::uint32_t room() const { return room_; }
  [[nodiscard]] bool is_anything_out() const { return room_ < references_.size(); }

  std::uint32_t new_reference(std::uint64_t offset, std::uint32_t length);
  void free_reference(std::uint32_t reference);
  void append(List& list, std::uint32_t reference);
  std::uint32_t pop(List& list);
  void free_connection(Connection& connection);
  bool give_back(std::uint32_t reference);
  void move_retired();
  Status flush();
  Status control(std::uint32_t operation, std::uint32_t argument, const char* name);

  std::unique_ptr<RingPump> own_pump_;  // Of the queue alone, or none.
  RingPump& pump_;
  std::uint32_t place_ = kNone;  // Among the takers of the pump.
  ZcrxFeatures features_;
  std::uint64_t area_size_ = 0;
  std::uint64_t area_token_ = 0;
  std::uint32_t niov_size_ = 0;
  std::uint32_t id_ = 0;
  bool is_dma_buf_ = false;
  bool has_nic_ = false;
  std::uint32_t flush_threshold_ = 0;  // Without a NIC: waiting entries that are worth a flush.
  ZcrxRefill refill_;
  Distribution refill_depth_;
  std::vector<Reference> references_;
  std::uint32_t first_free_ = kNone;  // The one freed last, which a cache still has.
  std::uint32_t room_ = 0;            // There is a free reference for each that is out, and more.
  Landing* landing_ = nullptr;        // While the ring is emptied for one receiver.
  List retired_;                      // Came back, and found the refill ring full.
  std::uint64_t returns_ = 0;         // References that are in the refill ring again.
  std::uint64_t told_returns_ = 0;    // Of these, what `finish_returns` made known.
  std::vector<Connection> connections_;
  std::uint32_t open_connections_ = 0;
  std::uint64_t allocation_failures_ = 0;
  bool is_event_due_ = false;  // The event has fired and wants to be armed.
};

}  // namespace nobounce::path
