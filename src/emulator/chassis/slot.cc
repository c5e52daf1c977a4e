// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/slot.h"

#include <spdlog/spdlog.h>

namespace nobounce::emulator {

Status Slot::open(const std::filesystem::path& socket, vfio_user::Device& device, sys::Epoll& epoll,
                  std::uint64_t key) {
  NB_ASSIGN(server_, vfio_user::Server::open(socket, device, memory_));
  return server_->register_with(epoll, key);
}

void Slot::on_ready() {
  if (!server_) return;
  if (const Status status = server_->on_ready(); !status) {
    spdlog::error("{}", to_string(status.error()));
    last_statistics_ = server_->statistics();
    server_.reset();
  }
}

}  // namespace nobounce::emulator
