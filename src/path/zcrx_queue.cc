// SPDX-License-Identifier: Apache-2.0
#include "path/zcrx_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "path/socket_error.h"
#include "path/zcrx_registration.h"
#include "sys/uapi/io_uring_zcrx.h"

namespace nobounce::path {

namespace uapi = sys::uapi;

namespace {

// A tag: what it is of, then the generation and the index of the connection.
enum class TagKind : std::uint8_t { kData, kCancel, kEvent };

constexpr RingTag make_tag(TagKind kind, std::uint16_t generation, std::uint32_t index) {
  return RingTag{static_cast<std::uint8_t>(kind)} << 32 | RingTag{generation} << 16 | index;
}

Error misspoke(std::string cause) {
  return {.code = Code::kProtocol,
          .operation = "receive",
          .object = "zcrx completions",
          .cause = std::move(cause),
          .fix = {}};
}

std::uint32_t refill_entries(const ZcrxOptions& options) {
  const auto bounded =
      std::clamp<std::uint64_t>(max_frags_of(options), 64, uapi::kMaxRefillEntries);
  return std::bit_floor(static_cast<std::uint32_t>(bounded));
}

// No frag is larger than a niov, or reaches over into another; niovs fill the area.
bool lies_in_niov(std::uint64_t offset, std::uint32_t length, std::uint32_t niov_size,
                  std::uint64_t area_size) {
  const std::uint64_t last = (offset & (niov_size - 1)) + std::uint64_t{length - 1};
  return offset < area_size && last < niov_size;
}

/// What completions of frags have in common.
struct Expected {
  std::uint64_t user_data;
  std::uint64_t token;
  std::uint64_t area_size;
  std::uint32_t niov_size;
};
struct Made {
  std::uint32_t frags = 0;
  std::uint64_t bytes = 0;
};

// This is all that runs once a frag where a stream is fast. It ends before the first completion
// that is anything but a frag. It stands alone so that all it works with stays in registers: a
// store to a slot could else be one to a member.
[[gnu::noinline]] Made make_frags(std::span<const sys::RingCompletion> completions, Frag* slot,
                                  Expected expected) {
  const sys::RingCompletion* from = completions.data();
  const sys::RingCompletion* const end = from + completions.size();
  std::uint64_t bytes = 0;
  for (; from != end; ++from, ++slot) {
    const std::uint64_t offset = from->extra - expected.token;
    const auto length = static_cast<std::uint32_t>(from->result);
    if (from->user_data != expected.user_data || (from->flags & IORING_CQE_F_MORE) == 0 ||
        !lies_in_niov(offset, length, expected.niov_size, expected.area_size)) [[unlikely]] {
      break;
    }
    // A slot of a zcrx receiver never says anything else of where a frag is.
    slot->region_offset = offset;
    slot->length = length;
    bytes += length;
  }
  return {.frags = static_cast<std::uint32_t>(from - completions.data()), .bytes = bytes};
}

// Without a NIC nobody empties the refill ring but we. What waits there is missing in the area, so
// a quarter of that is a batch, or half of the ring.
std::uint32_t flush_threshold(const ZcrxOptions& options, const ZcrxRefill& refill) {
  const std::uint64_t niovs = area_size_of(options) / niov_size_of(options);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(niovs / 4, 1, refill.entries() / 2));
}

}  // namespace

Result<std::unique_ptr<ZcrxQueue>> ZcrxQueue::open(const ZcrxOptions& options) {
  NB_ASSIGN(auto ring, sys::open_io_uring(ring_for_zcrx(options)));
  NB_ASSIGN(auto pump, RingPump::open(std::move(ring), options.stop_fd));
  NB_ASSIGN(auto queue, open(*pump, options));
  queue->own_pump_ = std::move(pump);
  return queue;
}

Result<std::unique_ptr<ZcrxQueue>> ZcrxQueue::open(RingPump& pump, const ZcrxOptions& options) {
  const ZcrxFeatures features = ask_zcrx_features(pump.ring());
  NB_TRY(check_zcrx_options(options, features));
  NB_ASSIGN(ZcrxRefill refill, ZcrxRefill::open(refill_entries(options)));
  std::unique_ptr<ZcrxQueue> queue(new ZcrxQueue(pump, options, features, std::move(refill)));
  NB_TRY(queue->enter_service(options));
  return queue;
}

