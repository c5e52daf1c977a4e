// SPDX-License-Identifier: Apache-2.0
#include "nic/nic_checks.h"

#include <fmt/format.h>

namespace nobounce::nic {

Error refusal(Code code, const NicState& nic, std::string cause, std::string fix) {
  return Error{.code = code,
               .sys_errno = 0,
               .operation = "receive lease",
               .object = nic.link.name,
               .cause = std::move(cause),
               .fix = std::move(fix)};
}

Status check_is_free(const NicState& nic, bool force) {
  if (force) return {};
  const std::string& name = nic.link.name;
  // First of the header split probes: with a program attached some drivers hide the others.
  if (nic.link.xdp_attached) {
    return fail(refusal(
        Code::kBusy, nic,
        nic.link.xdp_program
            ? fmt::format("an XDP program is attached (id {})", *nic.link.xdp_program)
            : std::string("an XDP program is attached"),
        fmt::format("ip link set {} xdp off, or --force to take the NIC nevertheless", name)));
  }
  if (!nic.default_route_interface.empty()) {
    const bool is_itself = nic.default_route_interface == name;
    return fail(refusal(
        Code::kBusy, nic,
        "it carries the default route" +
            (is_itself ? std::string() : fmt::format(", by {}", nic.default_route_interface)),
        "take another NIC, or --force to take this one nevertheless"));
  }
  return {};
}

Status check_header_split(const NicState& nic) {
  if (!nic.link.up) {
    return fail(refusal(Code::kUnsupported, nic, "the interface is down",
                        fmt::format("ip link set {} up", nic.link.name)));
  }
  if (nic.rings.header_split == netlink::HeaderSplit::kUnknown) {
    return fail(
        refusal(Code::kUnsupported, nic,
                nic.driver.empty()
                    ? std::string("it has no driver, and so no header split (tcp-data-split)")
                    : fmt::format("driver \"{}\" has no header split (tcp-data-split)", nic.driver),
                "take a NIC that has it; path copy does without"));
  }
  return {};
}

Status check_steering(const NicState& nic) {
  if (nic.rx_queues < 2) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC has one receive queue, and queue 0 stays the host's",
                        fmt::format("ethtool -L {} rx 2 (or combined 2)", nic.link.name)));
  }
  if (!nic.rx_checksum.active && !nic.rx_checksum.can_change) {
    return fail(refusal(Code::kUnsupported, nic,
                        "receive checksum offload can't be turned on, and the kernel can't sum "
                        "payload that it can't read"));
  }
  if (!nic.ntuple.active && !nic.ntuple.can_change) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC can't steer flows (rx-ntuple-filter is off and fixed)"));
  }
  if (!nic.rules) {
    Error error =
        refusal(Code::kUnsupported, nic,
                "the driver does not tell its flow rules: " + to_string(nic.rules.error()));
    error.sys_errno = 0;
    return fail(std::move(error));
  }
  if (nic.rss_table.empty()) {
    return fail(refusal(Code::kUnsupported, nic,
                        "the NIC has no RSS indirection table, so other flows can't be kept off a "
                        "queue"));
  }
  return {};
}

Status wish_header_split(const NicState& nic, Plan& plan) {
  plan.wishes.push_back({.knob = {.kind = Knob::Kind::kHeaderSplit}, .value = {1}});
  const std::uint32_t threshold = nic.rings.hds_thresh.value_or(0);
  if (!nic.rings.hds_thresh || nic.rings.hds_thresh_max.value_or(0) == 0) {
    if (threshold == 0) return {};
    return fail(refusal(Code::kUnsupported, nic,
                        fmt::format("hds-thresh is {} and can't be set to 0", threshold)));
  }
  plan.wishes.push_back({.knob = {.kind = Knob::Kind::kHdsThreshold}, .value = {0}});
  return {};
}

void wish_steering(Plan& plan) {
  plan.wishes.push_back({.knob = feature_knob(kRxChecksumFeature), .value = {1}});
  plan.wishes.push_back({.knob = feature_knob(kFlowRuleFeature), .value = {1}});
}

}  // namespace nobounce::nic
