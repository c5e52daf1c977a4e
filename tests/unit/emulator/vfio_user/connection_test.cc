// SPDX-License-Identifier: Apache-2.0
#include "emulator/vfio_user/connection.h"

#include <cerrno>

#include "sys/event_fd.h"
#include "unit/emulator/vfio_user/connection_fixture.h"

namespace nobounce::emulator::vfio_user {
namespace {

Bytes irq_set(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count) {
  return message(kDeviceSetIrqs, bytes_of(IrqSet{.argsz = sizeof(IrqSet),
                                                 .flags = flags,
                                                 .index = index,
                                                 .start = start,
                                                 .count = count}));
}

constexpr std::uint32_t kByEventfd = kIrqDataEventfd | kIrqActionTrigger;

TEST_F(ConnectionTest, negotiates_the_version_and_states_its_limits) {
  connection = std::make_unique<Connection>(device, memory);
  const Bytes reply = ask(version_message());
  const auto version = load_from<Version>(reply, sizeof(Header));
  EXPECT_EQ(version.major, 0);
  EXPECT_EQ(version.minor, 0);
  EXPECT_EQ(reply.back(), std::byte{0});
  const std::string json(reinterpret_cast<const char*>(reply.data()) + sizeof(Header) + 4);
  EXPECT_EQ(json,
            R"({"capabilities":{"max_data_xfer_size":65536,"max_dma_maps":4096,"max_msg_fds":16,)"
            R"("pgsizes":4096,"write_multiple":true}})");
}

TEST_F(ConnectionTest, offers_only_features_that_the_client_has) {
  for (const char* json : {"{}", R"({"capabilities":{}})",
                           R"({"capabilities":{"write_multiple":false,"new":[1]},"other":null})"}) {
    connection = std::make_unique<Connection>(device, memory);
    const Bytes reply = ask(version_message(json));
    EXPECT_EQ(load_from<Header>(reply, 0).flags, kTypeReply) << json;
    const std::string answer(reinterpret_cast<const char*>(reply.data()) + sizeof(Header) + 4);
    EXPECT_EQ(answer.find("write_multiple"), std::string::npos) << json;
  }
}

TEST_F(ConnectionTest, takes_a_version_without_capabilities) {
  connection = std::make_unique<Connection>(device, memory);
  EXPECT_EQ(error_of(message(kVersion, bytes_of(Version{.major = 0, .minor = 3}))), 0);
}

TEST_F(ConnectionTest, refuses_hostile_capabilities) {
  std::string deep(4000, '[');
  const std::string cases[] = {"",
                               "{",
                               "[]",
                               "7",
                               "{\"capabilities\":7}",
                               "{\"capabilities\":{\"write_multiple\":1}}",
                               "{\"capabilities\":{\"write_multiple\":true}",
                               "\xff\xfe",
                               "{\"a\":1e999999}",
                               deep,
                               "{} \x01"};
  for (const std::string& json : cases) {
    connection = std::make_unique<Connection>(device, memory);
    EXPECT_EQ(error_of(version_message(json)), EINVAL) << json.substr(0, 40);
    EXPECT_EQ(error_of(read_message(0, 4)), EPROTO) << "still not negotiated";
  }
  connection = std::make_unique<Connection>(device, memory);
  const Bytes start = bytes_of(Version{.major = 0, .minor = 0});
  EXPECT_EQ(error_of(message(kVersion, start + text("{}"))), EINVAL) << "no NUL at the end";
  EXPECT_EQ(error_of(message(kVersion, start + text("{}") + Bytes(2))), EINVAL) << "two NULs";
  EXPECT_EQ(error_of(message(kVersion, start + text(std::string(4096, ' ')) + Bytes(1))), EINVAL);
}

TEST_F(ConnectionTest, leaves_a_client_of_another_major_version) {
  connection = std::make_unique<Connection>(device, memory);
  const Bytes reply = ask(message(kVersion, bytes_of(Version{.major = 1, .minor = 0})));
  EXPECT_EQ(progress, Progress::kBroken);
  EXPECT_EQ(load_from<Header>(reply, 0).error, static_cast<std::uint32_t>(EPROTONOSUPPORT));
}

TEST_F(ConnectionTest, the_version_comes_first_and_once) {
  EXPECT_EQ(error_of(version_message()), EPROTO);
  connection = std::make_unique<Connection>(device, memory);
  EXPECT_EQ(error_of(message(kDeviceReset, {})), EPROTO);
  EXPECT_EQ(error_of(version_message()), 0);
}

TEST_F(ConnectionTest, describes_device_regions_and_interrupts) {
  Bytes reply = ask(
      message(kDeviceGetInfo,
              bytes_of(DeviceInfo{.argsz = 16, .flags = 0, .region_count = 0, .irq_count = 0})));
  const auto info = load_from<DeviceInfo>(reply, sizeof(Header));
  EXPECT_EQ(info.flags, kDeviceResets | kDeviceIsPci);
  EXPECT_EQ(info.region_count, 9u);
  EXPECT_EQ(info.irq_count, 5u);

  reply = ask(message(kDeviceGetRegionInfo, bytes_of(RegionInfo{.argsz = 4096,
                                                                .flags = 0,
                                                                .index = kBar0,
                                                                .capability_offset = 0,
                                                                .size = 0,
                                                                .offset = 0})));
  const auto region = load_from<RegionInfo>(reply, sizeof(Header));
  EXPECT_EQ(region.argsz, 32u);
  EXPECT_EQ(region.size, ToyDevice::kBarSize);
  EXPECT_EQ(region.flags, kRegionReadable | kRegionWriteable);

  for (const auto& [index, count] :
       {std::pair<std::uint32_t, std::uint32_t>{kMsix, 20}, {kErr, 0}}) {
    reply = ask(message(kDeviceGetIrqInfo,
                        bytes_of(IrqInfo{.argsz = 16, .flags = 0, .index = index, .count = 0})));
    EXPECT_EQ(load_from<IrqInfo>(reply, sizeof(Header)).count, count);
  }
  reply = ask(message(kDeviceGetRegionIoFds,
                      bytes_of(RegionIoFds{.argsz = 16, .flags = 0, .index = 0, .count = 9})));
  EXPECT_EQ(load_from<RegionIoFds>(reply, sizeof(Header)).count, 0u);
}

TEST_F(ConnectionTest, refuses_questions_with_bad_fields) {
  struct Case {
    std::uint16_t command;
    std::size_t payload;
    std::uint32_t indexes;  // how many exist; 0 where there is no index
  };
  for (const Case& it : {Case{kDeviceGetInfo, 16, 0}, Case{kDeviceGetRegionInfo, 32, 9},
                         Case{kDeviceGetRegionIoFds, 16, 9}, Case{kDeviceGetIrqInfo, 16, 5}}) {
    const auto request = [&](std::uint32_t argsz, std::uint32_t flags, std::uint32_t index,
                             std::size_t size) {
      Bytes payload = bytes_of(argsz) + bytes_of(flags) + bytes_of(index);
      payload.resize(size);
      return message(it.command, payload);
    };
    const auto size = static_cast<std::uint32_t>(it.payload);
    EXPECT_EQ(error_of(request(size, 0, 0, it.payload)), 0) << it.command;
    EXPECT_EQ(error_of(request(size, 0, 0, it.payload - 1)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size, 0, 0, it.payload + 1)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size, 0, 0, 0)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size - 1, 0, 0, it.payload)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size, 1, 0, it.payload)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size, 0, 0, it.payload), eventfds(1)), EINVAL) << it.command;
    if (it.indexes == 0) continue;
    EXPECT_EQ(error_of(request(size, 0, it.indexes - 1, it.payload)), 0) << it.command;
    EXPECT_EQ(error_of(request(size, 0, it.indexes, it.payload)), EINVAL) << it.command;
    EXPECT_EQ(error_of(request(size, 0, ~0u, it.payload)), EINVAL) << it.command;
  }
}

