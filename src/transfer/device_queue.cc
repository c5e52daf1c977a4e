// SPDX-License-Identifier: Apache-2.0
#include "transfer/device_queue.h"

#include <fmt/format.h>

namespace nobounce::transfer {
namespace {

Error bad_request(path::Path path, std::string cause, std::string fix) {
  return {.code = Code::kInvalidArgument,
          .operation = "open",
          .object = fmt::format("path {}", path::name_of(path)),
          .cause = std::move(cause),
          .fix = std::move(fix)};
}

}  // namespace

Result<nic::ReceiveLease> take_device_queue(const ReceiveWayRequest& request) {
  if (request.nic.empty()) {
    return fail(bad_request(request.path, "it needs a NIC, and the address tells none",
                            "--nic INTERFACE"));
  }
  if (request.listen.port == 0) {
    return fail(bad_request(request.path, "it steers a port, which must be named",
                            "--listen ADDR:PORT"));
  }
  return nic::ReceiveLease::take({.interface = request.nic,
                                  .queue = request.queue,
                                  .listen_port = request.listen.port,
                                  .listen_address = request.listen.address});
}

}  // namespace nobounce::transfer