ZcrxQueue::ZcrxQueue(RingPump& pump, const ZcrxOptions& options, const ZcrxFeatures& features,
                     ZcrxRefill refill)
    : pump_(pump),
      features_(features),
      area_size_(area_size_of(options)),
      niov_size_(niov_size_of(options)),
      is_dma_buf_(options.dma_buf_fd >= 0),
      has_nic_(options.if_index != 0),
      flush_threshold_(flush_threshold(options, refill)),
      refill_(std::move(refill)),
      references_(completions_for_zcrx(options)),
      connections_(options.max_connections) {
  for (std::uint32_t i = 0; i < references_.size(); ++i)
    free_reference(i);
  room_ = static_cast<std::uint32_t>(references_.size());
}

Status ZcrxQueue::enter_service(const ZcrxOptions& options) {
  NB_ASSIGN(place_, pump_.join(*this));
  std::optional<std::uint64_t> events;
  if (features_.has_events) events = pump_.user_data(place_, make_tag(TagKind::kEvent, 0, 0));
  NB_ASSIGN(const ZcrxRegistered registered, register_zcrx(pump_.ring(), options, events, refill_));
  id_ = registered.id;
  area_token_ = registered.area_token;
  return {};
}

ZcrxQueue::~ZcrxQueue() {
  if (place_ != kNone) pump_.leave(place_);
}

ZcrxStatistics ZcrxQueue::statistics() const {
  if (!features_.has_events) {
    const NotAvailable missing{"zcrx: no statistics here (IORING_REGISTER_QUERY)"};
    return {.copies = missing, .copied_bytes = missing, .allocation_failures = missing};
  }
  const uapi::ZcrxStatistics told = refill_.statistics();
  return {.copies = told.copies,
          .copied_bytes = told.copied_bytes,
          .allocation_failures = allocation_failures_};
}

std::uint32_t ZcrxQueue::new_reference(std::uint64_t offset, std::uint32_t length) {
  const std::uint32_t reference = first_free_;
  assert(reference != kNone);
  first_free_ = references_[reference].next;
  references_[reference] = {.offset = offset, .length = length};
  return reference;
}

void ZcrxQueue::free_reference(std::uint32_t reference) {
  references_[reference].next = std::exchange(first_free_, reference);
}

void ZcrxQueue::append(List& list, std::uint32_t reference) {
  references_[reference].next = kNone;
  if (list.first == kNone) {
    list.first = reference;
  } else {
    references_[list.last].next = reference;
  }
  list.last = reference;
}

std::uint32_t ZcrxQueue::pop(List& list) {
  const std::uint32_t reference = list.first;
  assert(reference != kNone);
  list.first = references_[reference].next;
  if (list.first == kNone) list.last = kNone;
  return reference;
}

// What completions say.

CompletionTaker::Taken ZcrxQueue::take_run(RingTag tag, const sys::CompletionRun& run) {
  const bool may_land = landing_ != nullptr && run[0].user_data == landing_->user_data;
  if (may_land) {
    // No news for others, and the one whose it is has it.
    if (const std::size_t landed = land(run); landed > 0) return {landed, false};
  }
  if (room_ == 0 && static_cast<TagKind>(tag >> 32) == TagKind::kData) return {.count = 0};
  // Nothing that comes behind it may overtake it.
  if (may_land) landing_->slots = {};
  take(tag, run[0]);
  return {.count = 1};
}

std::size_t ZcrxQueue::land(const sys::CompletionRun& run) {
  Landing& to = *landing_;
  // So many fit, however long each is.
  const std::size_t most = std::min<std::size_t>(
      {run.wide().size(), to.slots.size(), room_, to.max_bytes >> std::countr_zero(niov_size_)});
  const Made made = make_frags(run.wide().first(most), to.slots.data(),
                               {.user_data = to.user_data,
                                .token = area_token_,
                                .area_size = area_size_,
                                .niov_size = niov_size_});
  to.slots = to.slots.subspan(made.frags);
  to.max_bytes -= made.bytes;
  to.taken.frags += made.frags;
  to.taken.bytes += made.bytes;
  room_ -= made.frags;
  return made.frags;
}

void ZcrxQueue::take(RingTag tag, const sys::RingCompletion& completion) {
  const auto kind = static_cast<TagKind>(tag >> 32);
  if (kind == TagKind::kEvent) {
    ++allocation_failures_;
    is_event_due_ = true;
    return;
  }
  const auto index = static_cast<std::uint32_t>(tag & 0xffff);
  const auto generation = static_cast<std::uint16_t>(tag >> 16);
  if (kind != TagKind::kData || index >= connections_.size()) return;
  Connection& connection = connections_[index];
  if (connection.state == Connection::State::kFree || connection.generation != generation) return;

  if ((completion.flags & IORING_CQE_F_MORE) != 0) {
    take_data(connection, completion);
  } else {
    take_end(connection, completion.result);
    if (connection.state == Connection::State::kClosing) free_connection(connection);
  }
}

