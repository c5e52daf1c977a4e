// SPDX-License-Identifier: Apache-2.0
// Each path is a list of conditions, asked in the order in which a user would mend them; the first
// that fails is the reason.
#include "host/judge.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "host/path_order.h"
#include "nic/plan.h"

namespace nobounce::host {
namespace {

using path::Path;

constexpr std::uint32_t kPageBytes = 4096;
/// The smallest MTU whose TCP segments hold a page: 40 bytes of IPv4 and TCP, 12 of timestamps.
constexpr std::uint32_t kPagePerSegmentMtu = kPageBytes + 52;

/// What stands in the way of a path, or nothing.
using Obstacle = std::optional<Verdict>;

Verdict verdict(Grade grade, std::string reason, std::string fix = {}) {
  return {.path = Path::kCopy, .grade = grade, .reason = std::move(reason), .fix = std::move(fix)};
}
Verdict no(std::string reason, std::string fix = {}) {
  return verdict(Grade::kNo, std::move(reason), std::move(fix));
}
Verdict copies(std::string reason, std::string fix = {}) {
  return verdict(Grade::kCopies, std::move(reason), std::move(fix));
}

/// The first of `checks` that finds something. Each is a callable, so that one asks only what the
/// ones before it allow to ask.
template <typename... Checks>
Verdict first_of(Checks&&... checks) {
  Obstacle found;
  (void)((found = checks(), found.has_value()) || ...);
  return found ? *std::move(found) : verdict(Grade::kZeroCopy, {});
}

class Judge {
 public:
  Judge(const Snapshot& host, const PathNeed& need)
      : host_(host), need_(need), nic_(host.nic(need.interface)) {}

  [[nodiscard]] Verdict receive(Path path) const {
    switch (path) {
      case Path::kDevmem:
        return devmem_receive();
      case Path::kZcrx:
        return zcrx();
      case Path::kMmap:
        return mmap();
      default:
        return plain_copy();
    }
  }

  [[nodiscard]] Verdict send(Path path) const {
    switch (path) {
      case Path::kDevmem:
        return devmem_send();
      case Path::kSendZc:
        return send_zc();
      case Path::kZerocopy:
        return zerocopy();
      default:
        return plain_copy();
    }
  }

 private:
  static Verdict plain_copy() { return copies("plain sockets: the kernel copies"); }

  static Obstacle need_probe(const Probe& probe) {
    if (probe.works()) return std::nullopt;
    return no(probe.failed, probe.fix);
  }

  [[nodiscard]] bool has_nic() const { return !need_.interface.empty() && need_.interface != "lo"; }

  [[nodiscard]] Obstacle need_nic(std::string_view path) const {
    if (need_.interface.empty()) {
      return no(fmt::format("{} needs a NIC, and none is named", path), "name one with --nic");
    }
    if (!has_nic()) return no(fmt::format("loopback can't carry {}: it has no queues", path));
    return seen_nic();
  }

  [[nodiscard]] Obstacle seen_nic() const {
    if (nic_ == nullptr) return no(fmt::format("{} was not looked at", need_.interface));
    return need_probe(nic_->looked);
  }

  [[nodiscard]] Obstacle need_net_admin() const {
    if (host_.privileges.net_admin) return std::nullopt;
    return no("CAP_NET_ADMIN is missing, which setting up a NIC's queue takes", "run as root");
  }

  /// A receive lease can be had; what it has to change on the NIC is no obstacle.
  [[nodiscard]] Obstacle need_lease() const {
    if (auto closed = need_probe(host_.privileges.lease_journal)) return closed;
    const auto planned = nic::plan(nic_->state, {.interface = need_.interface,
                                                 .queue = {},
                                                 .listen_port = need_.listen_port,
                                                 .listen_address = need_.listen_address,
                                                 .force = need_.force});
    if (planned) return std::nullopt;
    return no(planned.error().cause, planned.error().fix);
  }