TEST_F(ConnectionTest, reads_back_what_was_written) {
  EXPECT_EQ(error_of(write_message(8, text("bounce"))), 0);
  const Bytes reply = ask(read_message(8, 6));
  EXPECT_EQ(load_from<RegionAccess>(reply, sizeof(Header)).count, 6u);
  EXPECT_EQ(Bytes(reply.begin() + 32, reply.end()), text("bounce"));
  EXPECT_EQ(error_of(write_message(0, text("c"), 0, kConfigSpace)), 0);
  EXPECT_EQ(device.config[0], std::byte{'c'});
}

TEST_F(ConnectionTest, moves_as_much_as_it_says_it_can) {
  EXPECT_EQ(error_of(write_message(0, Bytes(Connection::kMaxDataTransfer, std::byte{1}))), 0);
  EXPECT_EQ(ask(read_message(0, Connection::kMaxDataTransfer)).size(), Connection::kMaxMessageSize);
  EXPECT_EQ(error_of(read_message(0, Connection::kMaxDataTransfer + 1)), EINVAL);
}

TEST_F(ConnectionTest, refuses_accesses_that_leave_a_region) {
  constexpr std::uint64_t kEnd = ToyDevice::kBarSize;
  struct Case {
    std::uint64_t offset;
    std::uint32_t count;
    std::uint32_t region;
  };
  for (const Case& it : {Case{kEnd - 3, 4, 0}, Case{kEnd, 1, 0}, Case{~0ull, 2, 0},
                         Case{~0ull - 1, 1, 0}, Case{0, 0, 0}, Case{0, 1, kBar1}, Case{0, 1, kVga},
                         Case{0, 1, 9}, Case{0, 1, ~0u}, Case{0, ~0u, 0}}) {
    EXPECT_EQ(error_of(read_message(it.offset, it.count, it.region)), EINVAL) << it.offset;
    const Bytes access =
        bytes_of(RegionAccess{.offset = it.offset, .region = it.region, .count = it.count});
    const Bytes data(std::min(it.count, 64u));
    EXPECT_EQ(error_of(message(kRegionWrite, access + data)), EINVAL) << it.offset;
  }
  EXPECT_EQ(device.writes, 0);
  EXPECT_EQ(error_of(read_message(kEnd - 4, 4)), 0);
}

