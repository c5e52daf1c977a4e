// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_ports.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>

#include "sys/byte_stream.h"
#include "sys/readiness.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

constexpr std::chrono::milliseconds kPortPoll{10};
constexpr int kPortPolls = 1000;

// Empty while there is none.
std::string find_port(unsigned number) {
  const std::string wanted = fmt::format("nobounce.{}\n", number);
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/virtio-ports", code)) {
    const auto name = sys::read_text_file(entry.path() / "name");
    if (name && *name == wanted) return "/dev/" + entry.path().filename().string();
  }
  return {};
}

}  // namespace

// Ports are announced one by one after boot, so the first look may come too early.
Result<sys::Fd> open_port(unsigned number) {
  for (int attempt = 0; attempt < kPortPolls; ++attempt) {
    if (const std::string path = find_port(number); !path.empty())
      return sys::open_for_both_ways(path);
    NB_TRY(sys::wait_ready({}, kPortPoll));
  }
  return fail({.code = Code::kNotFound,
               .operation = "search",
               .object = fmt::format("virtio-serial port {}", number),
               .cause = "QEMU has not announced it",
               .fix = {}});
}

Result<EventPort> EventPort::open() {
  NB_ASSIGN(sys::Fd fd, open_port(kEventPort));
  return EventPort(std::move(fd));
}

Status EventPort::send(const GuestEvent& event) {
  return sys::write_all(fd_.get(), encode(event) + "\n", "event port");
}

Status EventPort::receive() {
  std::array<char, 4096> piece;
  NB_ASSIGN(const auto got, sys::read_some(fd_.get(), piece, "event port"));
  if (!got) return {};
  if (*got == 0)
    return fail({.code = Code::kPeerClosed,
                 .operation = "reading",
                 .object = "orders",
                 .cause = "the host has closed the port",
                 .fix = {}});
  return lines_.split({piece.data(), *got}, [this](std::string_view line) -> Status {
    NB_ASSIGN(GuestOrder order, decode_order(line));
    orders_.push_back(order);
    return {};
  });
}

std::optional<GuestOrder> EventPort::take_order() {
  if (orders_.empty()) return std::nullopt;
  const GuestOrder order = orders_.front();
  orders_.pop_front();
  return order;
}

}  // namespace nobounce::lab
