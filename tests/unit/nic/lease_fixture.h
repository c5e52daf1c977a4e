// SPDX-License-Identifier: Apache-2.0
// What tests of leases share: a fake NIC, a directory for its journal, and requests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "fake_nic.h"
#include "nic/lease.h"
#include "scratch_directory.h"

namespace nobounce::nic::testing {

class LeaseTest : public ::testing::Test {
 protected:
  LeasePlace place() {
    return {.nic = {.network_namespace = 1, .ifindex = 2, .mac = "02:00:00:00:00:01"},
            .interface = "eth0",
            .directory = scratch_.path() + "/leases",
            .unbind_timeout_ms = 0};
  }
  Result<Lease> take(Script& script, const ReceiveRequest& wanted = testing::request()) {
    return Lease::take(std::make_unique<FakeNic>(*device_, script), place(),
                       [&](const NicState& nic) { return plan(nic, wanted); });
  }
  Result<SetupResult> set_up(Script& script, const SetupRequest& request) {
    FakeNic nic(*device_, script);
    return nic::set_up(nic, place(),
                       {[&](const NicState& found) { return plan_channels(found, request); },
                        [&](const NicState& found) { return plan_setup(found, request); }});
  }
  Result<UndoResult> undo() {
    Script script;
    FakeNic nic(*device_, script);
    return undo_setup(nic, place());
  }
  std::string journal() const {
    std::ifstream file(ScratchDirectory::journal_in(scratch_.path() + "/leases"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  ScratchDirectory scratch_;
  SharedDevice device_;
  const Device before_{};
};

inline ReceiveRequest request_for(std::uint16_t port) {
  ReceiveRequest wanted = request();
  wanted.listen_port = port;
  return wanted;
}

inline SetupRequest everything() {
  SetupRequest request{.interface = "eth0", .queues = 2, .sysctls = true};
  request.flows = {parse_setup_rule("tcp4:10.0.0.2:5201=3").value(),
                   parse_setup_rule("tcp6:*:5202").value()};
  request.channels.rx = 6;
  request.rings = {.rx = 1024, .rx_buf_len = 4096};
  return request;
}

inline const std::vector<std::string> kApplied{"tcp-data-split 1", "hds-thresh 0",
                                               "rx-checksum 1",    "rx-ntuple-filter 1",
                                               "rss 01200121",     "rule to 3"};
// Last change first; the settings come after what flows need.
inline const std::vector<std::string> kUndone{"delete 0",           "rss reset",
                                              "rx-ntuple-filter 0", "rx-checksum 0",
                                              "hds-thresh 256",     "tcp-data-split 0"};

}  // namespace nobounce::nic::testing
