// SPDX-License-Identifier: Apache-2.0
#include "emulator/chassis/pair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace nobounce::emulator {

std::filesystem::path socket_of(const std::filesystem::path& directory, std::uint32_t number,
                                std::uint32_t side) {
  return directory / fmt::format("pair{}-{}.sock", number, side == 0 ? 'a' : 'b');
}

gvnic::MacAddress mac_of(std::uint32_t number, std::uint32_t side) {
  return {0x02, 'n', 'b', 0x00, static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(side)};
}

std::string to_string(const gvnic::MacAddress& mac) {
  return fmt::format("{:02x}", fmt::join(mac, ":"));
}

Result<std::unique_ptr<Pair>> Pair::open(const ChassisOptions& options, std::uint32_t number) {
  std::unique_ptr<Pair> pair(new Pair);
  for (std::uint32_t side = 0; side < pair->sides_.size(); ++side) {
    Side& end = pair->sides_[side];
    NB_ASSIGN(end.nic,
              gvnic::Gvnic::create(
                  {.mac = mac_of(number, side), .queues = options.queues, .mtu = options.mtu},
                  {.memory = end.memory, .wire = pair->cable_.end(side), .clock = pair->clock_}));
    pair->cable_.plug(side, end.nic.get());
    NB_ASSIGN(end.server, vfio_user::Server::open(socket_of(options.socket_directory, number, side),
                                                  *end.nic, end.memory));
  }
  return pair;
}

Status Pair::register_with(sys::Epoll& epoll, std::uint64_t first_key) {
  for (std::uint32_t side = 0; side < sides_.size(); ++side) {
    NB_TRY(sides_[side].server->register_with(epoll, first_key + side));
  }
  return {};
}

void Pair::on_ready(std::uint32_t side) {
  Side& end = sides_[side];
  if (!end.server) return;
  if (const Status status = end.server->on_ready(); !status) {
    spdlog::error("{}", to_string(status.error()));
    end.server.reset();
  }
}

bool Pair::run() {
  sides_[0].nic->set_link_up(sides_[1].nic->is_running());
  sides_[1].nic->set_link_up(sides_[0].nic->is_running());
  bool work_left = false;
  for (Side& end : sides_)
    work_left |= end.nic->run();
  // What the second sent has reached the first after the first's own batch had ended.
  sides_[0].nic->end_batch();
  return work_left;
}

NicStatistics Pair::statistics(std::uint32_t side) const {
  NicStatistics statistics{sides_[side].nic->statistics()};
  statistics.wire_dropped = cable_.dropped_frames();
  return statistics;
}

}  // namespace nobounce::emulator
