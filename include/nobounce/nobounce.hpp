// SPDX-License-Identifier: Apache-2.0
// The C API as C++20: owners that close themselves, spans, and errors that are thrown.
//
// Header only, and nothing but nobounce.h beneath it, so that the one stable ABI stays that of C
// and the program may be built with any compiler and standard library. What the functions do, who
// owns what and which threads may use it, nobounce.h says; here stands only what differs:
//
// - A failure throws nobounce::Error. Where exceptions aren't wanted, use the C API.
// - Options are structs with defaults, for designated initializers: Region({.size_bytes = 1 <<
// 20}).
// - Objects are move-only. A moved-from object may be destroyed and assigned to, nothing else.
// - A Batch must not outlive its Receiver.
#pragma once

#if __cplusplus < 202002L
#error "nobounce.hpp wants C++20; nobounce.h wants C99"
#endif

#include <nobounce/nobounce.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Inline, so that these names never meet those of the library behind them.
namespace nobounce::inline cxx_0 {

/// What failed and why; `what()` is the whole message, with the fix.
class Error : public std::runtime_error {
 public:
  /// Takes `error` over.
  Error(nb_code code, nb_error* error)
      : std::runtime_error(error != nullptr ? nb_error_message(error) : nb_code_name(code)),
        code_(code),
        error_(error, nb_error_free) {}
  Error(nb_code code, const char* message) : std::runtime_error(message), code_(code) {}

  [[nodiscard]] nb_code code() const noexcept { return code_; }
  [[nodiscard]] int sys_errno() const noexcept { return nb_error_errno(error_.get()); }
  [[nodiscard]] const char* operation() const noexcept { return nb_error_operation(error_.get()); }
  [[nodiscard]] const char* object() const noexcept { return nb_error_object(error_.get()); }
  [[nodiscard]] const char* cause() const noexcept { return nb_error_cause(error_.get()); }
  [[nodiscard]] const char* fix() const noexcept { return nb_error_fix(error_.get()); }

 private:
  nb_code code_;
  std::shared_ptr<nb_error> error_;  // Shared, as exceptions are copied.
};

namespace detail {

/// Calls `function(arguments…, &error)` and throws what it says.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments) {
  nb_error* error = nullptr;
  if (const nb_code code = function(arguments..., &error); code != NB_OK) throw Error(code, error);
}

inline const char* text_or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace detail

/// The library's version; that of the headers is NB_VERSION_MAJOR and so on.
inline std::string version() {
  return nb_version();
}

struct RegionOptions {
  std::string provider{};  ///< Empty: "udmabuf" where this host has it, else "host".
  std::uint64_t size_bytes = 0;
  bool huge_pages = false;
};

/// Memory that payload lands in, or leaves from.
class Region {
 public:
  explicit Region(const RegionOptions& options) {
    nb_region_options plain{};
    plain.struct_size = sizeof plain;
    plain.provider = detail::text_or_null(options.provider);
    plain.size_bytes = options.size_bytes;
    plain.huge_pages = options.huge_pages ? 1 : 0;
    nb_region* opened = nullptr;
    detail::call(nb_region_open, &plain, &opened);
    region_.reset(opened);
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return nb_region_size(region_.get()); }
  [[nodiscard]] std::string provider() const { return nb_region_provider(region_.get()); }

  /// All of it as the CPU sees it.
  [[nodiscard]] std::span<std::byte> data() {
    void* bytes = nullptr;
    detail::call(nb_region_data, region_.get(), &bytes);
    return {static_cast<std::byte*>(bytes), static_cast<std::size_t>(size())};
  }
  /// A frag's bytes, wherever they lie; valid until its batch is released.
  [[nodiscard]] std::span<const std::byte> bytes_of(const nb_frag& frag) {
    const auto* const from = frag.host != nullptr ? static_cast<const std::byte*>(frag.host)
                                                  : data().data() + frag.region_offset;
    return {from, static_cast<std::size_t>(frag.length)};
  }
  /// Stays the region's.
  [[nodiscard]] int dma_buf_fd() {
    int fd = -1;
    detail::call(nb_region_dma_buf_fd, region_.get(), &fd);
    return fd;
  }
  void load(std::uint64_t offset, std::span<const std::byte> from) {
    detail::call(nb_region_load, region_.get(), offset, static_cast<const void*>(from.data()),
                 static_cast<std::uint64_t>(from.size()));
  }
  void store(std::uint64_t offset, std::span<std::byte> to) {
    detail::call(nb_region_store, region_.get(), offset, static_cast<std::uint64_t>(to.size()),
                 static_cast<void*>(to.data()));
  }
  void fill(std::uint64_t offset, std::uint64_t length, std::uint64_t seed,
            std::uint64_t position) {
    detail::call(nb_region_fill, region_.get(), offset, length, seed, position);
  }
  [[nodiscard]] bool matches(std::uint64_t offset, std::uint64_t length, std::uint64_t seed,
                             std::uint64_t position) {
    bool matches = false;
    detail::call(nb_region_matches, region_.get(), offset, length, seed, position, &matches);
    return matches;
  }

