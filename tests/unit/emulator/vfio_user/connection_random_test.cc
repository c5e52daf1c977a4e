// SPDX-License-Identifier: Apache-2.0
// A seeded adversary: good messages with random damage, cut at random places, with random
// descriptors. Nothing may crash, leak, or reach past a region; sanitizers watch.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "emulator/vfio_user/connection.h"
#include "wire/message.h"
#include "wire/toy_device.h"

namespace nobounce::emulator::vfio_user {
namespace {

using namespace protocol;

constexpr int kMessages = 40000;

class Adversary {
 public:
  explicit Adversary(std::uint32_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool once_in(std::uint64_t n) { return below(n) == 0; }

  // A number near the edges where checks go wrong.
  std::uint64_t edge() {
    constexpr std::uint64_t kEdges[] = {0,          1,          4096,       65536,
                                        1ull << 31, 1ull << 32, 1ull << 63, ~0ull};
    return kEdges[below(std::size(kEdges))] + below(5) - 2;
  }

  Bytes next_message() {
    Bytes bytes = good_message();
    while (once_in(2))
      damage(bytes);
    if (once_in(30)) bytes.resize(below(bytes.size() + 40));
    // Mostly keep the framing right, or every conversation would end at once.
    if (bytes.size() >= sizeof(Header) && !once_in(20)) {
      const auto size = static_cast<std::uint32_t>(bytes.size());
      std::memcpy(bytes.data() + 4, &size, sizeof size);
      bytes[8] &= std::byte{0xf0};
    }
    return bytes;
  }

  std::vector<sys::Fd> next_fds() {
    std::vector<sys::Fd> fds;
    if (!once_in(3)) return fds;
    const std::uint64_t count = once_in(4) ? below(20) : 1;
    for (std::uint64_t i = 0; i < count; ++i)
      fds.push_back(once_in(2) ? make_eventfd() : make_memfd(4096 * below(4)));
    return fds;
  }

 private:
  Bytes good_message() {
    const auto small = [&] { return static_cast<std::uint32_t>(below(24)); };
    switch (below(10)) {
      case 0:
        return version_message(once_in(2) ? "{}" : R"({"capabilities":{"write_multiple":true}})");
      case 1:
        return message(kDmaMap, bytes_of(DmaMap{.argsz = 32,
                                                .flags = 1 + small() % 3,
                                                .offset = 4096 * below(2),
                                                .address = 4096 * below(16),
                                                .size = 4096 * (1 + below(3))}));
      case 2:
        return message(kDmaUnmap, bytes_of(DmaUnmap{.argsz = 24,
                                                    .flags = 0,
                                                    .address = 4096 * below(16),
                                                    .size = 4096 * (1 + below(4))}));
      case 3:
        return message(kDeviceSetIrqs, bytes_of(IrqSet{.argsz = 20,
                                                       .flags = kIrqDataEventfd | kIrqActionTrigger,
                                                       .index = kMsix,
                                                       .start = small(),
                                                       .count = 1 + small() % 3}));
      case 4:
        return read_message(below(ToyDevice::kBarSize), 1 + small());
      case 5:
        return message(kRegionWriteMulti,
                       bytes_of(RegionWriteMulti{.write_count = 1}) +
                           bytes_of(RegionWriteSmall{
                               .offset = small(), .region = 0, .count = small() % 10, .data = {}}));
      case 6:
        return message(
            static_cast<std::uint16_t>(4 + below(4)),
            bytes_of(std::uint64_t{32}) + bytes_of(std::uint64_t{small()}) + Bytes(16 * below(2)));
      case 7:
        return message(static_cast<std::uint16_t>(below(20)), Bytes(below(64)));
      default:
        return write_message(below(ToyDevice::kBarSize), Bytes(1 + small()),
                             once_in(2) ? kNoReply : 0);
    }
  }

  void damage(Bytes& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = below(bytes.size());
    if (once_in(2)) {
      bytes[at] = static_cast<std::byte>(below(256));
      return;
    }
    const std::uint64_t value = edge();
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, bytes.size() - at));
  }

  std::mt19937_64 random_;
};

// What a translation promises can be touched.
void touch(const GuestMemory& memory, std::uint64_t iova, std::uint64_t length) {
  const std::byte* at = memory.translate(iova, length, DmaAccess::kRead);
  if (at == nullptr || length == 0) return;
  const volatile std::byte first = at[0];
  const volatile std::byte last = at[length - 1];
  static_cast<void>(first);
  static_cast<void>(last);
}

class ConnectionRandom : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(ConnectionRandom, survives_damaged_messages_and_leaks_nothing) {
  const int descriptors = open_descriptors();
  ToyDevice device;
  GuestMemory memory;
  Adversary adversary(GetParam());
  int handled = 0;
  {
    std::unique_ptr<Connection> connection;
    for (int i = 0; i < kMessages; ++i) {
      Bytes bytes = adversary.next_message();
      if (!connection) {
        connection = std::make_unique<Connection>(device, memory);
        bytes = version_message();
      }
      std::size_t sent = 0;
      auto progress = Connection::Progress::kNeedInput;
      while (sent < bytes.size() && progress != Connection::Progress::kBroken) {
        const auto space = connection->receive_space();
        const std::size_t count =
            std::min<std::size_t>({adversary.once_in(4) ? 1 + adversary.below(20) : bytes.size(),
                                   bytes.size() - sent, space.size()});
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(sent), count, space.begin());
        sent += count;
        auto fds = adversary.next_fds();
        connection->received(count, fds);
        while ((progress = connection->advance()) == Connection::Progress::kHandled)
          ++handled;
        connection->replies_sent(connection->replies().size());
        touch(memory, adversary.once_in(2) ? 4096 * adversary.below(16) : adversary.edge(),
              adversary.edge());
      }
      if (progress == Connection::Progress::kBroken) {
        connection.reset();
        EXPECT_EQ(memory.region_count(), 0u);
        EXPECT_EQ(device.irqs_assigned(), 0);
      }
    }
  }
  EXPECT_GT(handled, kMessages / 4) << "the adversary must get past the framing";
  EXPECT_GT(device.writes, 100);
  EXPECT_EQ(open_descriptors(), descriptors);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConnectionRandom, ::testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace nobounce::emulator::vfio_user