TEST_F(ConnectionTest, a_write_carries_exactly_the_bytes_it_counts) {
  const Bytes access = bytes_of(RegionAccess{.offset = 0, .region = 0, .count = 4});
  EXPECT_EQ(error_of(message(kRegionWrite, access + Bytes(3))), EINVAL);
  EXPECT_EQ(error_of(message(kRegionWrite, access + Bytes(5))), EINVAL);
  EXPECT_EQ(error_of(message(kRegionWrite, Bytes(15))), EINVAL);
  EXPECT_EQ(error_of(message(kRegionRead, access + Bytes(1))), EINVAL);
  EXPECT_EQ(error_of(message(kRegionRead, Bytes(15))), EINVAL);
  EXPECT_EQ(device.writes, 0);
}

TEST_F(ConnectionTest, passes_on_what_the_device_refuses) {
  EXPECT_EQ(error_of(read_message(ToyDevice::kFaultyOffset, 4)), EIO);
  EXPECT_EQ(error_of(write_message(ToyDevice::kFaultyOffset, Bytes(4))), EIO);
}

TEST_F(ConnectionTest, posted_messages_get_no_reply_even_if_they_fail) {
  EXPECT_TRUE(ask(write_message(0, Bytes(4), kNoReply)).empty());
  EXPECT_EQ(device.writes, 1);
  EXPECT_TRUE(ask(write_message(~0ull, Bytes(4), kNoReply)).empty());
  EXPECT_TRUE(ask(message(99, {}, kNoReply)).empty());
  EXPECT_EQ(connection->errors(), 2u);
}

Bytes small_write(std::uint64_t offset, std::uint32_t count, std::uint32_t region = 0) {
  return bytes_of(RegionWriteSmall{
      .offset = offset, .region = region, .count = count, .data = {std::byte{1}, std::byte{2}}});
}

Bytes multi(std::uint64_t count, const Bytes& writes) {
  return message(kRegionWriteMulti, bytes_of(RegionWriteMulti{.write_count = count}) + writes);
}

TEST_F(ConnectionTest, writes_many_at_once) {
  const Bytes reply = ask(multi(2, small_write(0, 8) + small_write(8, 2)));
  EXPECT_EQ(load_from<RegionWriteMulti>(reply, sizeof(Header)).write_count, 2u);
  EXPECT_EQ(device.writes, 2);
  EXPECT_EQ(device.bar[9], std::byte{2});
  EXPECT_EQ(error_of(multi(0, {})), 0);
}