  /// To another region, or to another place in this one.
  void copy(std::uint64_t offset, std::uint64_t length, Region& to, std::uint64_t to_offset) {
    detail::call(nb_region_copy, region_.get(), offset, length, to.region_.get(), to_offset);
  }
  void gather(std::span<const nb_piece> pieces, Region& to) {
    detail::call(nb_region_gather, region_.get(), pieces.data(), pieces.size(), to.region_.get());
  }

  [[nodiscard]] nb_region* get() const noexcept { return region_.get(); }

 private:
  struct Close {
    void operator()(nb_region* region) const noexcept { nb_region_close(region); }
  };
  std::unique_ptr<nb_region, Close> region_;
};

/// A better way that was not taken.
struct PassedOver {
  std::string name;
  std::string reason;
};

/// The path that was taken, and why not the better ones, best first.
struct Choice {
  explicit Choice(const nb_choice* choice)
      : path(nb_choice_path(choice)), kernel_copies(nb_choice_kernel_copies(choice)) {
    for (std::size_t i = 0; i < nb_choice_passed_over_count(choice); ++i) {
      passed_over.push_back(
          {nb_choice_passed_over_name(choice, i), nb_choice_passed_over_reason(choice, i)});
    }
  }

  std::string path;
  bool kernel_copies;
  std::vector<PassedOver> passed_over;
};

using Frag = nb_frag;

/// Frags on loan; its death gives them back, all at once.
class Batch {
 public:
  [[nodiscard]] std::span<const Frag> frags() const noexcept {
    std::size_t count = 0;
    const Frag* first = nb_batch_frags(batch_.get(), &count);
    return {first, count};
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return nb_batch_bytes(batch_.get()); }

  /// Gives them back now, and says what the kernel refused.
  void release() { detail::call(nb_batch_release, batch_.release()); }

 private:
  friend class Receiver;
  explicit Batch(nb_batch* batch) : batch_(batch) {}

  struct Release {
    void operator()(nb_batch* batch) const noexcept { nb_batch_release(batch, nullptr); }
  };
  std::unique_ptr<nb_batch, Release> batch_;
};

/// What a receive came to: `batch` is there for NB_DATA.
struct Received {
  nb_outcome outcome = NB_WOULD_BLOCK;
  std::optional<Batch> batch{};
};

/// A connection that is received from.
class Receiver {
 public:
  /// Waits up to `timeout_ms` (0: not at all, -1: for ever) for at most `max_bytes` (0: no limit).
  [[nodiscard]] Received receive(int timeout_ms = -1, std::uint64_t max_bytes = 0) {
    Received received;
    nb_batch* batch = nullptr;
    detail::call(nb_receive, receiver_.get(), max_bytes, timeout_ms, &received.outcome, &batch);
    if (batch != nullptr) received.batch = Batch(batch);
    return received;
  }
  /// For loops that hold one batch at a time: waits for the next one; empty at the end of the
  /// stream.
  [[nodiscard]] std::optional<Batch> next() {
    Received received = receive();
    if (received.outcome == NB_FULL) {
      throw Error(NB_EXHAUSTED, "receive: too much is on loan (fix: release batches first)");
    }
    return std::move(received.batch);
  }
  [[nodiscard]] nb_receive_counts counts() const {
    nb_receive_counts counts{};
    counts.struct_size = sizeof counts;
    detail::call(nb_receiver_counts, receiver_.get(), &counts);
    return counts;
  }

  [[nodiscard]] nb_receiver* get() const noexcept { return receiver_.get(); }

 private:
  friend class Listener;
  explicit Receiver(nb_receiver* receiver) : receiver_(receiver) {}

