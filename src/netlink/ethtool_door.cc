// SPDX-License-Identifier: Apache-2.0
#include "netlink/ethtool_door.h"

#include <fmt/format.h>
#include <linux/ethtool.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/bytes.h"
#include "netlink/attributes.h"
#include "sys/ethtool_ioctl.h"

namespace nobounce::netlink {
namespace {

// The largest table that a known NIC has is 4096 buckets (mlx5).
constexpr std::uint32_t kMaxRssBuckets = 64U << 10;

std::vector<std::byte> rss_request(std::uint32_t command, std::uint32_t size, std::size_t buckets) {
  std::vector<std::byte> request(sizeof(ethtool_rxfh_indir) + buckets * sizeof(std::uint32_t));
  store_le<std::uint32_t>(request.data() + offsetof(ethtool_rxfh_indir, cmd), command);
  store_le<std::uint32_t>(request.data() + offsetof(ethtool_rxfh_indir, size), size);
  return request;
}

std::uint32_t size_in(std::span<const std::byte> request) {
  return load_le<std::uint32_t>(request.data() + offsetof(ethtool_rxfh_indir, size));
}

ethtool_rxfh context_request(std::uint32_t command, std::uint32_t id) {
  ethtool_rxfh request{};
  request.cmd = command;
  request.rss_context = id;
  return request;
}

}  // namespace

EthtoolDoor ethtool_door(std::string interface) {
  return [interface = std::move(interface)](std::span<std::byte> request, std::string operation) {
    return sys::ethtool_ioctl(interface, request, std::move(operation));
  };
}

Result<std::string> driver_name(const EthtoolDoor& door) {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  NB_TRY(door(std::as_writable_bytes(std::span(&info, 1)), "driver-info"));
  return std::string(info.driver, strnlen(info.driver, sizeof info.driver));
}

Result<std::vector<std::uint32_t>> rss_table(const EthtoolDoor& door) {
  auto request = rss_request(ETHTOOL_GRXFHINDIR, 0, 0);
  const Status asked = door(request, "rss-get");
  if (!asked && asked.error().sys_errno == EOPNOTSUPP) return std::vector<std::uint32_t>();
  NB_TRY(asked);
  const std::uint32_t buckets = size_in(request);
  if (buckets > kMaxRssBuckets) {
    return fail(malformed(fmt::format("an RSS table of {} buckets", buckets)));
  }
  request = rss_request(ETHTOOL_GRXFHINDIR, buckets, buckets);
  NB_TRY(door(request, "rss-get"));
  if (size_in(request) != buckets) return fail(malformed("an RSS table that changes its size"));
  std::vector<std::uint32_t> table(buckets);
  for (std::uint32_t i = 0; i < buckets; ++i) {
    table[i] = load_le<std::uint32_t>(request.data() + sizeof(ethtool_rxfh_indir) +
                                      std::size_t{i} * sizeof(std::uint32_t));
  }
  return table;
}

Status set_rss_table(const EthtoolDoor& door, std::span<const std::uint32_t> table) {
  // A size of 0 would mean "reset", which is another wish.
  if (table.empty() || table.size() > kMaxRssBuckets) {
    return fail(error_from_errno(EINVAL, "rss-set", "an RSS table of that size"));
  }
  auto request =
      rss_request(ETHTOOL_SRXFHINDIR, static_cast<std::uint32_t>(table.size()), table.size());
  std::memcpy(request.data() + sizeof(ethtool_rxfh_indir), table.data(), table.size_bytes());
  return door(request, "rss-set");
}

Status reset_rss_table(const EthtoolDoor& door) {
  auto request = rss_request(ETHTOOL_SRXFHINDIR, 0, 0);
  return door(request, "rss-reset");
}

Result<bool> has_rss_contexts(const EthtoolDoor& door) {
  // One below the number that asks for a new one.
  ethtool_rxfh request = context_request(ETHTOOL_GRSSH, ETH_RXFH_CONTEXT_ALLOC - 1);
  const Status asked = door(std::as_writable_bytes(std::span(&request, 1)), "rss-context-get");
  // Where there are contexts the kernel or the driver says that this one does not exist.
  if (asked || asked.error().sys_errno == ENOENT || asked.error().sys_errno == EINVAL) return true;
  if (asked.error().sys_errno == EOPNOTSUPP) return false;
  return fail(asked.error());
}

Result<std::uint32_t> create_rss_context(const EthtoolDoor& door,
                                         std::span<const std::uint32_t> table) {
  if (table.empty() || table.size() > kMaxRssBuckets) {
    return fail(error_from_errno(EINVAL, "rss-context-create", "an RSS table of that size"));
  }
  ethtool_rxfh head = context_request(ETHTOOL_SRSSH, ETH_RXFH_CONTEXT_ALLOC);
  head.indir_size = static_cast<std::uint32_t>(table.size());
  std::vector<std::byte> request(sizeof head + table.size_bytes());
  std::memcpy(request.data(), &head, sizeof head);
  std::memcpy(request.data() + sizeof head, table.data(), table.size_bytes());
  NB_TRY(door(request, "rss-context-create"));
  return load_le<std::uint32_t>(request.data() + offsetof(ethtool_rxfh, rss_context));
}

Status delete_rss_context(const EthtoolDoor& door, std::uint32_t id) {
  // A table of size 0 deletes a context, and would reset the NIC's own.
  if (id == 0 || id == ETH_RXFH_CONTEXT_ALLOC) {
    return fail(error_from_errno(EINVAL, "rss-context-delete", "a context of that number"));
  }
  ethtool_rxfh request = context_request(ETHTOOL_SRSSH, id);
  return door(std::as_writable_bytes(std::span(&request, 1)), "rss-context-delete");
}

}  // namespace nobounce::netlink