void ZcrxQueue::take_data(Connection& connection, const sys::RingCompletion& completion) {
  const std::uint64_t offset = completion.extra - area_token_;
  const auto length = static_cast<std::uint32_t>(completion.result);
  if (!lies_in_niov(offset, length, niov_size_, area_size_)) {
    if (connection.failure) {
      connection.failure =
          fail(misspoke(fmt::format("a frag of {} bytes at {:#x}, the area has {}",
                                    completion.result, completion.extra, area_size_)));
    }
    return;
  }
  const std::uint32_t reference = new_reference(offset, length);
  --room_;
  connection.starved_times = 0;
  if (connection.state == Connection::State::kOpen && connection.failure) {
    append(connection.pending, reference);
  } else {
    append(retired_, reference);
  }
}

// The request has ended; most reasons are no reason to give the connection up.
void ZcrxQueue::take_end(Connection& connection, int result) {
  connection.is_armed = false;
  if (!connection.failure) return;
  switch (-result) {
    case 0:
      connection.has_ended = true;
      return;
    case ENOSPC:  // No room for completions.
      ++connection.no_room_ends;
      return;
    case ENOMEM:  // No niov to copy into what came outside of the area.
      connection.is_starved = true;
      ++connection.starved_times;
      connection.starved_returns = returns_;
      return;
    case ENOBUFS:
    case EINTR:
    case EAGAIN:
      return;
    case EFAULT:
      connection.failure = fail(receive_error(ENODEV, Path::kZcrx));
      return;
    default:
      connection.failure = result > 0 ? fail(misspoke("the end of a request bears bytes"))
                                      : fail(receive_error(-result, Path::kZcrx));
  }
}

// What receivers ask for.

Result<std::uint32_t> ZcrxQueue::add_connection(int socket_fd) {
  const auto free = std::find_if(
      connections_.begin(), connections_.end(),
      [](const Connection& connection) { return connection.state == Connection::State::kFree; });
  if (free == connections_.end()) {
    return fail({.code = Code::kExhausted,
                 .operation = "receive on",
                 .object = "a zcrx queue",
                 .cause = fmt::format("it has its {} connections", connections_.size()),
                 .fix = {}});
  }
  const std::uint16_t generation = free->generation;
  *free = {};
  free->state = Connection::State::kOpen;
  free->generation = generation;
  free->socket_fd = socket_fd;
  ++open_connections_;
  return static_cast<std::uint32_t>(free - connections_.begin());
}

void ZcrxQueue::free_connection(Connection& connection) {
  connection.state = Connection::State::kFree;
  ++connection.generation;
}

void ZcrxQueue::remove_connection(std::uint32_t index) {
  Connection& connection = connections_[index];
  while (connection.pending.first != kNone)
    append(retired_, pop(connection.pending));
  connection.state = Connection::State::kClosing;
  --open_connections_;
  if (connection.is_armed) {
    // The request holds the socket open, so it must go. Its last completion frees the place.
    const auto cancel =
        pump_.submission(place_, make_tag(TagKind::kCancel, connection.generation, index));
    if (cancel) {
      (*cancel)->opcode = IORING_OP_ASYNC_CANCEL;
      (*cancel)->fd = -1;
      (*cancel)->addr =
          pump_.user_data(place_, make_tag(TagKind::kData, connection.generation, index));
      // A failure shows again in the next call for a connection that lives.
      static_cast<void>(pump_.pump());
    }
  } else {
    free_connection(connection);
  }
  static_cast<void>(finish_returns());
}

Status ZcrxQueue::arm(std::uint32_t index) {
  Connection& connection = connections_[index];
  if (connection.is_armed || connection.has_ended || !connection.failure) return {};
  if (connection.is_starved) {
    if (is_dma_buf_) return {};
    // The NIC may have let niovs go meanwhile, so asking once more is never wrong.
    bool has_prospect = connection.starved_returns != returns_ || connection.starved_times == 1;
    // What went back through the ring waits there for the NIC; a copy can't use it before.
    if (features_.has_flush && refill_.waiting() > 0) {
      NB_TRY(flush());
      has_prospect = true;
    }
    if (!has_prospect) return {};
    connection.is_starved = false;
  }
  NB_ASSIGN(io_uring_sqe * request,
            pump_.submission(place_, make_tag(TagKind::kData, connection.generation, index)));
  request->opcode = uapi::kOpRecvZc;
  request->fd = connection.socket_fd;
  request->ioprio = IORING_RECV_MULTISHOT;
  request->file_index = id_;  // Its name since Linux 6.15 is zcrx_ifq_idx.
  connection.is_armed = true;
  return {};
}

