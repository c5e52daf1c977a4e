// SPDX-License-Identifier: Apache-2.0
#include "bench/peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/engine_result.h"
#include "bench/neper_result.h"

namespace nobounce::bench {
namespace {

struct Known {
  Engine engine;
  std::string_view word;
  std::string_view program;
};
constexpr std::array kKnown = {Known{Engine::kIperf3, "iperf3", "iperf3"},
                               Known{Engine::kIperf3Zerocopy, "iperf3-zerocopy", "iperf3"},
                               Known{Engine::kNeper, "neper", "tcp_stream"}};

const Known& known(Engine peer) {
  return *std::ranges::find(kKnown, peer, &Known::engine);
}

PeerCommands iperf3_commands(const PeerRun& run, bool zerocopy) {
  std::vector<std::string> client = {"iperf3", "-c", run.address, "-p",
                                     run.port, "-J", "--logfile", run.sender_file};
  if (zerocopy) client.emplace_back("-Z");
  if (run.flows > 1) client.insert(client.end(), {"-P", std::to_string(run.flows)});
  if (run.seconds > 0) {
    // iperf3 takes whole seconds.
    client.insert(client.end(),
                  {"-i", "0", "-t", fmt::format("{:.0f}", std::max(run.seconds, 1.0))});
  } else {
    const std::uint64_t messages = (run.bytes + run.message_bytes - 1) / run.message_bytes;
    // It looks whether all is sent when an interval ends; this is the shortest.
    client.insert(client.end(),
                  {"-i", "0.1", "-n", std::to_string(messages * run.message_bytes * run.flows)});
  }
  // Without its lines of every second, of every flow: nobody reads the receiver's before the end,
  // and a pipe that is full would stop it.
  return {.receiver = {"iperf3", "-s", "-1", "-B", run.address, "-p", run.port, "-i", "0",
                       "--forceflush"},
          .receiver_ready = "Server listening",
          .sender = std::move(client)};
}

/// It writes no file, and its two ends agree over a port of their own.
PeerCommands neper_commands(const PeerRun& run) {
  const std::string options =
      fmt::format("--nolog -P {} -l {:.0f}", run.port, std::max(run.seconds, 1.0));
  return {.receiver = {"sh", "-c", "exec tcp_stream " + options},
          .receiver_ready = "control_port=",
          .sender = {"sh", "-c",
                     fmt::format("exec tcp_stream -c -H {} {} >{}", run.address, options,
                                 run.sender_file)}};
}

}  // namespace

std::optional<Engine> peer_named(std::string_view word) {
  const auto found = std::ranges::find(kKnown, word, &Known::word);
  return found == kKnown.end() ? std::nullopt : std::optional(found->engine);
}

std::string_view word_of(Engine peer) {
  return known(peer).word;
}

std::string peer_words() {
  std::string words;
  for (const Known& one : kKnown)
    words += fmt::format("{}{}", words.empty() ? "" : ", ", one.word);
  return words;
}

std::string_view program_of(Engine peer) {
  return known(peer).program;
}

PeerCommands commands_of(Engine peer, const PeerRun& run) {
  if (peer == Engine::kNeper) return neper_commands(run);
  return iperf3_commands(run, peer == Engine::kIperf3Zerocopy);
}

std::optional<std::string> why_peer_fails(Engine peer, double seconds) {
  if (peer == Engine::kNeper && seconds <= 0)
    return "neper's tcp_stream runs for a time, and the matrix wants bytes";
  return std::nullopt;
}

Result<nlohmann::json> figures_of_peer(Engine peer, const std::string& written) {
  if (peer == Engine::kNeper) return figures_of_neper(written);
  NB_ASSIGN(const nlohmann::json client, parse_engine_json(written, "what iperf3 wrote"));
  return figures_of_iperf3(client);
}

}  // namespace nobounce::bench
