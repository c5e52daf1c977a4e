// SPDX-License-Identifier: Apache-2.0
#include "nic/control.h"

#include "netlink/netdev.h"

namespace nobounce::nic {
namespace {

class KernelControl final : public NicControl {
 public:
  KernelControl(netlink::Ethtool ethtool, const netlink::Link& link)
      : ethtool_(std::move(ethtool)),
        door_(netlink::ethtool_door(link.name)),
        ifindex_(link.ifindex) {}

  Status set_header_split(netlink::HeaderSplit wanted) override {
    return ethtool_.set_rings(ifindex_, {.header_split = wanted, .hds_thresh = {}});
  }
  Status set_hds_threshold(std::uint32_t bytes) override {
    return ethtool_.set_rings(ifindex_, {.header_split = {}, .hds_thresh = bytes});
  }
  Status set_feature(const std::string& name, bool on) override {
    return ethtool_.set_feature(ifindex_, name, on);
  }
  Status set_rss_table(std::span<const std::uint32_t> table) override {
    return netlink::set_rss_table(door_, table);
  }
  Status reset_rss_table() override { return netlink::reset_rss_table(door_); }
  Result<std::uint32_t> insert_rule(const netlink::FlowRule& rule,
                                    std::uint32_t location) override {
    return netlink::insert_flow_rule(door_, rule, location);
  }
  Status delete_rule(std::uint32_t location) override {
    return netlink::delete_flow_rule(door_, location);
  }
  Result<NicUse> use() override {
    NB_ASSIGN(netlink::Netdev netdev, netlink::Netdev::open());
    NB_ASSIGN(const auto queues, netdev.queues(ifindex_));
    NicUse use;
    for (const netlink::Queue& queue : queues) {
      if (queue.direction != netlink::Queue::Direction::kReceive) continue;
      ++use.rx_queues;
      if (queue.holder != netlink::QueueHolder::kNobody) use.held_queues.push_back(queue.id);
    }
    NB_ASSIGN(use.rss_table, netlink::rss_table(door_));
    NB_ASSIGN(const auto rules, netlink::flow_rules(door_));
    use.flow_rules = rules.rules.size();
    return use;
  }

 private:
  netlink::Ethtool ethtool_;
  netlink::EthtoolDoor door_;
  int ifindex_;
};

}  // namespace

Result<std::unique_ptr<NicControl>> open_control(const netlink::Link& link) {
  NB_ASSIGN(netlink::Ethtool ethtool, netlink::Ethtool::open());
  return std::make_unique<KernelControl>(std::move(ethtool), link);
}

}  // namespace nobounce::nic