  struct Close {
    void operator()(nb_receiver* receiver) const noexcept { nb_receiver_close(receiver); }
  };
  std::unique_ptr<nb_receiver, Close> receiver_;
};

/// Waits until one of `receivers`, all of one listener, may have something to say; false after
/// `timeout_ms`. May be wrong, which costs calls that would block.
[[nodiscard]] inline bool wait(std::span<nb_receiver* const> receivers, int timeout_ms = -1) {
  bool ready = false;
  detail::call(nb_wait, receivers.data(), receivers.size(), timeout_ms, &ready);
  return ready;
}

struct ListenOptions {
  std::string address{};              ///< "10.0.0.2:5000"; port 0: the kernel's choice.
  std::string nic{};                  ///< Empty: the one that has the address.
  std::string path{};                 ///< Empty or "auto": the best there is.
  std::uint32_t queue = 0;            ///< 0: chosen.
  std::uint32_t max_connections = 1;  ///< At a time; on path copy each gets a share of the region.
  bool force = false;                 ///< Even a NIC that carries the default route.
  int timeout_ms = -1;                ///< To accept within.
  int stop_fd = -1;                   ///< Ends every wait when it becomes readable. Not owned.
};

/// A NIC made ready, a region tied to it, and a port.
class Listener {
 public:
  Listener(const ListenOptions& options, Region& region) {
    nb_listen_options plain{};
    plain.struct_size = sizeof plain;
    plain.address = options.address.c_str();
    plain.nic = detail::text_or_null(options.nic);
    plain.path = detail::text_or_null(options.path);
    plain.queue = options.queue;
    plain.max_connections = options.max_connections;
    plain.force = options.force ? 1 : 0;
    plain.timeout_ms = options.timeout_ms;
    plain.stop_fd = options.stop_fd;
    nb_listener* opened = nullptr;
    detail::call(nb_listen, &plain, region.get(), &opened);
    listener_.reset(opened);
  }

  [[nodiscard]] std::string address() const { return nb_listener_address(listener_.get()); }
  [[nodiscard]] std::string nic() const { return nb_listener_nic(listener_.get()); }
  [[nodiscard]] Choice choice() const { return Choice(nb_listener_choice(listener_.get())); }
  [[nodiscard]] std::vector<std::string> nic_changes() const {
    std::vector<std::string> changes;
    for (std::size_t i = 0; i < nb_listener_change_count(listener_.get()); ++i)
      changes.emplace_back(nb_listener_change(listener_.get(), i));
    return changes;
  }
  [[nodiscard]] Receiver accept() {
    nb_receiver* receiver = nullptr;
    detail::call(nb_accept, listener_.get(), &receiver);
    return Receiver(receiver);
  }
  /// Puts the NIC back now, and says what could not be. Close the receivers first.
  void close() { detail::call(nb_listener_close, listener_.release()); }

 private:
  struct Close {
    void operator()(nb_listener* listener) const noexcept { nb_listener_close(listener, nullptr); }
  };
  std::unique_ptr<nb_listener, Close> listener_;
};

struct ConnectOptions {
  std::string address{};  ///< Of the peer: "10.0.0.2:5000".
  std::string nic{};      ///< Empty: the one that the route takes.
  std::string path{};     ///< Empty or "auto": the best there is.
  int timeout_ms = -1;    ///< To connect, and to finish, within.
  int stop_fd = -1;       ///< Ends every wait when it becomes readable. Not owned.
};

/// A connection that is sent to. Its death resets it, unless it was finished.
class Sender {
 public:
  Sender(const ConnectOptions& options, Region& region) {
    nb_connect_options plain{};
    plain.struct_size = sizeof plain;
    plain.address = options.address.c_str();
    plain.nic = detail::text_or_null(options.nic);
    plain.path = detail::text_or_null(options.path);
    plain.timeout_ms = options.timeout_ms;
    plain.stop_fd = options.stop_fd;
    nb_sender* opened = nullptr;
    detail::call(nb_connect, &plain, region.get(), &opened);
    sender_.reset(opened);
  }

  [[nodiscard]] std::string nic() const { return nb_sender_nic(sender_.get()); }
  [[nodiscard]] Choice choice() const { return Choice(nb_sender_choice(sender_.get())); }

  /// Sends bytes of the region; how many went before nothing did for `timeout_ms`: all, if -1.
  std::uint64_t send(std::uint64_t offset, std::uint64_t length, int timeout_ms = -1) {
    std::uint64_t sent = 0;
    detail::call(nb_send, sender_.get(), offset, length, timeout_ms, &sent);
    return sent;
  }
  /// True once the region may be written to again.
  bool settle(int timeout_ms = -1) {
    bool settled = false;
    detail::call(nb_settle, sender_.get(), timeout_ms, &settled);
    return settled;
  }
  /// Ends the stream; the peer's kernel has all of it then.
  void finish() { detail::call(nb_finish, sender_.get()); }
  /// Then waits until the peer has closed, and throws where it resets: it could not use the stream.
  void await_close() { detail::call(nb_await_close, sender_.get()); }
  [[nodiscard]] nb_send_counts counts() const {
    nb_send_counts counts{};
    counts.struct_size = sizeof counts;
    detail::call(nb_sender_counts, sender_.get(), &counts);
    return counts;
  }

  [[nodiscard]] nb_sender* get() const noexcept { return sender_.get(); }

 private:
  struct Close {
    void operator()(nb_sender* sender) const noexcept { nb_sender_close(sender); }
  };
  std::unique_ptr<nb_sender, Close> sender_;
};

}  // namespace nobounce::inline cxx_0
