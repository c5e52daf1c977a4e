// SPDX-License-Identifier: Apache-2.0
// FakeNic: a NIC of the test's own that keeps what it is told, refuses or dies where a test wants
// it, and may be shared between processes.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "nic/control.h"
#include "nic/rss.h"
#include "nic_states.h"

namespace nobounce::nic::testing {

/// What a NIC knows, without a pointer, so that a child process may change what its parent sees.
struct Device {
  static constexpr std::size_t kBuckets = 8;
  static constexpr std::size_t kRules = 8;
  static constexpr std::size_t kContexts = 2;
  struct Rule {
    bool is_used = false;
    netlink::FlowRule rule;

    friend bool operator==(const Rule&, const Rule&) = default;
  };
  struct Context {
    bool is_used = false;
    std::uint32_t table[kBuckets] = {};

    friend bool operator==(const Context&, const Context&) = default;
  };

  std::uint32_t rx_queues = 4;
  std::uint32_t combined = 0;
  bool is_table_left = false;  ///< A change of channels leaves the RSS table alone.
  std::uint32_t rx_ring = 512;
  std::uint32_t rx_buf_len = 2048;
  std::uint32_t hds_thresh = 256;
  bool has_hds_thresh = true;
  bool split = false;
  bool rx_checksum = false;
  bool ntuple = false;
  bool tx_checksum = false;
  bool has_contexts = false;
  bool chooses_location = false;
  std::uint64_t tcp_rmem = 6'291'456;
  std::uint32_t rss[kBuckets] = {0, 1, 2, 3, 0, 1, 2, 3};
  Rule rules[kRules] = {};
  Context contexts[kContexts] = {};
  std::uint32_t held_queue = 0;  ///< Bound by somebody; 0: none.

