// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_way.h"

#include <array>
#include <optional>
#include <utility>

#include "nic/binding.h"
#include "path/copy_rx.h"
#include "path/devmem_rx.h"
#include "transfer/device_queue.h"
#include "transfer/region_plan.h"

namespace nobounce::transfer {
namespace {

class CopyWay final : public ReceiveWay {
 public:
  explicit CopyWay(memory::Region& region) : region_(region) {}

  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    NB_ASSIGN(const auto view, region_.cpu_view());
    return path::CopyReceiver::open(socket, view);
  }

 private:
  memory::Region& region_;
};

class DevmemWay final : public ReceiveWay {
 public:
  static Result<std::unique_ptr<ReceiveWay>> open(const ReceiveWayRequest& request) {
    NB_ASSIGN(const std::uint32_t held, frags_to_hold(request.region.size()));
    NB_ASSIGN(const int dma_buf_fd, request.region.dma_buf_fd());
    NB_ASSIGN(nic::ReceiveLease lease, take_device_queue(request));
    const std::array queues = {lease.queue()};
    NB_ASSIGN(nic::RxBinding binding, nic::RxBinding::bind(lease.ifindex(), queues, dma_buf_fd));
    return std::unique_ptr<ReceiveWay>(
        new DevmemWay(request.region.size(), held, std::move(lease), std::move(binding)));
  }

  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    return path::DevmemReceiver::open(socket, {.region_size = region_size_,
                                               .dma_buf_id = binding_->dma_buf_id(),
                                               .max_held_frags = held_});
  }
  [[nodiscard]] Figure<std::uint32_t> queue() const override { return lease_.queue(); }
  [[nodiscard]] std::vector<std::string> nic_changes() const override { return lease_.changes(); }
  Status release() override {
    binding_.reset();
    return lease_.release();
  }

 private:
  DevmemWay(std::uint64_t region_size, std::uint32_t held, nic::ReceiveLease lease,
            nic::RxBinding binding)
      : region_size_(region_size),
        held_(held),
        lease_(std::move(lease)),
        binding_(std::move(binding)) {}

  std::uint64_t region_size_;
  std::uint32_t held_;
  nic::ReceiveLease lease_;  // Outlives the binding: header split can't go off under one.
  std::optional<nic::RxBinding> binding_;
};

Error unknown_path(path::Path path) {
  return {.code = Code::kInvalidArgument,
          .operation = "receive by",
          .object = std::string(path::name_of(path)),
          .cause = "it is a path of senders only",
          .fix = {}};
}

}  // namespace

Result<std::unique_ptr<ReceiveWay>> open_receive_way(const ReceiveWayRequest& request) {
  switch (request.path) {
    case path::Path::kCopy:
      return std::make_unique<CopyWay>(request.region);
    case path::Path::kDevmem:
      return DevmemWay::open(request);
    case path::Path::kMmap:
    case path::Path::kZcrx:
    case path::Path::kSendZc:
    case path::Path::kZerocopy:
      break;
  }
  return fail(unknown_path(request.path));
}

}  // namespace nobounce::transfer
