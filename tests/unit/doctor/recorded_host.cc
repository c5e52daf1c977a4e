// SPDX-License-Identifier: Apache-2.0
#include "unit/doctor/recorded_host.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "host/snapshot_json.h"

namespace nobounce::host::testing {

std::string recorded_text(const std::string& name) {
  std::ifstream file(std::string(NOBOUNCE_SNAPSHOTS) + "/" + name + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Snapshot recorded_host(const std::string& name) {
  auto snapshot = parse_snapshot(recorded_text(name));
  EXPECT_TRUE(snapshot) << name << ": " << to_string(snapshot.error());
  return snapshot ? *std::move(snapshot) : Snapshot{};
}

const std::vector<std::string>& recorded_names() {
  static const std::vector<std::string> kNames{"gve_lab",         "bnxt_200g", "mlx5_400g",
                                               "laptop_loopback", "container", "old_kernel"};
  return kNames;
}

}  // namespace nobounce::host::testing
