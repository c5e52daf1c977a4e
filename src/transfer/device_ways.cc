// SPDX-License-Identifier: Apache-2.0
#include "transfer/device_ways.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nic/binding.h"
#include "nic/nic.h"
#include "nic/receive_lease.h"
#include "path/devmem_rx.h"
#include "path/zcrx_queue.h"
#include "path/zcrx_rx.h"
#include "sys/pause.h"
#include "sys/steady_clock.h"
#include "transfer/region_plan.h"

namespace nobounce::transfer {
namespace {

Error bad_request(path::Path path, std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "open",
          .object = fmt::format("path {}", path::name_of(path)),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

Result<nic::ReceiveLease> take_queue(const ReceiveWayRequest& request) {
  if (request.nic.empty()) {
    return fail(
        bad_request(request.path, "it needs a NIC, and the address tells none", "--nic INTERFACE"));
  }
  if (request.listen.port == 0) {
    return fail(
        bad_request(request.path, "it steers a port, which must be named", "--listen ADDR:PORT"));
  }
  return nic::ReceiveLease::take({.interface = request.nic,
                                  .queue = request.queue,
                                  .listen_port = request.listen.port,
                                  .listen_address = request.listen.address,
                                  .queues = request.queues,
                                  .force = request.force});
}

class DevmemWay final : public ReceiveWay {
 public:
  DevmemWay(std::uint64_t region_size, std::uint32_t window, std::uint32_t held,
            std::uint32_t token_batch, nic::ReceiveLease lease, nic::RxBinding binding)
      : region_size_(region_size),
        window_(window),
        held_(held),
        token_batch_(token_batch),
        lease_(std::move(lease)),
        binding_(std::move(binding)) {}

  [[nodiscard]] sys::TcpOptions listener_options() const override {
    return {.receive_window_bytes = window_};
  }
  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    return path::DevmemReceiver::open(
        socket, {.bindings = {{.dma_buf_id = binding_->dma_buf_id(), .region_size = region_size_}},
                 .max_held_frags = held_,
                 .token_batch = token_batch_,
                 .clock = &clock_});
  }
  [[nodiscard]] Figure<std::uint32_t> queue() const override { return lease_.queue(); }
  [[nodiscard]] std::vector<std::string> nic_changes() const override { return lease_.changes(); }
  Status release() override {
    binding_.reset();
    return lease_.release();
  }

 private:
  sys::SteadyClock clock_;
  std::uint64_t region_size_;
  std::uint32_t window_;
  std::uint32_t held_;
  std::uint32_t token_batch_;
  nic::ReceiveLease lease_;  // Outlives the binding: header split can't go off under one.
  std::optional<nic::RxBinding> binding_;
};

// The kernel gives a queue back a moment after its ring was closed, and until then refuses to turn
// header split off. No event tells when, so it is asked for.
constexpr int kMaxLooks = 200;
constexpr int kPauseMs = 5;

void await_free_queue(const std::string& interface, std::uint32_t queue) {
  for (int look = 0; look < kMaxLooks; ++look) {
    const auto nic = nic::look_at(interface);
    if (!nic || std::ranges::find(nic->held_queues, queue, &nic::HeldQueue::queue) ==
                    nic->held_queues.end()) {
      return;
    }
    sys::pause_for_ms(kPauseMs);
  }
}

class ZcrxWay final : public ReceiveWay {
 public:
  ZcrxWay(std::string interface, std::uint32_t window, std::uint32_t held,
          std::optional<nic::ReceiveLease> lease, std::unique_ptr<path::ZcrxQueue> queue)
      : interface_(std::move(interface)),
        window_(window),
        held_(held),
        lease_(std::move(lease)),
        queue_(std::move(queue)) {}
  ~ZcrxWay() override { close_queue(); }
  ZcrxWay(const ZcrxWay&) = delete;
  ZcrxWay& operator=(const ZcrxWay&) = delete;

