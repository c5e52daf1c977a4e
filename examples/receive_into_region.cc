// SPDX-License-Identifier: Apache-2.0
// Receives one stream into a region and sums its bytes where they landed.
// usage: receive_into_region ADDR:PORT
#include <cstdio>
#include <nobounce/nobounce.hpp>

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  nobounce::Region region({.size_bytes = 16 << 20});
  nobounce::Listener listener({.address = argv[1]}, region);
  std::printf("listening on %s by %s\n", listener.address().c_str(),
              listener.choice().path.c_str());
  for (const auto& better : listener.choice().passed_over)
    std::printf("not %s: %s\n", better.name.c_str(), better.reason.c_str());
  std::fflush(stdout);

  nobounce::Receiver receiver = listener.accept();
  unsigned long long bytes = 0, sum = 0;
  while (const auto batch = receiver.next()) {
    for (const auto& frag : batch->frags()) {
      for (const std::byte byte : region.bytes_of(frag))
        sum += std::to_integer<unsigned>(byte);
    }
    bytes += batch->bytes();
  }
  std::printf("received %llu bytes, sum %llu\n", bytes, sum);
} catch (const nobounce::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
