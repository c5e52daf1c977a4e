// SPDX-License-Identifier: Apache-2.0
// Programs to compare with: how they are called, started and read. What one does not report stays
// not available; nothing is reckoned in its place.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bench/cell.h"

namespace nobounce::bench {

inline constexpr std::array kPeers = {Engine::kIperf3, Engine::kIperf3Zerocopy, Engine::kNeper};

/// By the word of a matrix and of --versus: "iperf3", "iperf3-zerocopy" (its sendfile), "neper".
std::optional<Engine> peer_named(std::string_view word);
std::string_view word_of(Engine peer);
/// All of them, for a message.
std::string peer_words();

/// In place of programs: beside nothing.
inline constexpr const char* kNoPeers = "none";

/// The program that must be on the PATH: "iperf3", "tcp_stream".
std::string_view program_of(Engine peer);

/// What a peer is told.
struct PeerRun {
  std::string address;
  std::string port;
  double seconds = 0;  ///< 0: `bytes`.
  std::uint64_t bytes = 0;
  std::uint64_t message_bytes = 0;
  std::uint64_t flows = 1;
  std::string sender_file;  ///< Where the sender's result goes.
};

struct PeerCommands {
  std::vector<std::string> receiver;
  std::string receiver_ready;  ///< What the receiver says when it can be connected to.
  std::vector<std::string> sender;
};
PeerCommands commands_of(Engine peer, const PeerRun& run);

/// Why `peer` can't do the run; nothing where it can.
std::optional<std::string> why_peer_fails(Engine peer, double seconds);

/// What a peer writes: iperf3 some hundred bytes for each flow and interval.
inline constexpr std::size_t kMostPeerBytes = std::size_t{64} << 20;

/// A run's figures from what the sender wrote. Errors: kProtocol for what is no result.
Result<nlohmann::json> figures_of_peer(Engine peer, const std::string& written);

}  // namespace nobounce::bench
