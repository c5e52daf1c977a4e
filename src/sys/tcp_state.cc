// SPDX-License-Identifier: Apache-2.0
#include "sys/tcp_state.h"

#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace nobounce::sys {

Result<TcpState> parse_tcp_info(std::span<const std::byte> info) {
  tcp_info told{};
  constexpr std::size_t kNeeded = offsetof(tcp_info, tcpi_reord_seen) + sizeof told.tcpi_reord_seen;
  if (info.size() < kNeeded) {
    return fail(
        {.code = Code::kUnsupported,
         .operation = "getsockopt",
         .object = "TCP_INFO",
         .cause = fmt::format("this kernel tells {} bytes, {} are needed", info.size(), kNeeded),
         .fix = {}});
  }
  std::memcpy(&told, info.data(), std::min(info.size(), sizeof told));
  return TcpState{.retransmits = told.tcpi_total_retrans,
                  .bytes_retransmitted = told.tcpi_bytes_retrans,
                  .bytes_sent = told.tcpi_bytes_sent,
                  .bytes_acked = told.tcpi_bytes_acked,
                  .bytes_received = told.tcpi_bytes_received,
                  .segments_in = told.tcpi_segs_in,
                  .segments_out = told.tcpi_segs_out,
                  .rtt_us = told.tcpi_rtt,
                  .rttvar_us = told.tcpi_rttvar,
                  // The kernel says ~0 where it has measured none.
                  .min_rtt_us = told.tcpi_min_rtt == ~0U ? 0 : told.tcpi_min_rtt,
                  .rcv_rtt_us = told.tcpi_rcv_rtt,
                  .cwnd_segments = told.tcpi_snd_cwnd,
                  .snd_mss_bytes = told.tcpi_snd_mss,
                  .rcv_mss_bytes = told.tcpi_rcv_mss,
                  .rcv_space_bytes = told.tcpi_rcv_space,
                  .reordering_seen = told.tcpi_reord_seen,
                  .delivery_rate_bytes_per_s = told.tcpi_delivery_rate,
                  .busy_us = told.tcpi_busy_time,
                  .rwnd_limited_us = told.tcpi_rwnd_limited,
                  .sndbuf_limited_us = told.tcpi_sndbuf_limited};
}

Result<TcpState> tcp_state(int socket_fd) {
  tcp_info told{};
  socklen_t length = sizeof told;
  if (::getsockopt(socket_fd, IPPROTO_TCP, TCP_INFO, &told, &length) != 0) {
    return fail(error_from_errno(errno, "getsockopt", "TCP_INFO"));
  }
  return parse_tcp_info(std::as_bytes(std::span(&told, 1)).first(length));
}

}  // namespace nobounce::sys
