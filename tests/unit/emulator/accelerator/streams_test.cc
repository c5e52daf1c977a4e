// SPDX-License-Identifier: Apache-2.0
// Command streams: what each command does, what is refused, and that long ones are done in slices.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/crc32c.h"
#include "base/pattern.h"
#include "base/random.h"
#include "unit/emulator/accelerator/driver_double.h"

namespace nobounce::emulator::accelerator {
namespace {

using abi::Opcode;
using abi::ResultStatus;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::uint32_t kMemory = 1;
constexpr std::uint32_t kBuffer = 2;
constexpr std::uint64_t kMemoryAt = 1 << 20;  // in the window
constexpr std::uint64_t kMemoryBytes = 4 << 20;
constexpr std::uint64_t kBufferAt = DriverDouble::kBuffers + 0x10000;
constexpr std::uint64_t kBufferBytes = 1 << 20;

std::vector<ResultStatus> statuses(const std::vector<abi::Result>& results) {
  std::vector<ResultStatus> list;
  for (const abi::Result& result : results)
    list.push_back(status_of(result));
  return list;
}

class Streams : public ::testing::Test {
 protected:
  Streams() {
    driver.start_context();
    driver.make_device_memory(kMemory, kMemoryAt, kMemoryBytes);
    driver.make_host_buffer(kBuffer, kBufferAt, kBufferBytes);
  }

  std::vector<std::byte> memory_bytes(std::uint64_t offset, std::uint64_t length) {
    const std::byte* const from =
        driver.device->peer_memory(DriverDouble::kWindowAddress + kMemoryAt + offset, length);
    return {from, from + length};
  }
  ResultStatus status_of_one(const std::vector<std::byte>& command) {
    return status_of(driver.execute({command})[0]);
  }

