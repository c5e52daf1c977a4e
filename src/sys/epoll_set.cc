// SPDX-License-Identifier: Apache-2.0
#include "sys/epoll_set.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace nobounce::sys {

Result<Epoll> Epoll::open() {
  Fd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd.is_open()) return fail(error_from_errno(errno, "epoll_create1", "event loop"));
  return Epoll(std::move(fd));
}

Status Epoll::add(int fd, Interest interest, std::uint64_t key) {
  return control(EPOLL_CTL_ADD, fd, interest, key);
}

Status Epoll::modify(int fd, Interest interest, std::uint64_t key) {
  return control(EPOLL_CTL_MOD, fd, interest, key);
}

Status Epoll::remove(int fd) {
  return control(EPOLL_CTL_DEL, fd, Interest::kRead, 0);
}

Status Epoll::control(int operation, int fd, Interest interest, std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (interest == Interest::kReadWrite) event.events |= EPOLLOUT;
  event.data.u64 = key;
  if (::epoll_ctl(fd_.get(), operation, fd, &event) != 0)
    return fail(error_from_errno(errno, "epoll_ctl", "descriptor " + std::to_string(fd)));
  return {};
}

Result<std::span<Epoll::Event>> Epoll::wait(std::span<Event> events,
                                            std::optional<std::chrono::nanoseconds> timeout) {
  std::array<epoll_event, kMaxEvents> ready;
  const std::size_t room = std::min(events.size(), ready.size());
  timespec limit{};
  if (timeout) {
    const auto whole_s = std::chrono::floor<std::chrono::seconds>(*timeout);
    limit = {.tv_sec = whole_s.count(), .tv_nsec = (*timeout - whole_s).count()};
  }
  const int count = ::epoll_pwait2(fd_.get(), ready.data(), static_cast<int>(room),
                                   timeout ? &limit : nullptr, nullptr);
  if (count < 0) {
    if (errno == EINTR) return events.first(0);
    return fail(error_from_errno(errno, "epoll_pwait2", "event loop"));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const bool over = (ready[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    events[i] = {.key = ready[i].data.u64,
                 .readable = over || (ready[i].events & EPOLLIN) != 0,
                 .writable = over || (ready[i].events & EPOLLOUT) != 0};
  }
  return events.first(static_cast<std::size_t>(count));
}

}  // namespace nobounce::sys