  [[nodiscard]] sys::TcpOptions listener_options() const override {
    return {.receive_window_bytes = window_};
  }
  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    return path::ZcrxReceiver::open(*queue_, {.socket_fd = socket.fd(), .max_held_frags = held_});
  }
  [[nodiscard]] Figure<std::uint32_t> queue() const override {
    if (!lease_) return NotAvailable{"without a NIC there is no queue"};
    return lease_->queue();
  }
  [[nodiscard]] std::vector<std::string> nic_changes() const override {
    return lease_ ? lease_->changes() : std::vector<std::string>();
  }
  [[nodiscard]] sys::SyscallCounts syscalls() const override {
    return queue_ != nullptr ? queue_->syscalls() : last_syscalls_;
  }
  void time_syscalls(sys::SyscallTimes& times) override {
    if (queue_ != nullptr) queue_->pump().ring().time_syscalls(times);
  }
  Status release() override {
    close_queue();
    return lease_ ? lease_->release() : Status{};
  }

 private:
  void close_queue() {
    if (queue_ == nullptr) return;
    last_syscalls_ = queue_->syscalls();
    queue_.reset();
    if (lease_) await_free_queue(interface_, lease_->queue());
  }

  std::string interface_;
  std::uint32_t window_;
  std::uint32_t held_;
  std::optional<nic::ReceiveLease> lease_;  // Outlives the queue.
  std::unique_ptr<path::ZcrxQueue> queue_;
  sys::SyscallCounts last_syscalls_;  // Of the queue, once it is closed.
};

Status choose_area(memory::Region& region, path::ZcrxOptions& options) {
  auto pinnable = region.pinnable_view();
  if (pinnable) {
    options.area = *pinnable;
    return {};
  }
  NB_ASSIGN(options.dma_buf_fd, region.dma_buf_fd());
  options.area_size = region.size();
  return {};
}

}  // namespace

Result<std::unique_ptr<ReceiveWay>> open_devmem_way(const ReceiveWayRequest& request) {
  NB_ASSIGN(const std::uint32_t held, frags_to_hold(request.region.size(), request.niov_bytes));
  NB_ASSIGN(const int dma_buf_fd, request.region.dma_buf_fd());
  NB_ASSIGN(nic::ReceiveLease lease, take_queue(request));
  NB_ASSIGN(nic::RxBinding binding,
            nic::RxBinding::bind(lease.ifindex(), lease.queues(), dma_buf_fd, request.niov_bytes));
  const std::uint32_t batch =
      request.tuning.token_batch != 0 ? request.tuning.token_batch : kMostTokenBatch;
  return std::make_unique<DevmemWay>(request.region.size(),
                                     window_for_pool(request.region.size(), request.niov_bytes),
                                     held, batch, std::move(lease), std::move(binding));
}

Result<std::unique_ptr<ReceiveWay>> open_zcrx_way(const ReceiveWayRequest& request) {
  if (request.queues != 1) {
    return fail(bad_request(request.path, "a ring has one queue of the NIC here", "--path devmem"));
  }
  NB_ASSIGN(const std::uint32_t held, frags_to_hold(request.region.size(), request.niov_bytes));
  path::ZcrxOptions options{.rx_buf_len = request.niov_bytes,
                            .max_connections = request.max_connections,
                            .completions = request.tuning.cq_entries,
                            .stop_fd = request.stop_fd};
  NB_TRY(choose_area(request.region, options));
  std::optional<nic::ReceiveLease> lease;
  if (!request.nic.empty()) {
    NB_ASSIGN(lease, take_queue(request));
    options.interface = request.nic;
    options.if_index = static_cast<std::uint32_t>(lease->ifindex());
    options.rx_queue = lease->queue();
  }
  NB_ASSIGN(auto queue, path::ZcrxQueue::open(options));
  return std::make_unique<ZcrxWay>(request.nic,
                                   window_for_pool(request.region.size(), request.niov_bytes), held,
                                   std::move(lease), std::move(queue));
}

}  // namespace nobounce::transfer
