// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_way.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nic/receive_lease.h"
#include "path/copy_rx.h"
#include "path/mmap_rx.h"
#include "sys/message_log.h"
#include "transfer/device_ways.h"

namespace nobounce::transfer {
namespace {

/// Connections at the same time land in shares of the region, since none knows where others write.
class CopyWay final : public ReceiveWay {
 public:
  CopyWay(memory::Region& region, std::uint32_t max_connections, std::uint64_t read_bytes)
      : region_(region), read_bytes_(read_bytes), claims_(max_connections) {}

  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    const auto free =
        std::ranges::find_if(claims_, [](const auto& claim) { return claim.expired(); });
    if (free == claims_.end()) {
      return fail({.code = Code::kExhausted,
                   .operation = "receive by",
                   .object = "copy",
                   .cause = fmt::format("{} connections share the region already", claims_.size()),
                   .fix = {}});
    }
    const std::uint64_t length = region_.size() / claims_.size();
    const auto index = static_cast<std::uint64_t>(free - claims_.begin());
    auto claim = std::make_shared<const std::uint64_t>(index);
    *free = claim;
    return path::CopyReceiver::open(socket, region_,
                                    {.extent = {.offset = index * length, .length = length},
                                     .max_read_bytes = read_bytes_,
                                     .claim = std::move(claim)});
  }

 private:
  memory::Region& region_;
  std::uint64_t read_bytes_;
  std::vector<std::weak_ptr<const void>> claims_;  // One a share; expired where it is free.
};

Result<std::unique_ptr<ReceiveWay>> open_copy_way(const ReceiveWayRequest& request) {
  if (request.max_connections == 0 || request.max_connections > request.region.size()) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "receive by",
                 .object = "copy",
                 .cause = fmt::format("{} connections can't share a region of {} bytes",
                                      request.max_connections, request.region.size()),
                 .fix = {}});
  }
  const std::uint64_t asked = request.tuning.receive_bytes;
  return std::make_unique<CopyWay>(request.region, request.max_connections,
                                   asked != 0 ? asked : path::kCachedReadBytes);
}

class MmapWay final : public ReceiveWay {
 public:
  explicit MmapWay(std::optional<nic::ReceiveLease> lease) : lease_(std::move(lease)) {}

  [[nodiscard]] sys::TcpOptions listener_options() const override {
    return {.segment_payload_bytes = path::kMappedSegmentBytes};
  }
  Result<std::unique_ptr<path::Receiver>> receiver(sys::TcpSocket& socket) override {
    NB_ASSIGN(auto receiver, path::MmapReceiver::open(socket));
    if (!receiver->note().empty()) sys::message_log()->warn("path mmap: {}", receiver->note());
    return receiver;
  }
  [[nodiscard]] std::vector<std::string> nic_changes() const override {
    return lease_ ? lease_->changes() : std::vector<std::string>();
  }
  Status release() override { return lease_ ? lease_->release() : Status{}; }

 private:
  std::optional<nic::ReceiveLease> lease_;
};

/// Without a NIC nothing splits headers, and the kernel maps what happens to fill pages.
Result<std::unique_ptr<ReceiveWay>> open_mmap_way(const ReceiveWayRequest& request) {
  std::optional<nic::ReceiveLease> lease;
  if (!request.nic.empty()) {
    NB_ASSIGN(lease, nic::ReceiveLease::take({.interface = request.nic,
                                              .purpose = nic::ReceiveRequest::Purpose::kMappedPages,
                                              .force = request.force}));
  }
  return std::make_unique<MmapWay>(std::move(lease));
}

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
      return open_copy_way(request);
    case path::Path::kDevmem:
      return open_devmem_way(request);
    case path::Path::kZcrx:
      return open_zcrx_way(request);
    case path::Path::kMmap:
      return open_mmap_way(request);
    case path::Path::kSendZc:
    case path::Path::kZerocopy:
      break;
  }
  return fail(unknown_path(request.path));
}

}  // namespace nobounce::transfer