TEST_F(ConnectionTest, refuses_many_writes_if_one_is_bad_and_does_none) {
  const Bytes good = small_write(0, 8);
  EXPECT_EQ(error_of(multi(2, good + small_write(0, 9))), EINVAL);
  EXPECT_EQ(error_of(multi(2, good + small_write(0, 0))), EINVAL);
  EXPECT_EQ(error_of(multi(2, good + small_write(0, 4, kBar3))), EINVAL);
  EXPECT_EQ(error_of(multi(2, good + small_write(~0ull, 4))), EINVAL);
  EXPECT_EQ(error_of(multi(1, good + good)), EINVAL);
  EXPECT_EQ(error_of(multi(3, good + good)), EINVAL);
  EXPECT_EQ(error_of(multi((1ull << 61) + 1, good)), EINVAL);
  EXPECT_EQ(error_of(multi(1, good + Bytes(1))), EINVAL);
  EXPECT_EQ(error_of(message(kRegionWriteMulti, Bytes(7))), EINVAL);
  EXPECT_EQ(device.writes, 0);
  EXPECT_EQ(error_of(multi(2, good + small_write(ToyDevice::kFaultyOffset, 4))), EIO);
  reconnect(version_message("{}"));
  EXPECT_EQ(error_of(multi(1, good)), EOPNOTSUPP) << "not negotiated";
}

Bytes dma_map(std::uint64_t address, std::uint64_t size, std::uint64_t offset = 0,
              std::uint32_t flags = kMapReadable | kMapWriteable, std::uint32_t argsz = 32) {
  return message(
      kDmaMap,
      bytes_of(DmaMap{
          .argsz = argsz, .flags = flags, .offset = offset, .address = address, .size = size}));
}

Bytes dma_unmap(std::uint64_t address, std::uint64_t size, std::uint32_t flags = 0,
                std::uint32_t argsz = 24) {
  return message(kDmaUnmap, bytes_of(DmaUnmap{
                                .argsz = argsz, .flags = flags, .address = address, .size = size}));
}

TEST_F(ConnectionTest, maps_and_unmaps_guest_memory) {
  EXPECT_EQ(error_of(dma_map(0x1000, 0x1000), one(make_memfd(0x1000))), 0);
  EXPECT_EQ(error_of(dma_map(0x2000, 0x1000, 0, kMapReadable), one(make_memfd(0x1000))), 0);
  EXPECT_EQ(error_of(dma_map(0x3000, 0x1000)), 0) << "no descriptor: no DMA, but known";
  EXPECT_NE(memory.translate(0x1000, 4, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(memory.translate(0x2000, 4, DmaAccess::kWrite), nullptr);
  EXPECT_EQ(memory.translate(0x3000, 4, DmaAccess::kRead), nullptr);
  const Bytes reply = ask(dma_unmap(0x1000, 0x1000));
  EXPECT_EQ(load_from<DmaUnmap>(reply, sizeof(Header)).address, 0x1000u);
  EXPECT_EQ(memory.region_count(), 2u);
  EXPECT_EQ(error_of(dma_unmap(0, 0, kUnmapAll)), 0);
  EXPECT_EQ(memory.region_count(), 0u);
}

TEST_F(ConnectionTest, refuses_bad_maps) {
  EXPECT_EQ(error_of(dma_map(0, 0x1000, 0, 0)), EINVAL) << "no access";
  EXPECT_EQ(error_of(dma_map(0, 0x1000, 0, 7)), EINVAL) << "unknown flag";
  EXPECT_EQ(error_of(dma_map(0, 0x1000, 0, 3, 31)), EINVAL) << "argsz";
  EXPECT_EQ(error_of(dma_map(0, 0x1000, 0x1000)), EINVAL) << "offset in no file";
  EXPECT_EQ(error_of(dma_map(0, 0x2000), one(make_memfd(0x1000))), EINVAL) << "short file";
  EXPECT_EQ(error_of(dma_map(0, 0x1000), one(make_memfd(0x1000, F_SEAL_GROW))), EINVAL);
  EXPECT_EQ(error_of(dma_map(0, 0x1000), eventfds(1)), EINVAL) << "nothing to map";
  EXPECT_EQ(error_of(dma_map(0, 0x1000), eventfds(2)), EINVAL) << "two descriptors";
  EXPECT_EQ(error_of(message(kDmaMap, Bytes(31))), EINVAL);
  EXPECT_EQ(error_of(message(kDmaMap, Bytes(33))), EINVAL);
  EXPECT_EQ(memory.region_count(), 0u);
  EXPECT_EQ(error_of(dma_map(0, 0x1000)), 0);
  EXPECT_EQ(error_of(dma_map(0, 0x1000)), EEXIST);
}

TEST_F(ConnectionTest, refuses_bad_unmaps) {
  EXPECT_EQ(error_of(dma_map(0, 0x2000)), 0);
  EXPECT_EQ(error_of(dma_unmap(0, 0x1000)), EINVAL) << "half a region";
  EXPECT_EQ(error_of(dma_unmap(0x4000, 0x1000)), ENOENT);
  EXPECT_EQ(error_of(dma_unmap(0, 0x2000, 1)), EINVAL) << "dirty bitmaps";
  EXPECT_EQ(error_of(dma_unmap(0, 0x2000, kUnmapAll)), EINVAL);
  EXPECT_EQ(error_of(dma_unmap(0, 0x2000, 0, 23)), EINVAL);
  EXPECT_EQ(error_of(message(kDmaUnmap, Bytes(23))), EINVAL);
  EXPECT_EQ(error_of(message(kDmaUnmap, Bytes(25))), EINVAL);
  EXPECT_EQ(memory.region_count(), 1u);
}

TEST_F(ConnectionTest, assigns_and_takes_interrupts) {
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 2, 3), eventfds(3)), 0);
  EXPECT_EQ(device.irqs_assigned(), 3);
  ASSERT_TRUE(device.irqs[4].is_open());
  EXPECT_TRUE(sys::signal_eventfd(device.irqs[4].get()));
  EXPECT_NE(::fcntl(device.irqs[4].get(), F_GETFL) & O_NONBLOCK, 0) << "signalling never blocks";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 2, 1)), 0) << "none comes: taken away";
  EXPECT_EQ(device.irqs_assigned(), 2);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 16), eventfds(16)), 0);
  EXPECT_EQ(error_of(irq_set(kIrqDataNone | kIrqActionTrigger, kMsix, 0, 0)), 0);
  EXPECT_EQ(device.irqs_assigned(), 0);
}

