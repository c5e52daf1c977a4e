// SPDX-License-Identifier: Apache-2.0
// Uses frags where they landed, without gathering them: checks each against the pattern of a seed,
// through the region, so that it works for memory that the CPU can't reach as well.
// usage: frags_in_place ADDR:PORT SEED
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nobounce/nobounce.hpp>
#include <vector>

namespace {

/// The pattern's bytes for frags that came to host memory: few on most paths, all on path mmap.
class HostCheck {
 public:
  bool matches(const nobounce::Frag& frag, std::uint64_t seed, std::uint64_t position) {
    const auto* const bytes = static_cast<const std::byte*>(frag.host);
    for (std::uint64_t done = 0; done < frag.length;) {
      const std::uint64_t length = std::min(frag.length - done, scratch_.size());
      scratch_.load(0, {bytes + done, length});
      if (!scratch_.matches(0, length, seed, position + done)) return false;
      done += length;
    }
    return true;
  }

 private:
  nobounce::Region scratch_{{.provider = "host", .size_bytes = 1 << 20}};
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  nobounce::Region region({.size_bytes = 16 << 20});
  nobounce::Listener listener({.address = argv[1]}, region);
  std::printf("listening on %s by %s\n", listener.address().c_str(),
              listener.choice().path.c_str());
  std::fflush(stdout);

  nobounce::Receiver receiver = listener.accept();
  HostCheck host;
  std::uint64_t position = 0, frags = 0;
  std::vector<nobounce::Batch> held;
  while (true) {
    auto received = receiver.receive();
    if (received.outcome == NB_END_OF_STREAM) break;
    if (received.outcome == NB_FULL) {
      held.clear();  // Only now is what they lie in given back.
      continue;
    }
    if (!received.batch) continue;
    for (const auto& frag : received.batch->frags()) {
      const bool matches = frag.host != nullptr
                               ? host.matches(frag, seed, position)
                               : region.matches(frag.region_offset, frag.length, seed, position);
      if (!matches) {
        std::fprintf(stderr, "the frag at %llu is wrong\n",
                     static_cast<unsigned long long>(position));
        return 4;
      }
      position += frag.length;
      ++frags;
    }
    // Held for as long as somebody uses the bytes; here: until there are a few.
    held.push_back(std::move(*received.batch));
    if (held.size() == 8) held.clear();
  }
  std::printf("received %llu bytes in %llu frags, all as they should be\n",
              static_cast<unsigned long long>(position), static_cast<unsigned long long>(frags));
} catch (const nobounce::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
