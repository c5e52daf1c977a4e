// SPDX-License-Identifier: Apache-2.0
// Snapshot: what a host is, as plain data. `host::look` takes it; what judges it (judge.h, the room
// doctor) is pure over it, so that whole hosts are tested from recorded snapshots.
//
// It holds what the kernel answered, never what follows from it: that is the judges' part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"
#include "host/probe.h"
#include "nic/nic.h"

namespace nobounce::host {

/// What this process may do.
struct Privileges {
  std::uint32_t user = 0;
  bool net_admin = false;               ///< CAP_NET_ADMIN, in effect.
  bool ipc_lock = false;                ///< CAP_IPC_LOCK: RLIMIT_MEMLOCK does not bind.
  bool initial_user_namespace = false;  ///< zcrx wants CAP_NET_ADMIN there.
  Probe lease_journal;                  ///< A lease can be written down before it is applied.
  Figure<std::uint64_t> memlock_bytes;  ///< RLIMIT_MEMLOCK; kUnlimited for "unlimited".
};

inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

struct SocketFeatures {
  Probe msg_zerocopy;          ///< SO_ZEROCOPY.
  Probe tcp_zerocopy_receive;  ///< TCP_ZEROCOPY_RECEIVE.
  Probe devmem_dontneed;       ///< SO_DEVMEM_DONTNEED.
};

struct IoUringFeatures {
  Probe setup;  ///< A ring with SINGLE_ISSUER | DEFER_TASKRUN | CQE32.
  Probe send_zc;
  Probe sendmsg_zc;
  Probe recv_zc;
  Probe zcrx;             ///< IORING_REGISTER_ZCRX_IFQ is there; the privilege is not asked.
  Probe zcrx_dma_buf;     ///< Areas of device memory.
  Probe zcrx_nodev;       ///< Without a NIC: the kernel copies.
  Probe zcrx_rx_buf_len;  ///< Buffers larger than a page.
  Probe zcrx_flush;       ///< The control call that hands the refill ring over.
  Probe zcrx_statistics;  ///< Copy fallback and failed allocations are counted.
};

/// The netlink family "netdev".
struct DevmemFeatures {
  Probe bind_rx;
  Probe bind_tx;
  Probe rx_page_size;  ///< niovs larger than a page.
};

/// A provider of the room memory, asked for a region of one page.
struct ProviderFacts {
  std::string name;
  Probe opens;       ///< With pages of the usual size.
  Probe huge_pages;  ///< With 2 MiB pages.
  Probe dma_buf;     ///< The region has a dma-buf, as devmem and zcrx's device areas need.
  Probe pinnable;    ///< Its mapping can be pinned, as MSG_ZEROCOPY, SEND_ZC and zcrx areas need.
};

struct CudaFacts {
  Probe driver;   ///< libcuda.so.1 loads and finds a device.
  Probe dma_buf;  ///< Every device can export its memory as a dma-buf.
  std::string version;
  std::vector<std::string> devices;
};

struct HugePagePool {
  std::uint64_t page_bytes = 0;
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

struct MemoryFacts {
  std::vector<ProviderFacts> providers;
  std::vector<std::string> dma_heaps;              ///< The names under /dev/dma_heap.
  Figure<std::uint64_t> udmabuf_size_limit_bytes;  ///< The largest region of udmabuf.
  std::vector<HugePagePool> huge_pages;
  Figure<std::uint64_t> available_bytes;  ///< MemAvailable.
};

/// min, default, max of tcp_rmem and tcp_wmem.
struct BufferSizes {
  std::uint64_t min_bytes = 0;
  std::uint64_t default_bytes = 0;
  std::uint64_t max_bytes = 0;
};

struct Sysctls {
  Figure<BufferSizes> tcp_rmem;
  Figure<BufferSizes> tcp_wmem;
  Figure<std::uint64_t> optmem_max_bytes;
  Figure<std::uint64_t> io_uring_disabled;  ///< 0: everybody may; 1: CAP_SYS_ADMIN; 2: nobody.
};

/// Where the NIC sits, as far as sysfs shows it.
struct PciFacts {
  Figure<std::string> address;       ///< "0000:17:00.0".
  Figure<std::string> id;            ///< "vendor:device", "14e4:1750".
  Figure<std::string> iommu_domain;  ///< "identity", "DMA", "DMA-FQ"; missing: not behind an IOMMU.
  /// Bridges above the NIC that send peer-to-peer traffic up to the root (ACS).
  Figure<std::vector<std::string>> redirecting_bridges;
};

struct NicFacts {
  std::string interface;
  Probe looked;         ///< Whether `state` is what was found, or why not.
  nic::NicState state;  ///< Meaningless unless `looked` works.
  Probe bind_rx;        ///< What the driver says to bind-rx without a dma-buf.
  Probe bind_tx;
  PciFacts pci;
};

struct Snapshot {
  std::string kernel_release;  ///< For people; nothing is judged by it.
  Privileges privileges;
  SocketFeatures sockets;
  IoUringFeatures io_uring;
  DevmemFeatures devmem;
  MemoryFacts memory;
  CudaFacts cuda;
  Sysctls sysctls;
  std::vector<NicFacts> nics;

  /// Empty where `interface` was not looked at.
  [[nodiscard]] const NicFacts* nic(std::string_view interface) const;
  [[nodiscard]] const ProviderFacts* provider(std::string_view name) const;
};

}  // namespace nobounce::host
