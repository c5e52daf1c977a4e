// SPDX-License-Identifier: Apache-2.0
// The options of `nobounce bench` for two machines: the agent on one, the peer of the other, their
// key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/run_log.h"

namespace CLI {
class App;
}

namespace nobounce::cli {

struct BenchHostFlags {
  bool agent = false;
  std::string listen = "0.0.0.0:5000";
  std::uint16_t payload_port = 5001;
  std::string peer;
  std::string key_file;
  std::vector<std::string> nics;
  bool force = false;
  std::string new_key;
};

void add_bench_host_options(CLI::App& command, BenchHostFlags& flags);

/// Whether this is no bench but an agent, or the making of a key; then serve_bench_hosts does it
/// and returns the exit code.
bool is_host_work(const BenchHostFlags& flags);
int serve_bench_hosts(const BenchHostFlags& flags);

/// Takes the turns that are left between this host and --peer.
Status run_with_peer(const BenchHostFlags& flags, const std::filesystem::path& directory,
                     const bench::Plan& plan);

}  // namespace nobounce::cli
