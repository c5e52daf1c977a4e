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
#include <vector>

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
  [[nodiscard]] RingPump& pump() { return pump_; }
  /// io_uring_enter, for all connections of the ring.
  [[nodiscard]] const sys::SyscallCounts& syscalls() const { return pump_.ring().syscalls(); }

 private:
  friend class ZcrxReceiver;

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// A completion's reference to a niov, from when it is taken to when it is in the refill ring.
  struct Reference {
    std::uint32_t niov = 0;
    std::uint32_t begin = 0;     // In the niov: of what was not yet handed on.
    std::uint32_t length = 0;    // Likewise.
    std::uint32_t on_loan = 0;   // Frags made of it that have not come back.
    std::uint32_t next = kNone;  // In the list that it is in.
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
  /// A frag, or a part of one.
  struct Piece {
    std::uint32_t reference = kNone;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  ZcrxQueue(RingPump& pump, const ZcrxOptions& options, const ZcrxFeatures& features,
            ZcrxRefill refill);
  Status enter_service(const ZcrxOptions& options);

  // CompletionTaker
  void take(RingTag tag, const sys::RingCompletion& completion) override;
  [[nodiscard]] std::uint32_t room() const override { return free_references_; }
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
  /// The next of what has come, `max_bytes` (not 0) of it at the most; reference kNone for nothing.
  Piece next_piece(std::uint32_t index, std::uint64_t max_bytes);
  /// A piece came back; `finish_returns` ends a batch of them.
  void return_piece(std::uint32_t index);
  /// Moves what has come back into the refill ring, as far as that has room.
  Status finish_returns();
  [[nodiscard]] bool is_anything_out() const { return free_references_ < references_.size(); }

  void append(List& list, std::uint32_t reference);
  std::uint32_t pop(List& list);
  void free_connection(Connection& connection);
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
  std::vector<Reference> references_;
  List free_;
  std::uint32_t free_references_ = 0;
  List retired_;               // Came back, and found the refill ring full.
  std::uint64_t returns_ = 0;  // References that came back.
  std::vector<Connection> connections_;
  std::uint32_t open_connections_ = 0;
  std::uint64_t allocation_failures_ = 0;
  bool is_event_due_ = false;  // The event has fired and wants to be armed.
};

}  // namespace nobounce::path