  friend bool operator==(const Device&, const Device&) = default;
};

/// A Device that is shared with the children of this process.
class SharedDevice {
 public:
  SharedDevice()
      : device_(new(::mmap(nullptr, sizeof(Device), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Device) {}
  ~SharedDevice() { ::munmap(device_, sizeof(Device)); }
  SharedDevice(const SharedDevice&) = delete;
  SharedDevice& operator=(const SharedDevice&) = delete;
  Device& operator*() { return *device_; }
  Device* operator->() { return device_; }

 private:
  Device* device_;
};

/// What a test wants of the calls that change something, counted from 0.
struct Script {
  std::vector<std::string> calls{};
  std::set<std::size_t> refused{};
  int refusal = EIO;
  int dies_before = -1;  ///< The process ends instead of making this call,
  int dies_after = -1;   ///< or right after it.
};

class FakeNic final : public NicControl {
 public:
  FakeNic(Device& device, Script& script) : device_(device), script_(script) {}

  Result<NicState> look() override {
    NicState nic = gve_as_found();
    nic.rx_queues = device_.rx_queues + device_.combined;
    nic.channels.rx = device_.rx_queues;
    nic.channels.combined = device_.combined;
    nic.channels.combined_max = 16;
    nic.rings.rx = device_.rx_ring;
    nic.rings.rx_buf_len = device_.rx_buf_len;
    nic.rings.header_split = device_.split ? netlink::HeaderSplit::kOn : netlink::HeaderSplit::kOff;
    if (device_.has_hds_thresh) {
      nic.rings.hds_thresh = device_.hds_thresh;
      nic.rings.hds_thresh_max = 1023;
    }
    nic.rx_checksum.active = nic.features["rx-checksum"].active = device_.rx_checksum;
    nic.ntuple.active = nic.features["rx-ntuple-filter"].active = device_.ntuple;
    nic.tx_checksum.active = nic.features["tx-checksum-ip-generic"].active = device_.tx_checksum;
    nic.rss_table.assign(std::begin(device_.rss), std::end(device_.rss));
    nic.rules->driver_chooses_location = device_.chooses_location;
    for (std::uint32_t i = 0; i < Device::kRules; ++i) {
      if (!device_.rules[i].is_used) continue;
      nic.rules->rules.push_back(listed(device_.rules[i].rule, i));
      nic.rules->rules.back().rss_context = device_.rules[i].rule.rss_context;
      if (device_.rules[i].rule.rss_context) nic.rules->rules.back().queue.reset();
    }
    nic.has_rss_contexts = device_.has_contexts;
    for (std::uint32_t i = 0; i < Device::kContexts; ++i) {
      const auto& context = device_.contexts[i];
      if (!context.is_used) continue;
      nic.rss_contexts.push_back(
          {.id = i + 1, .table = {std::begin(context.table), std::end(context.table)}});
    }
    nic.sysctls = {{"net.ipv4.tcp_rmem", {4096, 131072, device_.tcp_rmem}}};
    if (device_.held_queue != 0) {
      nic.held_queues = {{.queue = device_.held_queue, .holder = netlink::QueueHolder::kDmaBuf}};
    }
    return nic;
  }

  Status set(const Knob& knob, const Value& value) override {
    return change(
        fmt::format("{} {}", knob.name.empty() ? name_of(knob) : knob.name, fmt::join(value, " ")),
        [&] { put(knob, value); });
  }
  Status set_rss_table(std::span<const std::uint32_t> table) override {
    return change(fmt::format("rss {}", fmt::join(table, "")),
                  [&] { std::copy(table.begin(), table.end(), device_.rss); });
  }
  Status reset_rss_table() override {
    return change("rss reset", [&] { reset(); });
  }
  Result<std::uint32_t> insert_rule(const netlink::FlowRule& rule,
                                    std::uint32_t location) override {
    const std::uint32_t at = location == netlink::kAnyLocation ? 5 : location;
    NB_TRY(change(rule.rss_context ? fmt::format("rule to context {}", *rule.rss_context)
                                   : fmt::format("rule to {}", rule.queue),
                  [&] { device_.rules[at] = {.is_used = true, .rule = rule}; }));
    return at;
  }
  Status delete_rule(std::uint32_t location) override {
    return change(fmt::format("delete {}", location), [&] { device_.rules[location] = {}; });
  }
  Result<std::uint32_t> create_rss_context(std::span<const std::uint32_t> table) override {
    const std::uint32_t at = device_.contexts[0].is_used ? 1 : 0;
    NB_TRY(change(fmt::format("context {}", fmt::join(table, "")), [&] {
      device_.contexts[at].is_used = true;
      std::copy(table.begin(), table.end(), device_.contexts[at].table);
    }));
    return at + 1;
  }
  Status delete_rss_context(std::uint32_t id) override {
    return change(fmt::format("no context {}", id), [&] { device_.contexts[id - 1] = {}; });
  }

 private:
  template <typename Effect>
  Status change(std::string call, Effect effect) {
    const std::size_t number = script_.calls.size();
    if (script_.dies_before == static_cast<int>(number)) ::_exit(0);
    script_.calls.push_back(std::move(call));
    if (script_.refused.contains(number)) {
      return fail(error_from_errno(script_.refusal, "request", "the fake"));
    }
    effect();
    if (script_.dies_after == static_cast<int>(number)) ::_exit(0);
    return {};
  }

  void reset() {
    for (std::uint32_t i = 0; i < Device::kBuckets; ++i)
      device_.rss[i] = i % (device_.rx_queues + device_.combined);
  }

  void put(const Knob& knob, const Value& value) {
    const auto number = static_cast<std::uint32_t>(value[0]);
    switch (knob.kind) {
      case Knob::Kind::kChannels: {
        const NicState now = look().value();
        const bool was_default = is_default_rss_table(now.rss_table, now.rx_queues);
        device_.rx_queues = number;
        device_.combined = static_cast<std::uint32_t>(value[2]);
        if (was_default && !device_.is_table_left) reset();
        break;
      }
      case Knob::Kind::kRxRing:
        device_.rx_ring = number;
        break;
      case Knob::Kind::kRxBufferLength:
        device_.rx_buf_len = number;
        break;
      case Knob::Kind::kHeaderSplit:
        device_.split = number != 0;
        break;
      case Knob::Kind::kHdsThreshold:
        device_.hds_thresh = number;
        break;
      case Knob::Kind::kSysctl:
        device_.tcp_rmem = value[2];
        break;
      case Knob::Kind::kFeature:
        (knob.name == "rx-checksum"        ? device_.rx_checksum
         : knob.name == "rx-ntuple-filter" ? device_.ntuple
                                           : device_.tx_checksum) = number != 0;
        break;
      default:
        break;
    }
  }

  Device& device_;
  Script& script_;
};

}  // namespace nobounce::nic::testing