TEST_F(ConnectionTest, refuses_bad_interrupts) {
  constexpr std::uint32_t kVectors = ToyDevice::kVectors;
  EXPECT_EQ(error_of(irq_set(kByEventfd, 5, 0, 1), eventfds(1)), EINVAL) << "index";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsi, 0, 1), eventfds(1)), EINVAL)
      << "the device lacks it";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, kVectors, 1), eventfds(1)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, ~0u, 2), eventfds(2)), EINVAL) << "wraps";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 1, ~0u)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 0)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 2), eventfds(1)), EINVAL) << "too few";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 1), eventfds(2)), EINVAL) << "too many";
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 17), eventfds(17)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 1), one(make_memfd(8))), EINVAL) << "no eventfd";
  EXPECT_EQ(error_of(irq_set(kIrqDataNone | kIrqActionTrigger, kMsix, 0, 0), eventfds(1)), EINVAL);
  EXPECT_EQ(error_of(irq_set(0, kMsix, 0, 0)), EINVAL) << "no action";
  EXPECT_EQ(error_of(irq_set(kIrqActionTrigger, kMsix, 0, 1)), EINVAL) << "no data kind";
  EXPECT_EQ(error_of(irq_set(kByEventfd | kIrqDataNone, kMsix, 0, 1), eventfds(1)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd | kIrqActionMask, kMsix, 0, 1), eventfds(1)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kByEventfd | 64, kMsix, 0, 1), eventfds(1)), EINVAL);
  EXPECT_EQ(error_of(irq_set(kIrqDataNone | kIrqActionMask, kMsix, 0, 1)), EOPNOTSUPP);
  EXPECT_EQ(error_of(irq_set(kIrqDataNone | kIrqActionTrigger, kMsix, 0, 1)), EOPNOTSUPP);
  const IrqSet flags_follow{.argsz = 22,
                            .flags = kIrqDataBool | kIrqActionTrigger,
                            .index = kMsix,
                            .start = 0,
                            .count = 2};
  EXPECT_EQ(error_of(message(kDeviceSetIrqs, bytes_of(flags_follow) + Bytes(2))), EOPNOTSUPP);
  EXPECT_EQ(error_of(message(kDeviceSetIrqs, bytes_of(flags_follow) + Bytes(1))), EINVAL);
  EXPECT_EQ(error_of(message(kDeviceSetIrqs, Bytes(19))), EINVAL);
  EXPECT_EQ(device.irqs_assigned(), 0);
}

