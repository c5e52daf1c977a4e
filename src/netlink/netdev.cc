// SPDX-License-Identifier: Apache-2.0
#include "netlink/netdev.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sys/uapi/netdev.h"

namespace nobounce::netlink {
namespace uapi = nobounce::uapi::netdev;
namespace {

std::uint32_t unsigned_of(int value) {
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string_view name_of(QueueHolder holder) {
  switch (holder) {
    case QueueHolder::kNobody:
      return "nobody";
    case QueueHolder::kDmaBuf:
      return "a dma-buf";
    case QueueHolder::kIoUring:
      return "io_uring";
    case QueueHolder::kAfXdp:
      return "AF_XDP";
  }
  return "unknown";
}

Result<Queue> parse_queue(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, attributes.u32(uapi::kQueueId));
  NB_ASSIGN(const auto type, attributes.u32(uapi::kQueueType));
  if (!id || !type || (*type != uapi::kQueueTypeRx && *type != uapi::kQueueTypeTx)) {
    return fail(malformed("a queue without number or type"));
  }
  Queue queue{.id = *id,
              .direction = *type == uapi::kQueueTypeRx ? Queue::Direction::kReceive
                                                       : Queue::Direction::kSend,
              .holder = QueueHolder::kNobody};
  if (attributes.has(uapi::kQueueDmabuf)) queue.holder = QueueHolder::kDmaBuf;
  if (attributes.has(uapi::kQueueIoUring)) queue.holder = QueueHolder::kIoUring;
  if (attributes.has(uapi::kQueueXsk)) queue.holder = QueueHolder::kAfXdp;
  return queue;
}

Result<std::uint32_t> parse_binding_id(std::span<const std::byte> payload) {
  NB_ASSIGN(const Attributes attributes, generic_attributes(payload));
  NB_ASSIGN(const auto id, attributes.u32(uapi::kDmabufId));
  if (!id) return fail(malformed("a binding without a number"));
  return *id;
}

Result<Netdev> Netdev::open() {
  NB_ASSIGN(GenericSocket generic, GenericSocket::open(uapi::kFamilyName));
  return Netdev(std::move(generic));
}

Result<std::vector<Queue>> Netdev::queues(int ifindex) {
  NB_TRY(generic_.need_command(uapi::kCmdQueueGet, "queue-get"));
  NB_ASSIGN(const auto messages,
            generic_.call(GenericSocket::Kind::kDump, uapi::kCmdQueueGet, "queue-get",
                          fmt::format("interface {}", ifindex), [&](Request& request) {
                            request.put_u32(uapi::kQueueIfindex, unsigned_of(ifindex));
                          }));
  std::vector<Queue> queues;
  for (const Message& message : messages) {
    NB_ASSIGN(const Queue queue, parse_queue(message.payload));
    queues.push_back(queue);
  }
  return queues;
}

Result<std::uint32_t> Netdev::bind_rx(int ifindex, std::span<const std::uint32_t> queues,
                                      int dma_buf_fd, std::uint32_t niov_bytes) {
  NB_TRY(generic_.need_command(uapi::kCmdBindRx, "bind-rx"));
  const auto object = fmt::format("interface {} queue {}", ifindex, fmt::join(queues, ","));
  const auto fill = [&](Request& request) {
    request.put_u32(uapi::kDmabufIfindex, unsigned_of(ifindex));
    request.put_u32(uapi::kDmabufFd, unsigned_of(dma_buf_fd));
    if (niov_bytes != 0) request.put_u32(uapi::kDmabufRxPageSize, niov_bytes);
    for (const std::uint32_t queue : queues) {
      request.put_nest(uapi::kDmabufQueues, [&] {
        request.put_u32(uapi::kQueueId, queue);
        request.put_u32(uapi::kQueueType, uapi::kQueueTypeRx);
      });
    }
  };
  NB_ASSIGN(auto messages,
            generic_.call(GenericSocket::Kind::kOne, uapi::kCmdBindRx, "bind-rx", object, fill));
  NB_ASSIGN(const Message answer, GenericSocket::only(std::move(messages)));
  return parse_binding_id(answer.payload);
}

Result<std::uint32_t> Netdev::bind_tx(int ifindex, int dma_buf_fd) {
  NB_TRY(generic_.need_command(uapi::kCmdBindTx, "bind-tx"));
  const auto fill = [&](Request& request) {
    request.put_u32(uapi::kDmabufIfindex, unsigned_of(ifindex));
    request.put_u32(uapi::kDmabufFd, unsigned_of(dma_buf_fd));
  };
  NB_ASSIGN(auto messages, generic_.call(GenericSocket::Kind::kOne, uapi::kCmdBindTx, "bind-tx",
                                         fmt::format("interface {}", ifindex), fill));
  NB_ASSIGN(const Message answer, GenericSocket::only(std::move(messages)));
  return parse_binding_id(answer.payload);
}

}  // namespace nobounce::netlink
