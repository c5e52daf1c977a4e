// SPDX-License-Identifier: Apache-2.0
// Exchange: answers to requests. A request goes the measured way, out of the sender's region into
// the receiver's; its answer comes back over the same connection by plain sockets, as short
// messages of control do, and what it holds means nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "path/sender.h"
#include "sys/socket_calls.h"

namespace nobounce::transfer {

/// Neither end keeps more for one.
inline constexpr std::uint64_t kMaxAnswerBytes = std::uint64_t{1} << 20;

/// Turns Nagle's algorithm off, which would hold the end of a request, or an answer, back until
/// what went before is acknowledged. Errors: those of setsockopt.
Status send_at_once(sys::SocketCalls& socket);

/// Sends all of `answer`. Errors: kPeerClosed, kTimeout, kInterrupted.
Status send_answer(sys::SocketCalls& socket, std::span<const std::byte> answer, int timeout_ms);

/// Receives as many bytes as `into` has, and meanwhile takes in what the kernel says of the sends
/// before: their notifications would end each wait at once. Errors: kPeerClosed where the stream
/// ends before, kTimeout, kInterrupted, those of the sender.
Status await_answer(sys::SocketCalls& socket, path::Sender& sender, std::span<std::byte> into,
                    int timeout_ms);

}  // namespace nobounce::transfer
