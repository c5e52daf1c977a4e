// SPDX-License-Identifier: Apache-2.0
// One client after another: what the last one left behind must neither stay nor harm the next.
#include <signal.h>
#include <sys/wait.h>

#include "sys/mapping.h"
#include "sys/unix_socket.h"
#include "wire/server_fixture.h"

namespace nobounce::emulator::vfio_user {
namespace {

using namespace protocol;

constexpr std::uint64_t kGuestBytes = 65536;

Bytes map_all() {
  return message(kDmaMap, bytes_of(DmaMap{.argsz = sizeof(DmaMap),
                                          .flags = kMapReadable | kMapWriteable,
                                          .offset = 0,
                                          .address = 0,
                                          .size = kGuestBytes}));
}

Bytes give_irqs(std::uint32_t count) {
  return message(kDeviceSetIrqs, bytes_of(IrqSet{.argsz = sizeof(IrqSet),
                                                 .flags = kIrqDataEventfd | kIrqActionTrigger,
                                                 .index = kMsix,
                                                 .start = 0,
                                                 .count = count}));
}

Bytes ask_region_info(std::uint32_t index) {
  return message(kDeviceGetRegionInfo, bytes_of(RegionInfo{.argsz = sizeof(RegionInfo),
                                                           .flags = 0,
                                                           .index = index,
                                                           .capability_offset = 0,
                                                           .size = 0,
                                                           .offset = 0}));
}

class ReconnectTest : public ServerTest {
 protected:
  // Waits for what another process does, and serves it, until `done`; false if it takes too long.
  template <typename Condition>
  bool serve_until(Condition done) {
    std::array<sys::Epoll::Event, 8> events;
    while (!done()) {
      const auto ready = epoll.wait(events, std::chrono::seconds(30)).value();
      if (ready.empty() || !server->on_ready()) return false;
    }
    return true;
  }

  void expect_nothing_left() {
    EXPECT_FALSE(server->has_client());
    EXPECT_EQ(device.irqs_assigned(), 0);
    EXPECT_EQ(memory.region_count(), 0u);
  }
};

// What the killed process does: everything that leaves something with the server, and then half a
// message with a descriptor.
[[noreturn]] void be_a_client_in_mid_message(const std::filesystem::path& path) {
  Client client(path);
  const sys::Fd file = make_memfd(kGuestBytes);
  const sys::Fd irq = make_eventfd();
  client.send(version_message());
  client.send(map_all(), {file.get()});
  client.send(give_irqs(3), {irq.get(), irq.get(), irq.get()});
  Bytes half = map_all();
  half.resize(21);
  client.send(half, {file.get()});
  for (;;)
    ::pause();
}

TEST_F(ReconnectTest, a_client_killed_in_mid_message_makes_room_for_the_next) {
  const int before = open_descriptors();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) be_a_client_in_mid_message(path);
  ASSERT_TRUE(serve_until([&] { return server->statistics().messages == 3; }));
  EXPECT_EQ(device.irqs_assigned(), 3);
  EXPECT_EQ(memory.region_count(), 1u);

  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(serve_until([&] { return !server->has_client(); }));
  expect_nothing_left();
  EXPECT_EQ(device.resets, 1);
  EXPECT_EQ(open_descriptors(), before) << "the half message's descriptor is closed as well";

  Client next(path);
  ask(next, version_message());
  const sys::Fd file = make_memfd(kGuestBytes);
  EXPECT_EQ(ask(next, map_all(), {file.get()})->size(), sizeof(Header)) << "the place is free";
  EXPECT_EQ(server->statistics().errors_replied, 0u);
  EXPECT_EQ(server->statistics().protocol_breaches, 0u);
}

TEST_F(ReconnectTest, one_who_was_refused_is_served_once_the_other_has_left) {
  const int before = open_descriptors();
  const sys::Fd file = make_memfd(kGuestBytes);
  const sys::Fd irq = make_eventfd();
  for (int round = 1; round <= 20; ++round) {
    Client first(path);
    ask(first, version_message());
    ask(first, map_all(), {file.get()});
    ask(first, give_irqs(1), {irq.get()});
    Client second(path);
    ASSERT_TRUE(second.connected());
    serve();
    EXPECT_EQ(second.receive(), std::nullopt);
    EXPECT_EQ(device.irqs_assigned(), 1) << "the first keeps what it has";
    EXPECT_EQ(memory.region_count(), 1u);
    ASSERT_EQ(::shutdown(first.fd(), SHUT_RDWR), 0);
    serve();
    expect_nothing_left();
    Client again(path);
    EXPECT_GT(ask(again, version_message())->size(), sizeof(Header));
    EXPECT_EQ(device.resets, 2 * round - 1);
    ASSERT_EQ(::shutdown(again.fd(), SHUT_RDWR), 0);
    serve();
  }
  EXPECT_EQ(server->statistics().clients, 40u);
  EXPECT_EQ(server->statistics().clients_refused, 20u);
  EXPECT_EQ(open_descriptors(), before + 2);
}

TEST_F(ReconnectTest, who_left_before_it_was_looked_at_does_not_keep_the_place) {
  {
    Client hasty(path);
  }
  {
    Client hasty(path);
    hasty.send(version_message());
  }
  Client patient(path);
  EXPECT_GT(ask(patient, version_message())->size(), sizeof(Header));
  EXPECT_EQ(server->statistics().clients, 3u);
  EXPECT_EQ(server->statistics().clients_refused, 0u);
}

TEST_F(ReconnectTest, each_client_gets_the_region_that_may_be_mapped) {
  const sys::Fd registers = make_memfd(ToyDevice::kMappableSize);
  device.mappable = {.fd = registers.get(), .offset = 0};
  const auto ours = sys::Mapping::map(registers.get(), 0, ToyDevice::kMappableSize,
                                      sys::Mapping::Access::kReadWrite, "the device's registers")
                        .value();
  for (std::uint8_t round = 1; round <= 2; ++round) {
    Client client(path);
    ask(client, version_message());
    ASSERT_TRUE(client.send(ask_region_info(kBar2)));
    serve();
    Bytes reply(100);
    const sys::Received got = sys::receive_with_fds(client.fd(), reply);
    ASSERT_EQ(got.bytes, sizeof(Header) + sizeof(RegionInfo));
    ASSERT_EQ(got.fd_count, 1u);
    const auto theirs = sys::Mapping::map(got.fds[0].get(), 0, ToyDevice::kMappableSize,
                                          sys::Mapping::Access::kReadWrite, "the client's view")
                            .value();
    theirs.bytes()[8] = std::byte{round};
    EXPECT_EQ(ours.bytes()[8], std::byte{round});
    ASSERT_EQ(::shutdown(client.fd(), SHUT_RDWR), 0);
    serve();
  }
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