ZcrxQueue::Taken ZcrxQueue::take_pending(std::uint32_t index, std::uint64_t max_bytes,
                                         std::span<Frag> slots,
                                         std::span<std::uint32_t> references) {
  List& pending = connections_[index].pending;
  const std::size_t room = std::min(slots.size(), references.size());
  Taken taken;
  while (pending.first != kNone && taken.frags < room && taken.bytes < max_bytes) {
    const std::uint32_t next = pending.first;
    Reference& from = references_[next];
    const auto length =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(from.length, max_bytes - taken.bytes));
    slots[taken.frags].region_offset = from.offset;
    slots[taken.frags].length = length;
    from.is_parted = from.is_parted || length < from.length;
    if (length == from.length) pop(pending);
    if (from.is_parted) {
      references[taken.frags] = next;
      ++taken.parted;
      ++from.on_loan;
      from.offset += length;
      from.length -= length;
    } else {
      free_reference(next);
    }
    ++taken.frags;
    taken.bytes += length;
  }
  return taken;
}

Result<ZcrxQueue::Taken> ZcrxQueue::take_from_ring(std::uint32_t index, std::uint64_t max_bytes,
                                                   std::span<Frag> slots) {
  const Connection& connection = connections_[index];
  assert(connection.pending.first == kNone);
  Landing landing{
      .user_data = pump_.user_data(place_, make_tag(TagKind::kData, connection.generation, index)),
      .slots = slots,
      .max_bytes = max_bytes,
      .taken = {}};
  // What ended the connection is told once, and nothing after it.
  if (connection.failure) landing_ = &landing;
  const Status status = pump_.pump();
  landing_ = nullptr;
  if (landing.taken.frags > 0) connections_[index].starved_times = 0;
  NB_TRY(status);
  return landing.taken;
}

void ZcrxQueue::return_frags(std::span<const Frag> frags) {
  std::size_t back = 0;
  if (retired_.first == kNone) {
    back = refill_.push(frags, niov_size_);
    room_ += static_cast<std::uint32_t>(back);
    returns_ += back;
  }
  for (const Frag& frag : frags.subspan(back))
    append(retired_, new_reference(frag.region_offset, static_cast<std::uint32_t>(frag.length)));
}

void ZcrxQueue::return_part(std::uint32_t index) {
  Reference& reference = references_[index];
  assert(reference.on_loan > 0);
  --reference.on_loan;
  if (reference.on_loan > 0 || reference.length > 0) return;
  if (retired_.first != kNone || !give_back(index)) append(retired_, index);
}

Status ZcrxQueue::finish_returns() {
  if (retired_.first == kNone && returns_ == told_returns_) return {};
  move_retired();
  const bool is_full = retired_.first != kNone;
  const std::uint32_t waiting = refill_.waiting();
  refill_depth_.add(waiting);
  const bool is_batch = !has_nic_ && waiting >= flush_threshold_;
  if (features_.has_flush && (is_full || is_batch)) {
    NB_TRY(flush());
    move_retired();
  }
  const bool is_any_back = std::exchange(told_returns_, returns_) != returns_;
  if (is_event_due_ && is_any_back) {
    is_event_due_ = false;
    NB_TRY(control(uapi::kZcrxControlArmEvent, uapi::kZcrxEventAllocationFailed, "arm events of"));
  }
  return {};
}

// False if the refill ring is full.
bool ZcrxQueue::give_back(std::uint32_t index) {
  // The niov that the reference is of; its offset may be the niov's end.
  const Reference& reference = references_[index];
  const std::uint64_t inside = reference.offset - (reference.length == 0 ? 1 : 0);
  if (!refill_.push(inside & ~std::uint64_t{niov_size_ - 1})) return false;
  free_reference(index);
  ++room_;
  ++returns_;
  return true;
}

void ZcrxQueue::move_retired() {
  while (retired_.first != kNone) {
    const std::uint32_t index = retired_.first;
    const std::uint32_t next = references_[index].next;
    if (!give_back(index)) break;
    retired_.first = next;
  }
  if (retired_.first == kNone) retired_.last = kNone;
  refill_.publish();
}

Status ZcrxQueue::flush() {
  return control(uapi::kZcrxControlFlush, 0, "flush the refill ring of");
}

Status ZcrxQueue::control(std::uint32_t operation, std::uint32_t argument, const char* name) {
  uapi::ZcrxControl control{};
  control.id = id_;
  control.operation = operation;
  control.argument = argument;
  const int result = pump_.ring().register_with(uapi::kZcrxControlRegister, &control, 0);
  if (result < 0 && result != -EINTR) return fail(error_from_errno(-result, name, "a zcrx queue"));
  return {};
}

}  // namespace nobounce::path
