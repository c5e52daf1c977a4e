// SPDX-License-Identifier: Apache-2.0
#include "lab/output_relay.h"

#include <limits.h>

#include "sys/byte_stream.h"

namespace nobounce::lab {

pollfd OutputRelay::wish_to_read() const {
  return {.fd = held().empty() ? from_.get() : -1, .events = POLLIN, .revents = 0};
}

pollfd OutputRelay::wish_to_write() const {
  return {.fd = held().empty() ? -1 : to_, .events = POLLOUT, .revents = 0};
}

Status OutputRelay::move_on(const pollfd& readable, const pollfd& writable) {
  if (readable.revents != 0 && from_.is_open() && held().empty()) {
    buffer_.resize(kCapacity);
    written_ = 0;
    auto got = sys::read_some(from_.get(), buffer_, name_);
    buffer_.resize(got && *got ? **got : 0);
    if (!got) return fail(std::move(got).error());
    buffer_ = mark_.mark(std::move(buffer_));
    if (*got && **got == 0) {
      buffer_ = mark_.finish();
      from_.reset();
    }
  }
  if (writable.revents != 0 && !held().empty()) {
    // A pipe that poll calls writable takes PIPE_BUF bytes without blocking, and promises no more.
    NB_ASSIGN(const auto put, sys::write_some(to_, held().substr(0, PIPE_BUF), name_));
    written_ += put.value_or(0);
  }
  return {};
}

}  // namespace nobounce::lab