  /// A provider that opens.
  [[nodiscard]] Obstacle need_region() const {
    const ProviderFacts* provider = host_.provider(need_.provider);
    if (provider == nullptr) {
      return no(fmt::format("no provider \"{}\" was looked at", need_.provider));
    }
    return need_probe(need_.hugepages ? provider->huge_pages : provider->opens);
  }

  /// The memory: a provider that opens, and a property of its regions.
  [[nodiscard]] Obstacle need_memory(Probe ProviderFacts::* property) const {
    if (auto closed = need_region()) return closed;
    return need_probe(host_.provider(need_.provider)->*property);
  }

  [[nodiscard]] Verdict devmem_receive() const {
    return first_of(
        [&] { return need_nic("devmem"); }, [&] { return need_probe(host_.devmem.bind_rx); },
        [&] { return need_probe(host_.sockets.devmem_dontneed); }, [&] { return need_net_admin(); },
        [&] { return need_lease(); }, [&] { return need_memory(&ProviderFacts::dma_buf); },
        [&] { return need_probe(nic_->bind_rx); });
  }

  [[nodiscard]] Verdict devmem_send() const {
    return first_of([&] { return need_nic("devmem"); },
                    [&] { return need_probe(host_.devmem.bind_tx); },
                    [&] { return need_probe(host_.sockets.msg_zerocopy); },
                    [&] { return need_memory(&ProviderFacts::dma_buf); },
                    [&] { return need_probe(nic_->bind_tx); }, [&] { return need_tx_checksum(); });
  }

  /// The kernel can't sum payload that it can't read.
  [[nodiscard]] Obstacle need_tx_checksum() const {
    const netlink::Feature sums = nic_->state.tx_checksum;
    if (sums.active) return std::nullopt;
    const std::string fix = fmt::format("ethtool -K {} tx on", need_.interface);
    if (!sums.can_change)
      return no("the NIC can't sum what it sends, and the kernel can't read it");
    return no("transmit checksum offload is off, so the kernel would drop what it can't read", fix);
  }

  [[nodiscard]] Obstacle need_zcrx_ring() const {
    for (const Probe* probe :
         {&host_.io_uring.setup, &host_.io_uring.recv_zc, &host_.io_uring.zcrx}) {
      if (auto failed = need_probe(*probe)) return failed;
    }
    if (auto missing = need_net_admin()) return missing;
    if (host_.privileges.initial_user_namespace) return std::nullopt;
    return no("zcrx wants CAP_NET_ADMIN in the initial user namespace, and this is another",
              "run outside of the container's user namespace");
  }

  /// Host memory that can be pinned, or else an area of device memory.
  [[nodiscard]] Obstacle need_area() const {
    auto unpinned = need_memory(&ProviderFacts::pinnable);
    if (!unpinned) return std::nullopt;
    if (need_memory(&ProviderFacts::dma_buf)) return unpinned;
    return need_probe(host_.io_uring.zcrx_dma_buf);
  }

  [[nodiscard]] Verdict zcrx() const {
    if (!has_nic()) return zcrx_without_nic();
    return first_of([&] { return seen_nic(); }, [&] { return need_zcrx_ring(); },
                    [&] { return need_lease(); }, [&] { return need_area(); },
                    [&] { return need_probe(nic_->bind_rx); });
  }

  /// The kernel copies into the area, so it must be able to reach it.
  [[nodiscard]] Verdict zcrx_without_nic() const {
    return first_of([&] { return need_zcrx_ring(); },
                    [&] { return need_probe(host_.io_uring.zcrx_nodev); },
                    [&] { return need_memory(&ProviderFacts::pinnable); },
                    [&] { return Obstacle(copies("zcrx without a NIC: the kernel copies")); });
  }

  [[nodiscard]] Verdict mmap() const {
    if (auto failed = need_probe(host_.sockets.tcp_zerocopy_receive)) return *failed;
    if (auto closed = need_region()) return *closed;
    if (!has_nic()) {
      return copies("loopback maps only what happens to lie in whole pages");
    }
    return first_of([&] { return seen_nic(); },  //
                    [&] { return need_split_pages(); });
  }

