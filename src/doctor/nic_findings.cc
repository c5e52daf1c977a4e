// SPDX-License-Identifier: Apache-2.0
// What one NIC, its driver and its settings keep from a host. What a lease sets for the time of a
// connection is a note at most.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "doctor/examine.h"
#include "host/verification.h"

namespace nobounce::doctor {
namespace {

using netlink::HeaderSplit;
using nic::NicState;

constexpr std::uint32_t kPagePerSegmentMtu = 4096 + 52;  // IPv4 and TCP, with timestamps.
constexpr std::uint32_t kLargestOrdinaryPacket = 65536;

/// Collects what is found about one NIC.
class Examination {
 public:
  Examination(const host::NicFacts& nic, Findings& findings)
      : nic_(nic), state_(nic.state), findings_(findings) {}

  void link() {
    if (!state_.link.up) {
      add(Severity::kError, "nic-down", "the interface is down", "nothing can be sent or received",
          fmt::format("ip link set {} up", nic_.interface));
    } else if (!state_.link.carrier) {
      add(Severity::kError, "no-carrier", "the link has no carrier",
          "nothing can be sent or received", "look at the cable and at the other end");
    }
    if (!state_.default_route_interface.empty()) {
      add(Severity::kNote, "default-route",
          fmt::format("the default route leaves through it ({})", state_.default_route_interface),
          "changing its settings may cut you off from the host, so a lease asks for --force", "");
    }
    if (state_.link.mtu < kPagePerSegmentMtu) {
      add(Severity::kWarning, "mtu-below-page", fmt::format("the MTU is {}", state_.link.mtu),
          "a segment fills no page of 4096 bytes: mmap maps nothing, and with devmem and zcrx most "
          "of each buffer stays empty",
          fmt::format("ip link set {} mtu {}  # on every host of the network; {} over IPv6",
                      nic_.interface, kPagePerSegmentMtu, kPagePerSegmentMtu + 20));
    }
  }

  void header_split() {
    const netlink::Rings& rings = state_.rings;
    const std::uint32_t threshold = rings.hds_thresh.value_or(0);
    if (state_.link.xdp_attached) {
      add(Severity::kWarning, "xdp-attached",
          fmt::format("an XDP program is attached{}",
                      state_.link.xdp_program ? fmt::format(" (id {})", *state_.link.xdp_program)
                                              : std::string()),
          "devmem and zcrx can't share a NIC with it: it would have to read the payload",
          fmt::format("ip link set {} xdp off  # if nobody needs it", nic_.interface));
    }
    if (rings.header_split == HeaderSplit::kUnknown) {
      add(Severity::kWarning, "no-header-split",
          fmt::format("driver \"{}\" has no header split (tcp-data-split)", state_.driver),
          "devmem, zcrx and mmap need payload apart from headers", "use a NIC whose driver has it");
    } else if (rings.header_split == HeaderSplit::kOff) {
      add(Severity::kNote, "header-split-off", "header split is off",
          "a lease turns it on for the time of a connection; mmap without a lease maps nothing",
          fmt::format("ethtool -G {} tcp-data-split on", nic_.interface));
    }
    if (threshold == 0) return;
    const bool settable = rings.hds_thresh_max.value_or(0) != 0;
    add(settable ? Severity::kNote : Severity::kWarning, "hds-thresh",
        fmt::format("hds-thresh is {}{}", threshold, settable ? "" : " and can't be set"),
        "bind-rx wants every packet split, so 0; a lease sets it",
        settable ? fmt::format("ethtool -G {} hds-thresh 0", nic_.interface) : "");
  }

  void offloads() {
    need_feature("rx-checksum", Severity::kWarning,
                 "the kernel can't sum payload that it can't read; a lease turns it on", "rx on");
    need_feature("tx-scatter-gather", Severity::kWarning,
                 "without it the kernel copies each packet into one buffer", "sg on");
    need_feature("tx-tcp-segmentation", Severity::kWarning,
                 "without it the CPU cuts every packet up", "tso on");
    need_feature("rx-gro", Severity::kWarning, "without it every packet climbs the stack alone",
                 "gro on");
    need_feature("rx-gro-hw", Severity::kNote,
                 "the NIC could join packets itself, which saves CPU on every path",
                 "rx-gro-hw on");
    need_feature("rx-ntuple-filter", Severity::kNote,
                 "devmem and zcrx steer flows by its rules; a lease turns it on", "ntuple on");
    if (!state_.tx_checksum.active) {
      add(Severity::kWarning, "no-tx-checksum", "transmit checksum offload is off",
          "devmem can't send: the kernel can't sum payload that it can't read",
          fmt::format("ethtool -K {} tx on", nic_.interface));
    }
    const netlink::PacketSizes& sizes = state_.link.packet_sizes;
    if (sizes.gso_max.value_or(0) <= kLargestOrdinaryPacket &&
        sizes.tso_max.value_or(0) > kLargestOrdinaryPacket) {
      add(Severity::kNote, "no-big-tcp",
          fmt::format("packets inside of the host end at {} bytes; the NIC takes {}",
                      sizes.gso_max.value_or(0), *sizes.tso_max),
          "BIG TCP halves the work for each byte at high rates",
          fmt::format("ip link set {0} gso_max_size {1} gro_max_size {1} gso_ipv4_max_size {1} "
                      "gro_ipv4_max_size {1}",
                      nic_.interface, *sizes.tso_max));
    }
  }

