// SPDX-License-Identifier: Apache-2.0
#include "host/nic_look.h"

#include <utility>

#include "netlink/devmem_probe.h"
#include "netlink/parent_device.h"
#include "sys/pci_device.h"

namespace nobounce::host {
namespace {

PciFacts look_at_pci(int ifindex) {
  const auto parent = netlink::parent_device(ifindex);
  if (!parent) {
    const NotAvailable why{to_string(parent.error())};
    return {.address = why, .id = why, .iommu_domain = why, .redirecting_bridges = why};
  }
  if (parent->bus != "pci") {
    const NotAvailable why{"the interface sits on no PCI device"};
    return {.address = why, .id = why, .iommu_domain = why, .redirecting_bridges = why};
  }
  PciFacts facts{.address = parent->name,
                 .id = sys::pci_id(parent->name),
                 .iommu_domain = sys::iommu_domain(parent->name),
                 .redirecting_bridges = sys::redirecting_bridges(parent->name)};
  if (facts.iommu_domain.is_available() && facts.iommu_domain.value().empty()) {
    facts.iommu_domain = NotAvailable{"the device is behind no IOMMU"};
  }
  return facts;
}

}  // namespace

NicFacts look_at_nic(const std::string& interface) {
  NicFacts facts;
  facts.interface = interface;
  auto state = nic::look_at(interface);
  if (!state) {
    facts.looked = facts.bind_rx = facts.bind_tx = Probe::of(state.error());
    return facts;
  }
  const int ifindex = state->link.ifindex;
  facts.looked = Probe::yes();
  facts.state = *std::move(state);
  facts.bind_rx = Probe::of(netlink::probe_bind_rx(ifindex));
  facts.bind_tx = Probe::of(netlink::probe_bind_tx(ifindex));
  facts.pci = look_at_pci(ifindex);
  return facts;
}

}  // namespace nobounce::host
