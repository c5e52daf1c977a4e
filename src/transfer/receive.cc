// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <utility>

#include "nic/binding.h"
#include "nic/receive_lease.h"
#include "path/copy_rx.h"
#include "path/devmem_rx.h"
#include "sys/steady_clock.h"
#include "sys/tcp_socket.h"
#include "transfer/interval.h"
#include "transfer/landing.h"
#include "transfer/receive_rounds.h"
#include "transfer/region_plan.h"
#include "transfer/transfer.h"

namespace nobounce::transfer {
namespace {

// The NIC as path devmem needs it; taken in the order in which it stands here, left in reverse.
struct DeviceQueue {
  nic::ReceiveLease lease;
  std::optional<nic::RxBinding> binding;
};

Error bad_options(std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "receive",
          .object = {},
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

Status check(const ReceiveOptions& options) {
  const bool is_devmem = options.path == path::Path::kDevmem;
  if (is_devmem && options.nic.empty()) {
    return fail(bad_options("path devmem needs a NIC", "--nic INTERFACE"));
  }
  if (is_devmem && options.listen.port == 0) {
    return fail(
        bad_options("path devmem steers a port, which must be named", "--listen ADDR:PORT"));
  }
  if (!is_devmem && options.queue) {
    return fail(bad_options("path copy takes whatever queue the flow comes on", "--path devmem"));
  }
  return {};
}

Result<DeviceQueue> take_device_queue(const ReceiveOptions& options, int dma_buf_fd) {
  NB_ASSIGN(nic::ReceiveLease lease,
            nic::ReceiveLease::take({.interface = options.nic,
                                     .queue = options.queue,
                                     .listen_port = options.listen.port,
                                     .listen_address = options.listen.address}));
  const std::array queues = {lease.queue()};
  NB_ASSIGN(nic::RxBinding binding, nic::RxBinding::bind(lease.ifindex(), queues, dma_buf_fd));
  return DeviceQueue{.lease = std::move(lease), .binding = std::move(binding)};
}

Result<std::unique_ptr<path::Receiver>> open_receiver(sys::SocketCalls& socket,
                                                      memory::Region& region,
                                                      const ReceivePlan& plan,
                                                      const std::optional<DeviceQueue>& queue) {
  if (queue) {
    return path::DevmemReceiver::open(
        socket,
        {.bindings = {{.dma_buf_id = queue->binding->dma_buf_id(), .region_size = region.size()}},
         .max_held_frags = plan.max_held_frags});
  }
  return path::CopyReceiver::open(socket, region);
}

Result<sys::TcpSocket> accept_peer(const ReceiveOptions& options) {
  NB_ASSIGN(sys::TcpListener listener,
            sys::TcpListener::open(options.listen, {.interface = options.nic,
                                                    .stop_fd = options.stop_fd,
                                                    .timeout_ms = options.timeout_ms}));
  if (options.on_listening) options.on_listening(listener.local());
  return listener.accept();
}

Result<TransferResult> receive_from_peer(const ReceiveOptions& options, const ReceivePlan& plan,
                                         memory::Region& region, Landing& landing,
                                         const std::optional<DeviceQueue>& queue) {
  const sys::SteadyClock clock;
  Interval interval(clock);
  NB_ASSIGN(sys::TcpSocket socket, accept_peer(options));
  NB_ASSIGN(const auto receiver, open_receiver(socket, region, plan, queue));
  const auto consume = [&landing](std::span<const path::Frag> frags) {
    return landing.consume(frags);
  };
  NB_ASSIGN(const std::uint64_t rounds, receive_in_rounds({.receiver = *receiver,
                                                           .interval = interval,
                                                           .consume = consume,
                                                           .bytes = options.bytes,
                                                           .timeout_ms = options.timeout_ms,
                                                           .on_progress = options.on_progress}));

  const auto& counts = receiver->counts();
  TransferResult result;
  result.bytes = counts.bytes;
  result.rounds = rounds;
  result.seconds = interval.seconds();
  result.frags = counts.frags;
  result.linear_bytes = counts.linear_bytes;
  result.tokens_outstanding = counts.tokens_outstanding;
  result.syscalls = socket.syscalls();
  result.cpu = interval.cpu();
  result.host_cpu = interval.host_cpu();
  return result;
}

}  // namespace

Result<TransferResult> receive(const ReceiveOptions& options) {
  // What can fail without touching the NIC comes first.
  NB_TRY(check(options));
  NB_ASSIGN(const ReceivePlan plan, plan_receive({.path = options.path,
                                                  .bytes = options.bytes,
                                                  .region_size = options.region_size}));
  std::optional<sys::PayloadSink> sink;
  if (!options.into.empty()) {
    NB_ASSIGN(sink, sys::PayloadSink::open(options.into, options.stop_fd));
  }
  NB_ASSIGN(const auto region, options.open_region(options.memory, {.size = plan.region_bytes}));
  const sys::SteadyClock clock;
  Landing landing(*region, clock, options.verify, options.pattern_seed, std::move(sink));

  // From here on the NIC is changed; leaving this function in any way puts it back.
  std::optional<DeviceQueue> queue;
  if (options.path == path::Path::kDevmem) {
    NB_ASSIGN(const int dma_buf_fd, region->dma_buf_fd());
    NB_ASSIGN(queue, take_device_queue(options, dma_buf_fd));
  }
  NB_ASSIGN(TransferResult result, receive_from_peer(options, plan, *region, landing, queue));

  result.direction = Direction::kReceive;
  result.path = options.path;
  result.memory = options.memory;
  result.nic = options.nic;
  result.region_bytes = region->size();
  result.sha256 = landing.sha256();
  result.hashing_s = landing.hashing_s();
  result.writing_s = landing.writing_s();
  result.queue = NotAvailable{"path copy takes whatever queue the flow comes on"};
  if (queue) {
    result.queue = queue->lease.queue();
    result.nic_changes = queue->lease.changes();
    queue->binding.reset();
    NB_TRY(queue->lease.release());
  }
  return result;
}

}  // namespace nobounce::transfer