  void queues() {
    if (state_.rx_queues < 2) {
      add(Severity::kWarning, "one-queue", "the NIC has one receive queue",
          "queue 0 stays the host's, so devmem and zcrx have none",
          fmt::format("ethtool -L {} rx 2  # or combined 2", nic_.interface));
    }
    if (!state_.rules) {
      add(Severity::kWarning, "no-flow-rules", "the driver does not tell its flow rules",
          "a connection can't be steered to a queue of its own", "");
    }
    if (!state_.has_rss_contexts) {
      add(Severity::kNote, "no-rss-contexts", "the NIC has no RSS contexts",
          "a lease moves the whole RSS table off its queues instead, for all who use the NIC", "");
    }
    if (state_.held_queues.empty()) return;
    std::vector<std::string> held;
    for (const nic::HeldQueue& queue : state_.held_queues)
      held.push_back(fmt::format("{} ({})", queue.queue, netlink::name_of(queue.holder)));
    add(Severity::kNote, "queues-held",
        fmt::format("others hold receive queues: {}", fmt::join(held, ", ")),
        "they are not to be had until their users end", "");
  }

  void memory(const host::Snapshot& host, const Workload& workload) {
    if (const auto need = provision_for(nic_, workload);
        need.is_available() && need.value().needed > workload.region_bytes) {
      const Provisioning& parts = need.value();
      add(Severity::kWarning, "region-small",
          fmt::format("one queue needs {} bytes: twice {} on the way, {} for the ring, {} that the "
                      "application holds; the region has {}",
                      parts.needed, parts.bandwidth_delay, parts.ring, parts.held,
                      workload.region_bytes),
          "an empty pool stops the sender until frags come back",
          fmt::format("nobounce recv --region-size {}  # or a smaller ring", parts.needed));
    }
    if (const auto reason = host::why_unverified(workload.provider, nic_.pci)) {
      add(Severity::kNote, "unverified", *reason,
          "data may land elsewhere without an error, so a host is trusted only once it was seen",
          fmt::format("nobounce doctor {} --verify --peer HOST:PORT", nic_.interface));
    }
    const auto& bridges = nic_.pci.redirecting_bridges;
    if (host.cuda.dma_buf.works() && bridges.is_available() && !bridges.value().empty()) {
      add(Severity::kWarning, "acs-redirects",
          fmt::format("PCI bridges send traffic between devices up to the root (ACS): {}",
                      fmt::join(bridges.value(), ", ")),
          "the accelerator's memory is then reached at a fraction of the rate",
          "turn ACS off in the firmware, if no virtual machine owns a device below them");
    }
  }

 private:
  void add(Severity severity, std::string_view id, std::string what, std::string_view why,
           std::string command) {
    findings_.push_back({.id = std::string(id),
                         .severity = severity,
                         .object = nic_.interface,
                         .what = std::move(what),
                         .why = std::string(why),
                         .command = std::move(command)});
  }

  /// Of a feature that the NIC has but that is off. One that it lacks is no finding.
  void need_feature(std::string_view name, Severity severity, std::string_view why,
                    std::string_view words) {
    const auto found = state_.features.find(name);
    if (found == state_.features.end() || found->second.active || !found->second.can_change) return;
    add(severity, fmt::format("{}-off", name), fmt::format("{} is off", name), why,
        fmt::format("ethtool -K {} {}", nic_.interface, words));
  }

  const host::NicFacts& nic_;
  const NicState& state_;
  Findings& findings_;
};

}  // namespace

void add_nic_findings(const host::Snapshot& host, const host::NicFacts& nic,
                      const Workload& workload, Findings& findings) {
  if (!nic.looked.works()) {
    findings.push_back({.id = "no-such-nic",
                        .severity = Severity::kError,
                        .object = nic.interface,
                        .what = nic.looked.failed,
                        .why = "it can't be judged",
                        .command = "ip link  # lists the interfaces of this network namespace"});
    return;
  }
  if (nic.interface == "lo") return;  // It has no hardware that could be better.
  Examination examination(nic, findings);
  examination.link();
  examination.header_split();
  examination.offloads();
  examination.queues();
  examination.memory(host, workload);
}

}  // namespace nobounce::doctor
