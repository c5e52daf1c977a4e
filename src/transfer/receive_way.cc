// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_way.h"

#include <utility>

#include "path/copy_rx.h"
#include "transfer/device_ways.h"

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