  DriverDouble driver;
};

TEST_F(Streams, fill_and_compare) {
  const auto results = driver.execute({
      pattern_command(Opcode::kFill, kMemory, 3, 1000, 7, 11),
      pattern_command(Opcode::kCompare, kMemory, 3, 1000, 7, 11),
      pattern_command(Opcode::kCompare, kMemory, 3, 1001, 7, 11),
      pattern_command(Opcode::kCompare, kMemory, 0, 3, 7),
  });
  EXPECT_THAT(statuses(results), ElementsAre(ResultStatus::kDone, ResultStatus::kDone,
                                             ResultStatus::kMismatch, ResultStatus::kMismatch));
  EXPECT_EQ(results[0].value, 1000u);
  EXPECT_EQ(results[1].value, 1000u);
  EXPECT_EQ(results[2].value, 1000u) << "the first byte that differs";
  EXPECT_EQ(find_pattern_mismatch(memory_bytes(3, 1000), 7, 11), std::nullopt);
  EXPECT_THAT(memory_bytes(0, 3), Each(std::byte{0}));
}

TEST_F(Streams, copies_go_between_device_memory_and_scattered_pages) {
  const auto results = driver.execute({
      pattern_command(Opcode::kFill, kMemory, 0, 100000, 1),
      copy_command(kMemory, 10, kBuffer, 4000, 50000),
      copy_command(kBuffer, 4001, kMemory, 200001, 40000),
      pattern_command(Opcode::kCompare, kMemory, 200001, 40000, 1, 11),
  });
  EXPECT_THAT(statuses(results), Each(ResultStatus::kDone));
  for (std::uint64_t i = 0; i < 50000; ++i)
    ASSERT_EQ(*driver.in_host_buffer(kBufferAt, kBufferBytes, 4000 + i), pattern_byte(1, 10 + i));
}

TEST_F(Streams, a_copy_within_a_resource_is_as_if_all_were_read_first) {
  for (const std::uint32_t resource : {kMemory, kBuffer}) {
    for (const std::int64_t shift : {-70000, -1, 0, 1, 4095, 70000}) {
      SCOPED_TRACE(shift);
      constexpr std::uint64_t kAt = 100000;
      constexpr std::uint64_t kLength = 600000;
      const std::uint64_t to = kAt + static_cast<std::uint64_t>(shift);
      const auto results = driver.execute({
          pattern_command(Opcode::kFill, resource, kAt, kLength, 5),
          copy_command(resource, kAt, resource, to, kLength),
          pattern_command(Opcode::kCompare, resource, to, kLength, 5),
      });
      EXPECT_THAT(statuses(results), Each(ResultStatus::kDone));
    }
  }
}

TEST_F(Streams, gather_moves_pieces_in_order) {
  Random random(3);
  std::vector<abi::GatherPiece> pieces;
  std::vector<std::byte> expected(kBufferBytes);
  std::uint64_t total = 0;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t length = random.below(9000);
    pieces.push_back({.from_offset = random.below(kMemoryBytes - 9000),
                      .to_offset = random.below(kBufferBytes - 9000),
                      .length = length});
    fill_pattern(std::span(expected).subspan(pieces.back().to_offset, length), 9,
                 pieces.back().from_offset);
    total += length;
  }
  const auto results = driver.execute({
      pattern_command(Opcode::kFill, kMemory, 0, kMemoryBytes, 9),
      gather_command(kMemory, kBuffer, pieces),
  });
  EXPECT_THAT(statuses(results), Each(ResultStatus::kDone));
  EXPECT_EQ(results[1].value, total);
  for (std::uint64_t i = 0; i < kBufferBytes; ++i)
    ASSERT_EQ(*driver.in_host_buffer(kBufferAt, kBufferBytes, i), expected[i]) << i;
}

TEST_F(Streams, hashes_run_on_from_stream_to_stream) {
  driver.execute({pattern_command(Opcode::kFill, kMemory, 0, 700000, 2),
                  hash_command(kMemory, 0, 300000, abi::kHashBegin, 1)});
  const auto results = driver.execute({
      hash_command(kMemory, 0, 5, abi::kHashBegin, 2),
      hash_command(kMemory, 300000, 400000, 0, 1),
      hash_command(kMemory, 0, 0, abi::kHashEnd, 1),
      hash_command(kMemory, 0, 700000, abi::kHashBegin | abi::kHashEnd, 1),
  });
  std::vector<std::byte> bytes(700000);
  fill_pattern(bytes, 2, 0);
  Sha256 sha;
  sha.update(bytes);
  for (const int i : {2, 3}) {
    EXPECT_EQ(results[i].crc32c, crc32c(0, bytes));
    std::string hex;
    for (const std::uint8_t byte : results[i].digest)
      hex += fmt::format("{:02x}", byte);
    EXPECT_EQ(hex, sha.hex_digest());
  }
  EXPECT_EQ(results[0].crc32c, 0u) << "it has not ended";
  EXPECT_EQ(status_of_one(hash_command(kMemory, 0, 1, 0, 1)), ResultStatus::kMalformed)
      << "the context is free again";
}

TEST_F(Streams, a_fault_ends_the_stream_and_its_command_does_nothing) {
  const auto results = driver.execute({
      pattern_command(Opcode::kFill, kMemory, 0, 10, 1),
      gather_command(kMemory, kBuffer, {{0, 0, 10}, {0, kBufferBytes - 1, 2}}),
      pattern_command(Opcode::kFill, kMemory, 10, 10, 1),
  });
  EXPECT_THAT(statuses(results), ElementsAre(ResultStatus::kDone, ResultStatus::kOutOfBounds,
                                             ResultStatus::kNotExecuted));
  EXPECT_EQ(*driver.in_host_buffer(kBufferAt, kBufferBytes, 0), std::byte{0});
  EXPECT_THAT(memory_bytes(10, 10), Each(std::byte{0}));
}

TEST_F(Streams, faults_of_commands) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  const auto fill = [](std::uint64_t offset, std::uint64_t length, std::uint64_t position = 0) {
    return pattern_command(Opcode::kFill, kMemory, offset, length, 1, position);
  };
  EXPECT_EQ(status_of_one(fill(kMemoryBytes, 0)), ResultStatus::kDone);
  EXPECT_EQ(status_of_one(fill(kMemoryBytes, 1)), ResultStatus::kOutOfBounds);
  EXPECT_EQ(status_of_one(fill(1, kHuge)), ResultStatus::kOutOfBounds);
  EXPECT_EQ(status_of_one(fill(0, 2, kHuge - 1)), ResultStatus::kOutOfBounds);
  EXPECT_EQ(status_of_one(copy_command(kMemory, 0, kBuffer, kHuge, 1)), ResultStatus::kOutOfBounds);
  EXPECT_EQ(status_of_one(copy_command(kMemory, 0, 77, 0, 1)), ResultStatus::kNoResource);
  EXPECT_EQ(status_of_one(gather_command(kMemory, kMemory, {{0, 5, 1}})), ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(hash_command(kMemory, 0, 1, 4)), ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(hash_command(kMemory, 0, 1, 1, abi::kMaxHashContexts)),
            ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(raw(abi::CommandHeader{99, 8})), ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(raw(abi::CommandHeader{6, 0})), ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(raw(abi::CommandHeader{6, 16})), ResultStatus::kMalformed);
  EXPECT_EQ(status_of_one(raw(abi::CommandHeader{1, 8})), ResultStatus::kMalformed);
}

