// SPDX-License-Identifier: Apache-2.0
// OutputRelay: carries one stream of the guest to one of ours, without ever blocking the loop that
// drives it: a reader that stopped reading our output must not keep Ctrl-C from being heard.
#pragma once

#include <poll.h>

#include <string>

#include "base/result.h"
#include "lab/line_mark.h"
#include "sys/fd.h"

namespace nobounce::lab {

/// Holds at most kCapacity bytes, and the marks of its lines; while it holds some it reads no more,
/// and the guest waits.
class OutputRelay {
 public:
  static constexpr std::size_t kCapacity = std::size_t{64} * 1024;

  OutputRelay() = default;
  /// `from` is non-blocking; `to` is somebody else's (blocking) descriptor and stays theirs. Where
  /// there is a mark the stream goes by lines.
  OutputRelay(sys::Fd from, int to, std::string name, LineMark mark = {})
      : from_(std::move(from)), to_(to), name_(std::move(name)), mark_(std::move(mark)) {}

  /// False once all that ever came has been written.
  [[nodiscard]] bool is_open() const { return from_.is_open() || !held().empty(); }
  [[nodiscard]] pollfd wish_to_read() const;
  [[nodiscard]] pollfd wish_to_write() const;
  /// Does what the two, polled, allow. Errors: kPeerClosed if nobody reads our output any more.
  Status move_on(const pollfd& readable, const pollfd& writable);

 private:
  [[nodiscard]] std::string_view held() const { return std::string_view(buffer_).substr(written_); }

  sys::Fd from_;
  int to_ = -1;
  std::string name_;
  LineMark mark_;
  std::string buffer_;
  std::size_t written_ = 0;
};

}  // namespace nobounce::lab
