// SPDX-License-Identifier: Apache-2.0
// The framing of a connection. What each command does is in requests.cc.
#include "emulator/vfio_user/connection.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nobounce::emulator::vfio_user {

using protocol::Header;

Connection::Connection(Device& device, GuestMemory& memory)
    : device_(device), memory_(memory), input_(kReceiveBufferSize), output_(kReplyBufferSize) {}

Connection::~Connection() {
  // DMA and interrupts end before what they reach goes away.
  device_.reset();
  for (std::uint32_t irq = 0; irq < kPciIrqCount; ++irq) {
    const auto kind = static_cast<PciIrq>(irq);
    take_irqs(kind, 0, device_.irq_count(kind));
  }
  memory_.unmap_all();
}

std::span<std::byte> Connection::receive_space() {
  if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return std::span(input_).subspan(end_);
}

void Connection::received(std::size_t byte_count, std::span<sys::Fd> fds) {
  assert(byte_count <= input_.size() - end_);
  end_ += byte_count;
  if (fds.size() > fds_.size() - fd_count_) {
    break_off("more descriptors than any message takes");
    return;
  }
  for (sys::Fd& fd : fds) {
    fds_[fd_count_] = std::move(fd);
    fd_positions_[fd_count_++] = end_ - begin_;
  }
}

Connection::Progress Connection::advance() {
  if (!breach_.empty()) return Progress::kBroken;
  const auto input = std::span<const std::byte>(input_).subspan(begin_, end_ - begin_);
  if (input.size() < sizeof(Header)) return Progress::kNeedInput;
  Header header;
  std::memcpy(&header, input.data(), sizeof header);
  const std::size_t size = header.message_size;
  if (size < sizeof(Header)) return break_off("a message shorter than its header");
  if (size > kMaxMessageSize) return break_off("a message longer than any of the protocol");
  if ((header.flags & protocol::kTypeMask) != protocol::kTypeCommand)
    return break_off("a message that is no command");
  if (input.size() < size) return Progress::kNeedInput;
  if (!has_reply_room()) return break_off("replies that are not read");

  std::size_t fd_count = 0;
  while (fd_count < fd_count_ && fd_positions_[fd_count] <= size)
    ++fd_count;
  const Request request{.header = header,
                        .payload = input.subspan(sizeof header, size - sizeof header),
                        .fds = std::span(fds_).first(fd_count)};
  if (output_.size() - output_end_ < kMaxMessageSize) {
    std::memmove(output_.data(), output_.data() + output_begin_, output_end_ - output_begin_);
    output_end_ -= output_begin_;
    output_begin_ = 0;
  }
  const std::size_t reply_start = output_end_;
  append(sizeof(Header));
  reply_fd_ = -1;
  const int error = dispatch(request);
  finish_reply(request, reply_start, error);

  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
  drop_fds(fd_count);
  for (std::size_t i = 0; i < fd_count_; ++i)
    fd_positions_[i] -= size;
  return breach_.empty() ? Progress::kHandled : Progress::kBroken;
}

Connection::Progress Connection::break_off(std::string_view why) {
  breach_ = why;
  return Progress::kBroken;
}

int Connection::dispatch(const Request& request) {
  const Header& header = request.header;
  constexpr std::uint32_t kKnownFlags = protocol::kTypeMask | protocol::kNoReply;
  ++messages_;
  if (header.command >= kRules.size() || kRules[header.command].handler == nullptr)
    return EOPNOTSUPP;
  const Rule& rule = kRules[header.command];
  if ((header.flags & ~kKnownFlags) != 0) return EINVAL;
  if (negotiated_ == (header.command == protocol::kVersion)) return EPROTO;
  if (request.payload.size() < rule.min_payload || request.payload.size() > rule.max_payload)
    return EINVAL;
  if (request.fds.size() > rule.max_fds) return EINVAL;
  return (this->*rule.handler)(request);
}

// Makes what a handler appended a reply, or takes it back.
void Connection::finish_reply(const Request& request, std::size_t reply_start, int error) {
  if (error != 0) ++errors_;
  if ((request.header.flags & protocol::kNoReply) != 0) {
    output_end_ = reply_start;
    return;
  }
  Header reply = request.header;
  reply.flags = protocol::kTypeReply;
  reply.error = 0;
  if (error != 0) {
    output_end_ = reply_start + sizeof reply;
    reply.flags |= protocol::kError;
    reply.error = static_cast<std::uint32_t>(error);
  }
  reply.message_size = static_cast<std::uint32_t>(output_end_ - reply_start);
  std::memcpy(output_.data() + reply_start, &reply, sizeof reply);
  if (error == 0 && reply_fd_ >= 0) add_reply_fd(reply_start);
}

void Connection::add_reply_fd(std::size_t reply_start) {
  assert(reply_fd_count_ < reply_fds_.size());
  reply_fds_[reply_fd_count_++] = {.position = sent_bytes_ + (reply_start - output_begin_),
                                   .fd = reply_fd_};
}

void Connection::drop_fds(std::size_t count) {
  if (count == 0) return;
  const auto begin = fds_.begin();
  const auto kept = begin + static_cast<std::ptrdiff_t>(count);
  const auto end = begin + static_cast<std::ptrdiff_t>(fd_count_);
  std::move(kept, end, begin);
  std::move(fd_positions_.begin() + (kept - begin), fd_positions_.begin() + (end - begin),
            fd_positions_.begin());
  fd_count_ -= count;
  for (auto it = begin + static_cast<std::ptrdiff_t>(fd_count_); it != end; ++it)
    it->reset();
}

std::span<const std::byte> Connection::replies() const {
  std::size_t count = output_end_ - output_begin_;
  const std::size_t next = reply_fd() >= 0 ? 1 : 0;
  if (next < reply_fd_count_) {
    count = static_cast<std::size_t>(reply_fds_[next].position - sent_bytes_);
  }
  return std::span<const std::byte>(output_).subspan(output_begin_, count);
}

int Connection::reply_fd() const {
  return reply_fd_count_ > 0 && reply_fds_[0].position == sent_bytes_ ? reply_fds_[0].fd : -1;
}

void Connection::replies_sent(std::size_t byte_count) {
  assert(byte_count <= replies().size());
  if (byte_count == 0) return;
  if (reply_fd() >= 0) {
    std::move(reply_fds_.begin() + 1, reply_fds_.end(), reply_fds_.begin());
    --reply_fd_count_;
  }
  sent_bytes_ += byte_count;
  output_begin_ += byte_count;
  if (output_begin_ == output_end_) output_begin_ = output_end_ = 0;
}

bool Connection::has_reply_room() const {
  return output_.size() - (output_end_ - output_begin_) >= kMaxMessageSize &&
         reply_fd_count_ < reply_fds_.size();
}

std::span<std::byte> Connection::append(std::size_t byte_count) {
  assert(byte_count <= output_.size() - output_end_);
  const auto space = std::span(output_).subspan(output_end_, byte_count);
  std::fill(space.begin(), space.end(), std::byte{0});
  output_end_ += byte_count;
  return space;
}

}  // namespace nobounce::emulator::vfio_user