TEST_F(Streams, a_malformed_header_is_the_submissions_error_and_signals_its_fence) {
  const std::vector<std::byte> good =
      DriverDouble::stream_of(std::vector<std::vector<std::byte>>{counters_command()});
  const auto changed = [&](auto change) {
    std::vector<std::byte> bytes = good;
    abi::StreamHeader header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    change(header);
    std::memcpy(bytes.data(), &header, sizeof header);
    return driver.submit(bytes);
  };
  EXPECT_EQ(changed([](auto&) {}), VIRTIO_GPU_RESP_OK_NODATA);
  for (const auto& change : std::initializer_list<void (*)(abi::StreamHeader&)>{
           [](abi::StreamHeader& it) { it.magic = 1; },
           [](abi::StreamHeader& it) { it.version = 2; }, [](abi::StreamHeader& it) { ++it.bytes; },
           [](abi::StreamHeader& it) { it.commands = 0; },
           [](abi::StreamHeader& it) { it.commands = 257; },
           [](abi::StreamHeader& it) { it.reserved = 1; },
           [](abi::StreamHeader& it) { it.results_resource = kMemory; },
           [](abi::StreamHeader& it) { it.results_resource = 55; },
           [](abi::StreamHeader& it) { it.results_offset = 0x4000 - 63; },
           [](abi::StreamHeader& it) { it.results_offset = ~std::uint64_t{0}; }}) {
    EXPECT_EQ(changed(change), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
    EXPECT_EQ(driver.response().fence_id, driver.fence);
  }
  EXPECT_EQ(driver.submit(std::vector<std::byte>(31)), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
  EXPECT_EQ(driver.submit({}), VIRTIO_GPU_RESP_OK_NODATA) << "a fence and no more";
}

TEST_F(Streams, reach_what_is_attached_to_their_context_only) {
  virtio_gpu_ctx_create create{};
  create.hdr.ctx_id = 8;
  ASSERT_EQ(driver.ask(VIRTIO_GPU_CMD_CTX_CREATE, create), VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(driver.ask_of<virtio_gpu_ctx_resource>(VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, kMemory),
            VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(status_of_one(pattern_command(Opcode::kFill, kMemory, 0, 1, 1)),
            ResultStatus::kNoResource);
}

TEST_F(Streams, device_memory_that_is_not_in_the_window_is_not_there) {
  ASSERT_EQ(
      driver.ask_of<virtio_gpu_resource_unmap_blob>(VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, kMemory),
      VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(status_of_one(pattern_command(Opcode::kFill, kMemory, 0, 1, 1)),
            ResultStatus::kNoResource);
}

TEST_F(Streams, a_host_buffer_of_no_memory_is_unreachable) {
  const virtio_gpu_mem_entry nowhere{.addr = DriverDouble::kRamBytes, .length = 4096, .padding = 0};
  ASSERT_EQ(driver.create_blob(6, VIRTIO_GPU_BLOB_MEM_GUEST, 4096, std::span(&nowhere, 1)),
            VIRTIO_GPU_RESP_OK_NODATA);
  ASSERT_EQ(driver.attach(6), VIRTIO_GPU_RESP_OK_NODATA);
  EXPECT_EQ(status_of_one(copy_command(6, 0, kMemory, 0, 8)), ResultStatus::kUnreachable);
  EXPECT_EQ(status_of_one(copy_command(kMemory, 0, 6, 0, 8)), ResultStatus::kUnreachable);
}

TEST_F(Streams, long_work_is_sliced) {
  driver.execute({pattern_command(Opcode::kFill, kMemory, 0, kMemoryBytes, 1)});
  EXPECT_GE(driver.turns, static_cast<int>(kMemoryBytes / Accelerator::kTurnBytes));
  EXPECT_LE(driver.turns, static_cast<int>(kMemoryBytes / Accelerator::kTurnBytes) + 3);
}

TEST_F(Streams, a_reset_ends_what_is_at_work) {
  const std::vector<std::byte> stream = DriverDouble::stream_of(std::vector<std::vector<std::byte>>{
      pattern_command(Opcode::kFill, kMemory, 0, kMemoryBytes, 1)});
  virtio_gpu_cmd_submit submit{};
  submit.hdr.type = VIRTIO_GPU_CMD_SUBMIT_3D;
  submit.hdr.ctx_id = DriverDouble::kContext;
  submit.size = static_cast<std::uint32_t>(stream.size());
  std::vector<std::byte> bytes = raw(submit);
  bytes.insert(bytes.end(), stream.begin(), stream.end());
  driver.post(bytes);
  ASSERT_TRUE(driver.device->run());
  driver.device->reset();
  while (driver.device->run()) {
  }
  EXPECT_EQ(driver.device->statistics().gpu.memory_bytes, 0u);
  EXPECT_EQ(driver.device->statistics().gpu.engine.streams, 0u);
  driver.start_context();
}

}  // namespace
}  // namespace nobounce::emulator::accelerator
