// SPDX-License-Identifier: Apache-2.0
// Serves several connections with one listener, one region and one thread: on path zcrx they share
// one io_uring, on the others one poll.
// usage: many_connections ADDR:PORT CONNECTIONS SEED [PATH]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nobounce/nobounce.hpp>
#include <utility>
#include <vector>

namespace {

struct Stream {
  nobounce::Receiver receiver;
  std::uint64_t position = 0;
  bool has_ended = false;
};

/// False where a frag is not what was sent.
bool check(nobounce::Region& region, const nobounce::Batch& batch, std::uint64_t seed,
           std::uint64_t position) {
  for (const auto& frag : batch.frags()) {
    if (frag.host == nullptr && !region.matches(frag.region_offset, frag.length, seed, position))
      return false;
    position += frag.length;
  }
  return true;
}

/// Takes in what has come for one connection, without waiting; false where it is wrong.
bool take_in(nobounce::Region& region, Stream& stream, std::uint64_t seed) {
  while (true) {
    const auto received = stream.receiver.receive(0);
    if (received.outcome != NB_DATA) {
      stream.has_ended = received.outcome == NB_END_OF_STREAM;
      return true;
    }
    if (!check(region, *received.batch, seed, stream.position)) return false;
    stream.position += received.batch->bytes();
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) return 2;
  const auto connections = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const std::uint64_t seed = std::strtoull(argv[3], nullptr, 10);
  nobounce::Region region({.size_bytes = 16 << 20});
  nobounce::Listener listener(
      {.address = argv[1], .path = argc == 5 ? argv[4] : "auto", .max_connections = connections},
      region);
  std::printf("listening on %s by %s\n", listener.address().c_str(),
              listener.choice().path.c_str());
  std::fflush(stdout);

  std::vector<Stream> streams;
  for (std::uint32_t i = 0; i < connections; ++i)
    streams.push_back({.receiver = listener.accept()});
  std::vector<nb_receiver*> open;
  while (true) {
    open.clear();
    for (auto& stream : streams) {
      if (stream.has_ended) continue;
      if (!take_in(region, stream, seed)) {
        std::fprintf(stderr, "a frag is wrong\n");
        return 4;
      }
      if (!stream.has_ended) open.push_back(stream.receiver.get());
    }
    if (open.empty()) break;
    static_cast<void>(nobounce::wait(open));
  }
  for (const auto& stream : streams)
    std::printf("received %llu bytes\n", static_cast<unsigned long long>(stream.position));
} catch (const nobounce::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
