// SPDX-License-Identifier: Apache-2.0
// Regions that a client may map: the descriptor that goes along with a reply.
#include "unit/emulator/vfio_user/connection_fixture.h"

namespace nobounce::emulator::vfio_user {
namespace {

Bytes region_info(std::uint32_t index, std::uint32_t flags = 0) {
  return message(kDeviceGetRegionInfo,
                 bytes_of(RegionInfo{.argsz = 4096,
                                     .flags = 0,
                                     .index = index,
                                     .capability_offset = 0,
                                     .size = 0,
                                     .offset = 0}),
                 flags);
}

TEST_F(ConnectionTest, hands_out_the_memory_of_a_region_that_may_be_mapped) {
  const sys::Fd memory_file = make_memfd(2 * ToyDevice::kMappableSize);
  device.mappable = {.fd = memory_file.get(), .offset = ToyDevice::kMappableSize};
  reply_fds.clear();
  // What comes before and after a descriptor is sent apart from it.
  const Bytes reply = ask(region_info(kBar0) + region_info(kBar2) + region_info(kBar2, kNoReply) +
                          region_info(kBar1) + region_info(kBar2));
  const int fd = memory_file.get();
  EXPECT_EQ(reply_fds, (std::vector<int>{-1, fd, fd}));
  ASSERT_EQ(reply.size(), 4 * (sizeof(Header) + sizeof(RegionInfo)));
  const auto info =
      load_from<RegionInfo>(reply, sizeof(Header) + sizeof(RegionInfo) + sizeof(Header));
  EXPECT_EQ(info.index, kBar2);
  EXPECT_EQ(info.flags, kRegionReadable | kRegionWriteable | kRegionMappable);
  EXPECT_EQ(info.size, ToyDevice::kMappableSize);
  EXPECT_EQ(info.offset, ToyDevice::kMappableSize);
}

TEST_F(ConnectionTest, keeps_a_descriptor_with_a_reply_that_is_sent_in_parts) {
  const sys::Fd memory_file = make_memfd(ToyDevice::kMappableSize);
  device.mappable = {.fd = memory_file.get(), .offset = 0};
  const Bytes question = read_message(0, 4) + region_info(kBar2);
  const auto space = connection->receive_space();
  std::copy(question.begin(), question.end(), space.begin());
  connection->received(question.size(), {});
  while (connection->advance() == Progress::kHandled) {
  }
  connection->replies_sent(30);
  EXPECT_EQ(connection->replies().size(), 6u);
  EXPECT_EQ(connection->reply_fd(), -1);
  connection->replies_sent(6);
  EXPECT_EQ(connection->reply_fd(), memory_file.get());
  connection->replies_sent(1);
  EXPECT_EQ(connection->reply_fd(), -1) << "it went with the first byte";
  EXPECT_EQ(connection->replies().size(), 47u);
}

TEST_F(ConnectionTest, bounds_the_descriptors_that_a_client_leaves_unread) {
  const sys::Fd memory_file = make_memfd(ToyDevice::kMappableSize);
  device.mappable = {.fd = memory_file.get(), .offset = 0};
  Bytes questions;
  for (std::size_t i = 0; i <= Connection::kMaxReplyFds; ++i)
    questions = questions + region_info(kBar2);
  const auto space = connection->receive_space();
  std::copy(questions.begin(), questions.end(), space.begin());
  connection->received(questions.size(), {});
  for (std::size_t i = 0; i < Connection::kMaxReplyFds; ++i)
    EXPECT_EQ(connection->advance(), Progress::kHandled);
  EXPECT_FALSE(connection->has_reply_room());
  EXPECT_EQ(connection->advance(), Progress::kBroken);
}

}  // namespace
}  // namespace nobounce::emulator::vfio_user
