// SPDX-License-Identifier: Apache-2.0
#include "transfer/send_way.h"

#include <utility>

#include "nic/binding.h"
#include "path/copy_tx.h"
#include "path/devmem_tx.h"
#include "path/send_zc_tx.h"
#include "path/zerocopy_tx.h"
#include "sys/interface_index.h"
#include "sys/io_uring.h"

namespace nobounce::transfer {
namespace {

class CopyWay final : public SendWay {
 public:
  explicit CopyWay(memory::Region& region) : region_(region) {}

  Result<std::unique_ptr<path::Sender>> sender(sys::TcpSocket& socket) override {
    return path::CopySender::open(socket, region_);
  }

 private:
  memory::Region& region_;
};

class DevmemWay final : public SendWay {
 public:
  static Result<std::unique_ptr<SendWay>> open(const SendWayRequest& request) {
    if (request.nic.empty()) {
      return fail({.code = Code::kInvalidArgument,
                   .operation = "open",
                   .object = "path devmem",
                   .cause = "it needs a NIC, and the route tells none",
                   .fix = "--nic INTERFACE"});
    }
    NB_ASSIGN(const int dma_buf_fd, request.region.dma_buf_fd());
    NB_ASSIGN(const int ifindex, sys::interface_index(request.nic));
    NB_ASSIGN(nic::TxBinding binding, nic::TxBinding::bind(ifindex, dma_buf_fd));
    return std::unique_ptr<SendWay>(new DevmemWay(std::move(binding)));
  }

  Result<std::unique_ptr<path::Sender>> sender(sys::TcpSocket& socket) override {
    return path::DevmemSender::open(socket, {.dma_buf_id = binding_.dma_buf_id()});
  }

 private:
  explicit DevmemWay(nic::TxBinding binding) : binding_(std::move(binding)) {}

  nic::TxBinding binding_;
};

class ZerocopyWay final : public SendWay {
 public:
  explicit ZerocopyWay(memory::Region& region) : region_(region) {}

  Result<std::unique_ptr<path::Sender>> sender(sys::TcpSocket& socket) override {
    return path::ZerocopySender::open(socket, region_);
  }

 private:
  memory::Region& region_;
};

class SendZcWay final : public SendWay {
 public:
  static Result<std::unique_ptr<SendWay>> open(const SendWayRequest& request) {
    NB_ASSIGN(const auto view, request.region.pinnable_view());
    const path::SendZcOptions options{.region = view};
    NB_ASSIGN(auto ring, sys::open_io_uring(path::ring_for_send_zc(options)));
    NB_ASSIGN(auto pump, path::RingPump::open(std::move(ring), request.stop_fd));
    return std::unique_ptr<SendWay>(
        new SendZcWay(view, request.region.is_on_huge_pages(), std::move(pump)));
  }

  Result<std::unique_ptr<path::Sender>> sender(sys::TcpSocket& socket) override {
    return path::SendZcSender::open(
        *pump_, {.socket_fd = socket.fd(), .region = view_, .is_on_huge_pages = is_on_huge_pages_});
  }
  [[nodiscard]] sys::SyscallCounts syscalls() const override { return pump_->ring().syscalls(); }
  void time_syscalls(sys::SyscallTimes& times) override { pump_->ring().time_syscalls(times); }

 private:
  SendZcWay(std::span<std::byte> view, bool is_on_huge_pages, std::unique_ptr<path::RingPump> pump)
      : view_(view), is_on_huge_pages_(is_on_huge_pages), pump_(std::move(pump)) {}

  std::span<std::byte> view_;
  bool is_on_huge_pages_;
  std::unique_ptr<path::RingPump> pump_;
};

// What can't be pinned is refused now, and not when there is a connection.
Result<std::unique_ptr<SendWay>> open_zerocopy(const SendWayRequest& request) {
  NB_TRY(request.region.pinnable_view());
  return std::make_unique<ZerocopyWay>(request.region);
}

Error unknown_path(path::Path path) {
  return {.code = Code::kInvalidArgument,
          .operation = "send by",
          .object = std::string(path::name_of(path)),
          .cause = "it is a path of receivers only",
          .fix = {}};
}

}  // namespace

Result<std::unique_ptr<SendWay>> open_send_way(const SendWayRequest& request) {
  switch (request.path) {
    case path::Path::kCopy:
      return std::make_unique<CopyWay>(request.region);
    case path::Path::kDevmem:
      return DevmemWay::open(request);
    case path::Path::kZerocopy:
      return open_zerocopy(request);
    case path::Path::kSendZc:
      return SendZcWay::open(request);
    case path::Path::kMmap:
    case path::Path::kZcrx:
      break;
  }
  return fail(unknown_path(request.path));
}

}  // namespace nobounce::transfer
