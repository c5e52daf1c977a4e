// SPDX-License-Identifier: Apache-2.0
// Sends the pattern of a seed out of a region, a region's worth at a time.
// usage: send_region ADDR:PORT BYTES SEED
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nobounce/nobounce.hpp>

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  const std::uint64_t total = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t seed = std::strtoull(argv[3], nullptr, 10);

  constexpr std::uint64_t kChunk = 4 << 20;
  nobounce::Region region({.size_bytes = kChunk});
  nobounce::Sender sender({.address = argv[1], .timeout_ms = 10'000}, region);
  for (std::uint64_t position = 0; position < total; position += kChunk) {
    const std::uint64_t length = std::min(kChunk, total - position);
    // What was sent must stay as it is until the kernel has read it.
    sender.settle();
    region.fill(0, length, seed, position);
    sender.send(0, length);
  }
  sender.finish();  // Without it the connection would be reset.

  const nb_send_counts counts = sender.counts();
  std::printf("sent %llu bytes by %s, %llu sends copied by the kernel\n",
              static_cast<unsigned long long>(counts.bytes), sender.choice().path.c_str(),
              static_cast<unsigned long long>(counts.sends_copied));
} catch (const nobounce::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