  /// Only frags of exactly a page can be mapped: payload apart from headers, in buffers of a page,
  /// and segments that fill one.
  [[nodiscard]] Obstacle need_split_pages() const {
    const nic::NicState& nic = nic_->state;
    const netlink::HeaderSplit split = nic.rings.header_split;
    if (split == netlink::HeaderSplit::kUnknown) {
      return copies(
          fmt::format("driver \"{}\" has no header split (tcp-data-split), so no payload "
                      "fills a page",
                      nic.driver));
    }
    if (split == netlink::HeaderSplit::kOff && !host_.privileges.net_admin) {
      return copies("header split is off, and turning it on takes CAP_NET_ADMIN",
                    fmt::format("ethtool -G {} tcp-data-split on", need_.interface));
    }
    if (split == netlink::HeaderSplit::kOff && !host_.privileges.lease_journal.works()) {
      return copies("header split is off, and turning it on is written down first: " +
                        host_.privileges.lease_journal.failed,
                    host_.privileges.lease_journal.fix);
    }
    if (nic.rings.rx_buf_len.value_or(kPageBytes) < kPageBytes) {
      return copies(fmt::format("rx-buf-len is {}, so no frag fills a page", *nic.rings.rx_buf_len),
                    fmt::format("ethtool -G {} rx-buf-len {}", need_.interface, kPageBytes));
    }
    if (nic.link.mtu < kPagePerSegmentMtu) {
      return copies(fmt::format("at MTU {} no segment fills a page", nic.link.mtu),
                    fmt::format("ip link set {} mtu {}  # on both hosts; {} over IPv6",
                                need_.interface, kPagePerSegmentMtu, kPagePerSegmentMtu + 20));
    }
    return std::nullopt;
  }

  /// What MSG_ZEROCOPY and SEND_ZC have in common.
  [[nodiscard]] Obstacle need_real_wire() const {
    if (!has_nic()) return copies("on loopback the kernel copies what was sent without a copy");
    if (auto unseen = seen_nic()) return unseen;
    const auto gather = nic_->state.features.find("tx-scatter-gather");
    if (gather != nic_->state.features.end() && gather->second.active) return std::nullopt;
    return copies("scatter-gather is off, so the kernel copies into one buffer for each packet",
                  fmt::format("ethtool -K {} sg on", need_.interface));
  }

  [[nodiscard]] Verdict zerocopy() const {
    return first_of([&] { return need_probe(host_.sockets.msg_zerocopy); },
                    [&] { return need_memory(&ProviderFacts::pinnable); },
                    [&] { return need_real_wire(); });
  }

  [[nodiscard]] Verdict send_zc() const {
    return first_of([&] { return need_probe(host_.io_uring.setup); },
                    [&] { return need_probe(host_.io_uring.send_zc); },
                    [&] { return need_memory(&ProviderFacts::pinnable); },
                    [&] { return need_real_wire(); });
  }

  const Snapshot& host_;
  const PathNeed& need_;
  const NicFacts* nic_;
};

}  // namespace

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::kNo:
      return "no";
    case Grade::kCopies:
      return "copies";
    case Grade::kZeroCopy:
      return "yes";
  }
  return "no";
}

std::vector<Verdict> judge_receive(const Snapshot& snapshot, const PathNeed& need) {
  const Judge judge(snapshot, need);
  std::vector<Verdict> verdicts;
  for (const Path path : kReceiveOrder) {
    verdicts.push_back(judge.receive(path));
    verdicts.back().path = path;
  }
  return verdicts;
}

std::vector<Verdict> judge_send(const Snapshot& snapshot, const PathNeed& need) {
  const Judge judge(snapshot, need);
  std::vector<Verdict> verdicts;
  for (const Path path : kSendOrder) {
    verdicts.push_back(judge.send(path));
    verdicts.back().path = path;
  }
  return verdicts;
}

}  // namespace nobounce::host
