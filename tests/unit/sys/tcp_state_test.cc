// SPDX-License-Identifier: Apache-2.0
#include "sys/tcp_state.h"

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>

#include "sys/tcp_socket.h"

namespace nobounce::sys {
namespace {

TEST(TcpState, TakesEachFieldFromItsPlace) {
  tcp_info told{};
  told.tcpi_total_retrans = 7;
  told.tcpi_bytes_retrans = 28672;
  told.tcpi_rtt = 1500;
  told.tcpi_rttvar = 250;
  told.tcpi_snd_cwnd = 42;
  told.tcpi_delivery_rate = 12'500'000'000;
  told.tcpi_rcv_space = 65536;
  told.tcpi_min_rtt = ~0U;
  told.tcpi_reord_seen = 3;
  const auto state = parse_tcp_info(std::as_bytes(std::span(&told, 1)));
  ASSERT_TRUE(state) << to_string(state.error());
  EXPECT_EQ(state->retransmits, 7u);
  EXPECT_EQ(state->bytes_retransmitted, 28672u);
  EXPECT_EQ(state->rtt_us, 1500u);
  EXPECT_EQ(state->rttvar_us, 250u);
  EXPECT_EQ(state->cwnd_segments, 42u);
  EXPECT_EQ(state->delivery_rate_bytes_per_s, 12'500'000'000u);
  EXPECT_EQ(state->rcv_space_bytes, 65536u);
  EXPECT_EQ(state->min_rtt_us, 0u) << "the kernel's 'none was measured'";
  EXPECT_EQ(state->reordering_seen, 3u);
}

TEST(TcpState, IsMissingWhereAnOldKernelTellsLess) {
  const std::array<std::byte, 104> short_info{};
  const auto state = parse_tcp_info(short_info);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::kUnsupported);
  EXPECT_NE(to_string(state.error()).find("104 bytes"), std::string::npos);
}

TEST(TcpState, OfAConnectionKnowsItsBytes) {
  auto listener = TcpListener::open({.address = "127.0.0.1", .port = 0}, {});
  ASSERT_TRUE(listener);
  auto sender = TcpSocket::connect(listener->local(), {});
  ASSERT_TRUE(sender);
  auto receiver = listener->accept();
  ASSERT_TRUE(receiver);
  std::array<char, 5000> bytes{};
  iovec place{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  ASSERT_EQ(sender->sendmsg(message, 0), 5000);
  ASSERT_EQ(receiver->wait(POLLIN, 1000), POLLIN);
  EXPECT_EQ(sender->state()->bytes_sent, 5000u);
  EXPECT_EQ(receiver->state()->bytes_received, 5000u);
  EXPECT_GT(sender->state()->rtt_us, 0u);
}

}  // namespace
}  // namespace nobounce::sys
