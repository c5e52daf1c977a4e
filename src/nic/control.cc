// SPDX-License-Identifier: Apache-2.0
#include "nic/control.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "netlink/ethtool.h"
#include "netlink/ethtool_door.h"
#include "sys/kernel_parameter.h"

namespace nobounce::nic {
namespace {

using Kind = Knob::Kind;

/// Values were checked by is_possible, so that each fits.
std::uint32_t number(const Value& value, std::size_t at = 0) {
  return static_cast<std::uint32_t>(value.at(at));
}

netlink::RingsChange rings_change(Kind kind, const Value& value) {
  netlink::RingsChange change;
  switch (kind) {
    case Kind::kRxRing:
      change.rx = number(value);
      break;
    case Kind::kTxRing:
      change.tx = number(value);
      break;
    case Kind::kRxBufferLength:
      change.rx_buf_len = number(value);
      break;
    case Kind::kHeaderSplit:
      change.header_split =
          number(value) != 0 ? netlink::HeaderSplit::kOn : netlink::HeaderSplit::kOff;
      break;
    default:
      change.hds_thresh = number(value);
      break;
  }
  return change;
}

class KernelControl final : public NicControl {
 public:
  KernelControl(netlink::Ethtool ethtool, const netlink::Link& link)
      : ethtool_(std::move(ethtool)),
        door_(netlink::ethtool_door(link.name)),
        name_(link.name),
        ifindex_(link.ifindex) {}

  Result<NicState> look() override { return look_at(name_); }

  Status set(const Knob& knob, const Value& value) override {
    switch (knob.kind) {
      case Kind::kFeature:
        return ethtool_.set_feature(ifindex_, knob.name, number(value) != 0);
      case Kind::kSysctl:
        return sys::write_kernel_parameter(knob.name, fmt::format("{}", fmt::join(value, " ")));
      case Kind::kChannels:
        return ethtool_.set_channels(
            ifindex_,
            {.rx = number(value, 0), .tx = number(value, 1), .combined = number(value, 2)});
      default:
        return ethtool_.set_rings(ifindex_, rings_change(knob.kind, value));
    }
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
  Result<std::uint32_t> create_rss_context(std::span<const std::uint32_t> table) override {
    return netlink::create_rss_context(door_, table);
  }
  Status delete_rss_context(std::uint32_t id) override {
    return netlink::delete_rss_context(door_, id);
  }

 private:
  netlink::Ethtool ethtool_;
  netlink::EthtoolDoor door_;
  std::string name_;
  int ifindex_;
};

}  // namespace

Result<std::unique_ptr<NicControl>> open_control(const netlink::Link& link) {
  NB_ASSIGN(netlink::Ethtool ethtool, netlink::Ethtool::open());
  return std::make_unique<KernelControl>(std::move(ethtool), link);
}

}  // namespace nobounce::nic
