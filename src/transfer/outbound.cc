// SPDX-License-Identifier: Apache-2.0
#include "transfer/outbound.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

#include "host/judge.h"
#include "host/look.h"
#include "host/path_order.h"
#include "sys/steady_clock.h"
#include "transfer/awaiting.h"
#include "transfer/carrier.h"
#include "transfer/choosing.h"
#include "transfer/send_way.h"
#include "transfer/trust.h"

namespace nobounce::transfer {
namespace {

Candidates candidates_for(const std::string& nic, const memory::Region& region) {
  const std::array interfaces = {nic};
  const host::Snapshot snapshot = host::look(interfaces);
  const auto verdicts =
      host::judge_send(snapshot, {.interface = nic, .provider = std::string(region.provider())});
  return candidates_by(verdicts, host::find_profile(snapshot, nic), &host::Profile::send);
}

}  // namespace

Outbound::Outbound(const OutboundOptions& options, std::string nic)
    : timeout_ms_(options.timeout_ms), nic_(std::move(nic)) {}
Outbound::Outbound(Outbound&&) noexcept = default;
Outbound::~Outbound() = default;

Result<Outbound> Outbound::open(const OutboundOptions& options, memory::Region& region) {
  std::string nic = options.nic;
  NB_TRY(check_reachable(options.peer.address, nic));
  if (nic.empty()) {
    NB_ASSIGN(nic, interface_towards(options.peer.address));
  }

  const auto open_way = [&](path::Path path) {
    return open_send_way({.path = path,
                          .region = region,
                          .nic = nic == kLoopback ? std::string() : nic,
                          .stop_fd = options.stop_fd});
  };
  ChosenWay<SendWay> chosen;
  if (options.path) {
    NB_TRY(check_carried(*options.path, nic));
    NB_ASSIGN(chosen.way, open_way(*options.path));
    chosen.choice = {.path = *options.path,
                     .kernel_copies = *options.path == path::Path::kCopy,
                     .passed_over = {}};
  } else {
    NB_ASSIGN(chosen, take_first<SendWay>(candidates_for(nic, region), open_way));
  }

  if (!chosen.choice.kernel_copies) {
    chosen.choice.unverified = why_distrust(std::string(region.provider()), nic).value_or("");
  }
  // A path by devmem must leave by the NIC that the region is bound to, whatever the routes do.
  const bool is_tied = !options.nic.empty() || chosen.choice.path == path::Path::kDevmem;
  NB_ASSIGN(sys::TcpSocket socket,
            sys::TcpSocket::connect(options.peer, {.interface = is_tied ? nic : std::string(),
                                                   .stop_fd = options.stop_fd,
                                                   .timeout_ms = options.timeout_ms,
                                                   .reset_on_close = true}));
  Outbound outbound(options, std::move(nic));
  outbound.choice_ = std::move(chosen.choice);
  outbound.way_ = std::move(chosen.way);
  outbound.socket_ = std::make_unique<sys::TcpSocket>(std::move(socket));
  NB_ASSIGN(outbound.sender_, outbound.way_->sender(*outbound.socket_));
  return outbound;
}

sys::SyscallCounts Outbound::syscalls() const {
  sys::SyscallCounts all = socket_->syscalls();
  all += way_->syscalls();
  return all;
}

void Outbound::time_syscalls(sys::SyscallTimes& times) {
  socket_->time_syscalls(times);
  way_->time_syscalls(times);
}

Status Outbound::await_answer(std::span<std::byte> into) {
  return transfer::await_answer(*socket_, *sender_, into, timeout_ms_);
}

// TCP has no event for the last acknowledgement, so it is asked for every millisecond.
Status Outbound::finish() {
  NB_TRY(socket_->shut_down_sending());
  const sys::SteadyClock clock;
  std::uint64_t before = 0;
  std::optional<Stopwatch> silence;
  while (true) {
    NB_ASSIGN(const std::uint64_t left, socket_->unacknowledged_bytes());
    if (left == 0) return socket_->set_reset_on_close(false);
    if (left != before || !silence) silence.emplace(clock);
    before = left;
    if (timeout_ms_ >= 0 && silence->elapsed_s() * 1e3 > timeout_ms_) {
      return fail(nothing_moved("send", timeout_ms_));
    }
    NB_ASSIGN(const path::Wake wake, path::wait_for(*socket_, 0, 1));
    const int pending = wake == path::Wake::kReady ? socket_->pending_error() : 0;
    if (pending != 0) {
      Error error = error_from_errno(pending, "send", "the connection");
      error.cause = fmt::format("{} bytes were never acknowledged", left);
      return fail(std::move(error));
    }
  }
}

Status Outbound::await_close() {
  std::byte answer;
  iovec buffer{.iov_base = &answer, .iov_len = 1};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  while (true) {
    const ssize_t got = socket_->recvmsg(message, 0);
    if (got == 0) return {};
    if (got > 0) {
      return fail({.code = Code::kProtocol,
                   .operation = "wait for the end of",
                   .object = "the connection",
                   .cause = "the peer answers, though nothing was asked",
                   .fix = {}});
    }
    if (got != -EAGAIN && got != -EINTR) {
      return fail(
          error_from_errno(static_cast<int>(-got), "wait for the end of", "the connection"));
    }
    NB_ASSIGN(const path::Wake wake, path::wait_for(*socket_, POLLIN, timeout_ms_));
    if (wake == path::Wake::kTimeout) return fail(nothing_moved("wait for the peer", timeout_ms_));
  }
}

}  // namespace nobounce::transfer
