// SPDX-License-Identifier: Apache-2.0
#include "host/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/nic_look.h"
#include "memory/region.h"
#include "netlink/devmem_probe.h"
#include "netlink/link.h"
#include "netlink/parent_device.h"
#include "nic/journal_file.h"
#include "sys/cuda_driver.h"
#include "sys/directory_names.h"
#include "sys/host_identity.h"
#include "sys/huge_pages.h"
#include "sys/io_uring_probe.h"
#include "sys/pin_probe.h"
#include "sys/privileges.h"
#include "sys/procfs.h"
#include "sys/socket_probe.h"
#include "sys/sysctl.h"
#include "sys/system_constants.h"
#include "sys/text_file.h"

namespace nobounce::host {
namespace {

constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20;

template <typename T>
Probe probe_of(const Result<T>& result) {
  return result ? Probe::yes() : Probe::of(result.error());
}

Probe has(bool there, std::string missing) {
  return there ? Probe::yes() : Probe::no(std::move(missing), "boot a newer kernel");
}

Privileges look_at_privileges() {
  const std::uint64_t capabilities = sys::effective_capabilities().value_or(0);
  return {.user = sys::effective_user(),
          .net_admin = sys::has_net_admin(capabilities),
          .ipc_lock = sys::has_ipc_lock(capabilities),
          .initial_user_namespace = sys::in_initial_user_namespace().value_or(false),
          .lease_journal = Probe::of(nic::JournalFile::may_open(nic::kJournalDirectory)),
          .memlock_bytes = sys::memlock_limit()};
}

SocketFeatures look_at_sockets() {
  return {.msg_zerocopy = Probe::of(sys::probe_msg_zerocopy()),
          .tcp_zerocopy_receive = Probe::of(sys::probe_tcp_zerocopy_receive()),
          .devmem_dontneed = Probe::of(sys::probe_devmem_dontneed())};
}

void add_zcrx_abilities(IoUringFeatures& features) {
  constexpr std::uint32_t kFlushControl = 0;  // ZCRX_CTRL_FLUSH_RQ
  const auto answer = sys::query_zcrx();
  const auto abilities = answer.value_or(sys::ZcrxAbilities{});
  const auto tell = [&](bool there, std::string_view thing) {
    return has(there, fmt::format("zcrx: no {} here{}", thing,
                                  answer ? std::string()
                                         : fmt::format(" ({})", to_string(answer.error()))));
  };
  features.zcrx_dma_buf = tell(abilities.dma_buf_areas, "dma-buf areas");
  features.zcrx_nodev = tell(abilities.without_nic, "NODEV");
  features.zcrx_rx_buf_len = tell(abilities.rx_buf_len, "rx_buf_len");
  features.zcrx_flush = tell(abilities.control_ops > kFlushControl, "control calls");
  features.zcrx_statistics = tell(abilities.statistics, "statistics");
}

IoUringFeatures look_at_io_uring() {
  using Operation = sys::IoUringProbe::Operation;
  IoUringFeatures features;
  add_zcrx_abilities(features);
  const auto ring = sys::IoUringProbe::open();
  features.setup = probe_of(ring);
  if (!ring) {
    features.send_zc = features.sendmsg_zc = features.recv_zc = features.zcrx = features.setup;
    return features;
  }
  features.send_zc = Probe::of(ring->has(Operation::kSendZc));
  features.sendmsg_zc = Probe::of(ring->has(Operation::kSendmsgZc));
  features.recv_zc = Probe::of(ring->has(Operation::kRecvZc));
  features.zcrx = Probe::of(ring->has_zcrx());
  return features;
}

DevmemFeatures look_at_devmem() {
  const auto commands = netlink::devmem_commands();
  if (!commands) {
    const Probe unanswered = Probe::of(commands.error());
    return {.bind_rx = unanswered, .bind_tx = unanswered, .rx_page_size = unanswered};
  }
  return {.bind_rx = has(commands->bind_rx, "this kernel's netlink family netdev has no bind-rx"),
          .bind_tx = has(commands->bind_tx, "this kernel's netlink family netdev has no bind-tx"),
          .rx_page_size = has(commands->rx_page_size, "bind-rx takes no rx-page-size here")};
}

/// By opening a region of one page, and one of one huge page, and asking them.
ProviderFacts look_at_provider(const std::string& name) {
  ProviderFacts facts;
  facts.name = name;
  const auto region =
      memory::open_region(name, {.size = sys::page_size_bytes(), .huge_pages = false});
  facts.opens = probe_of(region);
  if (!region) {
    facts.huge_pages = facts.dma_buf = facts.pinnable = facts.opens;
    return facts;
  }
  facts.huge_pages =
      probe_of(memory::open_region(name, {.size = kHugePageBytes, .huge_pages = true}));
  facts.dma_buf = probe_of((*region)->dma_buf_fd());
  const auto view = (*region)->pinnable_view();
  facts.pinnable = view ? Probe::of(sys::probe_pinning(*view)) : Probe::of(view.error());
  return facts;
}

Figure<std::uint64_t> udmabuf_size_limit() {
  const std::string path = "/sys/module/udmabuf/parameters/size_limit_mb";
  const auto text = sys::read_text_file(path);
  if (!text) return NotAvailable{to_string(text.error())};
  return sys::parse_numbers(*text, path).map([](const auto& numbers) {
    return std::min(numbers.front(), kUnlimited / kMib) * kMib;
  });
}

MemoryFacts look_at_memory() {
  MemoryFacts facts;
  for (const std::string& name : memory::providers_here())
    facts.providers.push_back(look_at_provider(name));
  facts.dma_heaps = sys::names_in("/dev/dma_heap").value_or(std::vector<std::string>{});
  facts.udmabuf_size_limit_bytes = udmabuf_size_limit();
  if (const auto pools = sys::read_huge_pages()) {
    for (const sys::HugePages& pool : *pools) {
      facts.huge_pages.push_back(
          {.page_bytes = pool.page_bytes, .total = pool.total, .free = pool.free});
    }
  }
  facts.available_bytes = sys::read_available_memory();
  return facts;
}

CudaFacts look_at_cuda() {
  CudaFacts facts;
  const auto driver = sys::probe_cuda_driver();
  facts.driver = facts.dma_buf = probe_of(driver);
  if (!driver) return facts;
  facts.version = fmt::format("{}.{}", driver->version / 1000, driver->version % 1000 / 10);
  for (const sys::CudaDevice& device : driver->devices) {
    facts.devices.push_back(device.name);
    if (device.exports_dma_buf) continue;
    facts.dma_buf =
        Probe::no(fmt::format("{} exports no dma-buf (CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED is 0)",
                              device.name),
                  "install the driver with open kernel modules");
  }
  return facts;
}

Figure<std::uint64_t> one_number(const std::string& sysctl) {
  return sys::read_sysctl(sysctl).map([](const auto& numbers) { return numbers.front(); });
}

Figure<BufferSizes> buffer_sizes(const std::string& sysctl) {
  const auto numbers = sys::read_sysctl(sysctl);
  if (!numbers) return NotAvailable{to_string(numbers.error())};
  if (numbers->size() != 3) return NotAvailable{sysctl + " has not three numbers"};
  return BufferSizes{
      .min_bytes = (*numbers)[0], .default_bytes = (*numbers)[1], .max_bytes = (*numbers)[2]};
}

Sysctls look_at_sysctls() {
  return {.tcp_rmem = buffer_sizes("net.ipv4.tcp_rmem"),
          .tcp_wmem = buffer_sizes("net.ipv4.tcp_wmem"),
          .optmem_max_bytes = one_number("net.core.optmem_max"),
          .io_uring_disabled = one_number("kernel.io_uring_disabled")};
}

}  // namespace

Snapshot look(std::span<const std::string> interfaces) {
  const auto release = sys::identify_host().kernel_release;
  Snapshot snapshot{.kernel_release = release.is_available() ? release.value() : "unknown",
                    .privileges = look_at_privileges(),
                    .sockets = look_at_sockets(),
                    .io_uring = look_at_io_uring(),
                    .devmem = look_at_devmem(),
                    .memory = look_at_memory(),
                    .cuda = {},
                    .sysctls = look_at_sysctls(),
                    .nics = {}};
  for (const std::string& interface : interfaces)
    snapshot.nics.push_back(look_at_nic(interface));
  return snapshot;
}

Snapshot look_thoroughly(std::span<const std::string> interfaces) {
  Snapshot snapshot = look(interfaces);
  snapshot.cuda = look_at_cuda();
  return snapshot;
}

Result<std::vector<std::string>> interfaces_of_devices() {
  NB_ASSIGN(netlink::RouteSocket routes, netlink::RouteSocket::open());
  NB_ASSIGN(const auto links, routes.links());
  std::vector<std::string> found;
  for (const netlink::Link& link : links) {
    const auto parent = netlink::parent_device(link.ifindex);
    if (parent && !parent->bus.empty()) found.push_back(link.name);
  }
  return found;
}

}  // namespace nobounce::host
