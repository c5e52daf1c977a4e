// SPDX-License-Identifier: Apache-2.0
// TcpState: what the kernel knows of a connection (TCP_INFO).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace nobounce::sys {

/// Times in microseconds. `retransmits` are segments, of the whole connection.
struct TcpState {
  std::uint64_t retransmits = 0;
  std::uint64_t bytes_retransmitted = 0;
  std::uint64_t bytes_sent = 0;      ///< Retransmitted ones among them.
  std::uint64_t bytes_acked = 0;     ///< By the peer; the end of the stream counts as one.
  std::uint64_t bytes_received = 0;  ///< The end of the stream counts as one.
  std::uint64_t segments_in = 0;
  std::uint64_t segments_out = 0;
  std::uint32_t rtt_us = 0;      ///< Smoothed; of an end that only receives, that of the handshake.
  std::uint32_t rttvar_us = 0;   ///< Its mean deviation.
  std::uint32_t min_rtt_us = 0;  ///< 0 where none was measured.
  std::uint32_t rcv_rtt_us = 0;  ///< As the receiver estimates it.
  std::uint32_t cwnd_segments = 0;
  std::uint32_t snd_mss_bytes = 0;
  std::uint32_t rcv_mss_bytes = 0;
  std::uint32_t rcv_space_bytes = 0;  ///< What the receiver's buffer is tuned to.
  std::uint32_t reordering_seen = 0;
  std::uint64_t delivery_rate_bytes_per_s = 0;  ///< The last that was measured.
  std::uint64_t busy_us = 0;                    ///< Had data to send.
  std::uint64_t rwnd_limited_us = 0;            ///< Of that, held up by the peer's window.
  std::uint64_t sndbuf_limited_us = 0;          ///< Of that, held up by our own buffer.
};

/// From what getsockopt(TCP_INFO) wrote. Error: kUnsupported where that is shorter than what is
/// asked of it (before Linux 4.19).
Result<TcpState> parse_tcp_info(std::span<const std::byte> info);
/// Of a socket that is or was connected. Errors: those of getsockopt, and as above.
Result<TcpState> tcp_state(int socket_fd);

}  // namespace nobounce::sys
