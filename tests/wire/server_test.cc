// SPDX-License-Identifier: Apache-2.0
// What a server does for its client, and against one that means harm.
#include <poll.h>
#include <sys/stat.h>

#include "wire/server_fixture.h"

namespace nobounce::emulator::vfio_user {
namespace {

using namespace protocol;

TEST_F(ServerTest, answers_a_client) {
  Client client(path);
  ASSERT_TRUE(client.connected());
  EXPECT_GT(ask(client, version_message())->size(), sizeof(Header) + sizeof(Version));
  EXPECT_EQ(ask(client, write_message(4, text("wire")))->size(), 32u);
  const Bytes reply = ask(client, read_message(4, 4)).value();
  EXPECT_EQ(Bytes(reply.end() - 4, reply.end()), text("wire"));
  EXPECT_EQ(server->statistics().messages, 3u);
  EXPECT_EQ(server->statistics().clients, 1u);
}

TEST_F(ServerTest, puts_messages_together_byte_by_byte) {
  Client client(path);
  const Bytes bytes = version_message() + write_message(0, text("abcd"));
  for (std::byte one : bytes) {
    ASSERT_TRUE(client.send({one}));
    serve();
  }
  EXPECT_EQ(device.bar[3], std::byte{'d'});
}

TEST_F(ServerTest, takes_many_messages_in_one_send) {
  Client client(path);
  ask(client, version_message());
  Bytes many;
  for (std::uint8_t i = 0; i < 200; ++i)
    many = many + write_message(i < 50 ? i : i + 64u, {std::byte{i}}, kNoReply);
  many = many + read_message(0, 4);
  EXPECT_EQ(ask(client, many)->size(), 36u) << "posted writes get no reply";
  EXPECT_EQ(device.writes, 200);
}

TEST_F(ServerTest, serves_more_than_one_batch_of_messages) {
  Client client(path);
  ask(client, version_message());
  // Each descriptor ends a receive, so these are more receives than one call makes.
  const sys::Fd eventfd = make_eventfd();
  const Bytes set = message(kDeviceSetIrqs,
                            bytes_of(IrqSet{.argsz = 20,
                                            .flags = kIrqDataEventfd | kIrqActionTrigger,
                                            .index = kMsix,
                                            .start = 3,
                                            .count = 1}),
                            kNoReply);
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(client.send(set, {eventfd.get()}));
  serve();
  EXPECT_EQ(server->statistics().messages, 41u);
  EXPECT_EQ(device.irqs_assigned(), 1);
}

Bytes map_message(std::uint64_t address, std::uint32_t flags = 0) {
  return message(kDmaMap,
                 bytes_of(DmaMap{.argsz = sizeof(DmaMap),
                                 .flags = kMapReadable | kMapWriteable,
                                 .offset = 0,
                                 .address = address,
                                 .size = 4096}),
                 flags);
}

TEST_F(ServerTest, a_flood_of_messages_takes_many_turns) {
  Client client(path);
  ask(client, version_message());
  Bytes flood;
  constexpr std::size_t kMessages = 6000;
  for (std::size_t i = 0; i < kMessages; ++i)
    flood = std::move(flood) + message(kDeviceReset, {}, kNoReply);
  ASSERT_TRUE(client.send(flood));
  const auto before = server->statistics().messages;
  ASSERT_TRUE(server->on_ready());
  const auto first_turn = server->statistics().messages - before;
  EXPECT_GT(first_turn, 0u);
  EXPECT_LE(first_turn, 4096u);
  serve();
  EXPECT_EQ(server->statistics().messages - before, kMessages);
}

TEST_F(ServerTest, a_crowd_at_the_door_takes_many_turns) {
  std::vector<Client> crowd;
  for (int i = 0; i < 9; ++i)
    crowd.emplace_back(path);
  ASSERT_TRUE(crowd.back().connected());
  ASSERT_TRUE(server->on_ready());
  EXPECT_EQ(server->statistics().clients, 1u);
  crowd.emplace_back(path);
  ASSERT_TRUE(server->on_ready());
  EXPECT_EQ(server->statistics().clients_refused, 8u);
  serve();
  EXPECT_EQ(server->statistics().clients_refused, 9u);
}

TEST_F(ServerTest, gives_each_descriptor_to_its_message) {
  Client client(path);
  ask(client, version_message());
  sys::Fd first = make_memfd(4096);
  sys::Fd second = make_memfd(4096);
  ASSERT_EQ(::pwrite(first.get(), "1", 1, 0), 1);
  ASSERT_EQ(::pwrite(second.get(), "2", 1, 0), 1);
  // All of it waits in the socket before the server looks.
  ASSERT_TRUE(client.send(write_message(0, Bytes(4), kNoReply)));
  ASSERT_TRUE(client.send(map_message(0x1000), {first.get()}));
  ASSERT_TRUE(client.send(write_message(0, Bytes(4), kNoReply)));
  ASSERT_TRUE(client.send(map_message(0x2000), {second.get()}));
  ASSERT_TRUE(client.send(map_message(0x3000)));
  serve();
  EXPECT_EQ(client.receive()->size(), 3 * sizeof(Header));
  EXPECT_EQ(*memory.translate(0x1000, 1, DmaAccess::kRead), std::byte{'1'});
  EXPECT_EQ(*memory.translate(0x2000, 1, DmaAccess::kRead), std::byte{'2'});
  EXPECT_EQ(memory.translate(0x3000, 1, DmaAccess::kRead), nullptr);
}

TEST_F(ServerTest, starts_afresh_after_a_client_that_left_in_mid_message) {
  const int before = open_descriptors();
  {
    Client client(path);
    ask(client, version_message());
    const sys::Fd file = make_memfd(4096);
    ask(client, map_message(0), {file.get()});
    const sys::Fd eventfd = make_eventfd();
    ask(client,
        message(kDeviceSetIrqs, bytes_of(IrqSet{.argsz = 20,
                                                .flags = kIrqDataEventfd | kIrqActionTrigger,
                                                .index = kMsix,
                                                .start = 0,
                                                .count = 1})),
        {eventfd.get()});
    EXPECT_EQ(device.irqs_assigned(), 1);
    EXPECT_EQ(memory.region_count(), 1u);
    Bytes half = map_message(0x1000);
    half.resize(20);
    ask(client, half, {file.get()});
  }
  serve();
  EXPECT_FALSE(server->has_client());
  EXPECT_EQ(device.resets, 1);
  EXPECT_EQ(device.irqs_assigned(), 0);
  EXPECT_EQ(memory.region_count(), 0u);
  EXPECT_EQ(open_descriptors(), before);
  Client next(path);
  EXPECT_GT(ask(next, version_message())->size(), sizeof(Header));
}

TEST_F(ServerTest, turns_a_second_client_away) {
  Client first(path);
  ask(first, version_message());
  Client second(path);
  ASSERT_TRUE(second.connected());
  serve();
  EXPECT_EQ(second.receive(), std::nullopt);
  EXPECT_EQ(ask(first, read_message(0, 4))->size(), 36u) << "the first is served on";
  EXPECT_EQ(server->statistics().clients_refused, 1u);
}

TEST_F(ServerTest, drops_a_client_that_breaks_the_protocol) {
  Client client(path);
  ask(client, version_message());
  const Bytes reply = ask(client, read_message(0, 4) + Bytes(16)).value();
  EXPECT_EQ(reply.size(), 36u) << "what came before is answered";
  EXPECT_EQ(client.receive(), std::nullopt);
  EXPECT_EQ(server->statistics().protocol_breaches, 1u);
  EXPECT_EQ(device.resets, 1);
}

TEST_F(ServerTest, drops_a_client_that_sends_too_many_descriptors) {
  const int before = open_descriptors();
  {
    Client client(path);
    ask(client, version_message());
    const sys::Fd eventfd = make_eventfd();
    EXPECT_EQ(ask(client, read_message(0, 4), std::vector<int>(17, eventfd.get())), std::nullopt);
  }
  EXPECT_EQ(server->statistics().protocol_breaches, 1u);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ServerTest, drops_a_client_that_does_not_read_its_replies) {
  Client client(path);
  ask(client, version_message());
  const Bytes read = read_message(0, 65536);
  int sent = 0;
  for (; sent < 1000 && server->has_client(); ++sent) {
    if (!client.send(read)) break;
    serve_while_readable();
  }
  EXPECT_FALSE(server->has_client()) << sent;
  EXPECT_EQ(server->statistics().protocol_breaches, 1u);
}

TEST_F(ServerTest, sends_the_rest_of_its_replies_when_the_client_reads_again) {
  Client client(path);
  ask(client, version_message());
  Bytes reads;
  for (int i = 0; i < 5; ++i)
    reads = reads + read_message(0, 65536);
  ASSERT_TRUE(client.send(reads));
  std::size_t received = 0;
  serve_while_readable();
  for (auto bytes = client.receive(); bytes && !bytes->empty(); bytes = client.receive()) {
    received += bytes->size();
    serve();
  }
  EXPECT_EQ(received, 5u * (65536 + 32));
}

TEST_F(ServerTest, the_socket_is_for_its_owner_only_and_goes_with_the_server) {
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ServerTest, replaces_the_socket_of_a_dead_server_but_not_of_a_live_one) {
  const auto refused = Server::open(path, device, memory);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBusy);
  EXPECT_TRUE(Client(path).connected()) << "the live server is left alone";

  const auto stale = directory / "stale.sock";
  {
    const sys::Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(stale);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const auto replaced = Server::open(stale, device, memory);
  ASSERT_TRUE(replaced);
  EXPECT_TRUE(Client(stale).connected());
}

TEST_F(ServerTest, leaves_other_files_and_impossible_paths_alone) {
  const auto file = directory / "precious";
  {
    sys::Fd created(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  const auto on_file = Server::open(file, device, memory);
  ASSERT_FALSE(on_file);
  EXPECT_EQ(on_file.error().code, Code::kBusy);
  EXPECT_TRUE(std::filesystem::exists(file));
  for (const auto& impossible : {directory / std::string(200, 'x'), std::filesystem::path()}) {
    const auto result = Server::open(impossible, device, memory);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(Server::open(directory / "none" / "s", device, memory).error().code, Code::kNotFound);
}

TEST_F(ServerTest, a_server_that_ends_drops_its_client) {
  const int before = open_descriptors();
  Client client(path);
  ask(client, version_message());
  server.reset();
  EXPECT_EQ(client.receive(), std::nullopt);
  EXPECT_EQ(device.resets, 1);
  EXPECT_EQ(open_descriptors(), before) << "the listener went, the client's own end came";
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
