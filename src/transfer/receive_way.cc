// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_way.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "path/copy_rx.h"
#include "transfer/device_ways.h"

namespace nobounce::transfer {
namespace {

/// Connections at the same time land in shares of the region, for none knows where others write.
class CopyWay final : public ReceiveWay {
 public:
  CopyWay(std::span<std::byte> region, std::uint32_t max_connections)
      : region_(region), claims_(max_connections) {}

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
    const std::uint64_t share = region_.size() / claims_.size();
    const std::uint64_t offset = share * static_cast<std::uint64_t>(free - claims_.begin());
    const auto claim = std::make_shared<std::uint64_t>(offset);
    *free = claim;
    return path::CopyReceiver::open(socket, region_.subspan(offset, share),
                                    {.region_offset = offset, .claim = claim});
  }

 private:
  std::span<std::byte> region_;
  std::vector<std::weak_ptr<const void>> claims_;  // One a share; expired where it is free.
};

Result<std::unique_ptr<ReceiveWay>> open_copy_way(const ReceiveWayRequest& request) {
  NB_ASSIGN(const auto view, request.region.cpu_view());
  if (request.max_connections == 0 || request.max_connections > view.size()) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "receive by",
                 .object = "copy",
                 .cause = fmt::format("{} connections can't share a region of {} bytes",
                                      request.max_connections, view.size()),
                 .fix = {}});
  }
  return std::make_unique<CopyWay>(view, request.max_connections);
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
    case path::Path::kSendZc:
    case path::Path::kZerocopy:
      break;
  }
  return fail(unknown_path(request.path));
}

}  // namespace nobounce::transfer