TEST_F(ConnectionTest, resets_on_request_and_at_the_end) {
  EXPECT_EQ(error_of(message(kDeviceReset, {})), 0);
  EXPECT_EQ(device.resets, 1);
  EXPECT_EQ(error_of(message(kDeviceReset, Bytes(1))), EINVAL);
  EXPECT_EQ(error_of(dma_map(0, 0x1000)), 0);
  EXPECT_EQ(error_of(irq_set(kByEventfd, kMsix, 0, 1), eventfds(1)), 0);
  connection.reset();
  EXPECT_EQ(device.resets, 2);
  EXPECT_EQ(device.irqs_assigned(), 0);
  EXPECT_EQ(memory.region_count(), 0u);
}

TEST_F(ConnectionTest, answers_commands_that_it_does_not_know) {
  for (int command : {0, 11, 12, 14, 16, 17, 65535})
    EXPECT_EQ(error_of(message(static_cast<std::uint16_t>(command), Bytes(20))), EOPNOTSUPP)
        << command;
  EXPECT_EQ(error_of(message(kDeviceReset, {}, kError)), EINVAL) << "an error is no command's flag";
  EXPECT_EQ(error_of(message(kDeviceReset, {}, 1u << 31)), EINVAL);
  EXPECT_EQ(device.resets, 0);
}

TEST_F(ConnectionTest, breaks_off_where_the_next_message_is_anybodys_guess) {
  for (const std::uint32_t size :
       {0u, 1u, 15u, static_cast<std::uint32_t>(Connection::kMaxMessageSize + 1), 0x80000000u,
        0xffffffffu}) {
    reconnect(version_message());
    Bytes bad = message(kDeviceReset, {});
    std::memcpy(bad.data() + 4, &size, sizeof size);
    EXPECT_TRUE(ask(bad).empty());
    EXPECT_EQ(progress, Progress::kBroken) << size;
    EXPECT_FALSE(connection->breach().empty());
    EXPECT_EQ(connection->advance(), Progress::kBroken) << "and stays so";
  }
  for (const std::uint32_t type : {1u, 2u, 15u}) {
    reconnect(version_message());
    ask(message(kDeviceReset, {}, type));
    EXPECT_EQ(progress, Progress::kBroken) << type;
  }
}

TEST_F(ConnectionTest, does_not_mind_where_the_bytes_are_cut) {
  const Bytes whole = write_message(0, text("abcd")) + read_message(0, 4);
  for (std::size_t i = 0; i + 1 < whole.size(); ++i)
    ask({whole[i]});
  const Bytes reply = ask({whole.back()});
  EXPECT_EQ(Bytes(reply.end() - 4, reply.end()), text("abcd"));
}

TEST_F(ConnectionTest, gives_descriptors_to_the_message_whose_bytes_ended_with_them) {
  const Bytes posted = write_message(0, Bytes(4), kNoReply);
  ask(posted + dma_map(0, 0x1000), one(make_memfd(0x1000)));
  EXPECT_NE(memory.translate(0, 1, DmaAccess::kRead), nullptr);
  // The descriptor comes with the first byte of a message that is cut in two.
  const Bytes map = dma_map(0x1000, 0x1000);
  ask({map[0]}, one(make_memfd(0x1000)));
  ask(Bytes(map.begin() + 1, map.end()));
  EXPECT_NE(memory.translate(0x1000, 1, DmaAccess::kRead), nullptr);
}

TEST_F(ConnectionTest, closes_descriptors_that_nobody_takes) {
  const int before = open_descriptors();
  ask(read_message(0, 4), eventfds(3));
  ask(message(99, {}), eventfds(16));
  ask(irq_set(kByEventfd, kMsix, 0, 3), eventfds(4));
  ask(dma_map(1, 1), one(make_memfd(0x1000)));
  EXPECT_EQ(open_descriptors(), before);
  const Bytes reset = message(kDeviceReset, {});
  for (int i = 0; i < 3; ++i)
    ask({reset[static_cast<std::size_t>(i)]}, eventfds(16));
  EXPECT_EQ(progress, Progress::kBroken) << "more than any message takes";
  connection.reset();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ConnectionTest, bounds_the_replies_that_a_client_leaves_unread) {
  const Bytes read = read_message(0, Connection::kMaxDataTransfer);
  Bytes many;
  for (int i = 0; i < 5; ++i)
    many = many + read;
  const auto space = connection->receive_space();
  std::copy(many.begin(), many.end(), space.begin());
  connection->received(many.size(), {});
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(connection->advance(), Progress::kHandled);
  EXPECT_FALSE(connection->has_reply_room());
  EXPECT_EQ(connection->advance(), Progress::kBroken);
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
