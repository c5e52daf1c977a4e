// SPDX-License-Identifier: Apache-2.0
// Whatever a caller gets wrong is an error that names it, never a crash.
#include <gtest/gtest.h>
#include <nobounce/nobounce.h>

#include <array>
#include <cstring>
#include <string>

#include "unit/api/told.h"

namespace nobounce::api {
namespace {

nb_region* open_host_region(std::uint64_t size_bytes) {
  const nb_region_options options{.struct_size = sizeof options,
                                  .provider = "host",
                                  .size_bytes = size_bytes,
                                  .huge_pages = 0,
                                  .reserved = 0};
  nb_region* region = nullptr;
  EXPECT_EQ(nb_region_open(&options, &region, nullptr), NB_OK);
  return region;
}

nb_listen_options any_port() {
  nb_listen_options options{};
  options.struct_size = sizeof options;
  options.address = "127.0.0.1:0";
  options.path = "copy";
  return options;
}

class Arguments : public ::testing::Test {
 protected:
  ~Arguments() override { nb_region_close(region_); }
  nb_region* region_ = open_host_region(4096);
};

/// Of calls that must fail with NB_INVALID_ARGUMENT and say `what`.
void expect_bad(const Told& told, const std::string& what) {
  EXPECT_EQ(told.code, NB_INVALID_ARGUMENT) << what;
  EXPECT_NE(told.message.find(what), std::string::npos) << told.message;
}

TEST_F(Arguments, NullIsRefusedByName) {
  nb_region_options region_options{};
  region_options.struct_size = sizeof region_options;
  region_options.size_bytes = 4096;
  const nb_listen_options listen = any_port();
  nb_connect_options connect{};
  connect.struct_size = sizeof connect;
  nb_region* region = nullptr;
  nb_listener* listener = nullptr;
  nb_receiver* receiver = nullptr;
  nb_sender* sender = nullptr;
  nb_batch* batch = nullptr;
  nb_outcome outcome{};
  void* data = nullptr;
  std::uint64_t sent = 0;
  bool flag = false;
  int fd = 0;

  expect_bad(told_by(nb_region_open, nullptr, &region), "options: it is NULL");
  expect_bad(told_by(nb_region_open, &region_options, nullptr), "region: it is NULL");
  expect_bad(told_by(nb_region_data, nullptr, &data), "region: it is NULL");
  expect_bad(told_by(nb_region_data, region_, nullptr), "data: it is NULL");
  expect_bad(told_by(nb_region_dma_buf_fd, nullptr, &fd), "region: it is NULL");
  expect_bad(told_by(nb_region_load, region_, 0u, nullptr, 1u), "from: it is NULL");
  expect_bad(told_by(nb_region_store, region_, 0u, 1u, nullptr), "to: it is NULL");
  expect_bad(told_by(nb_region_fill, nullptr, 0u, 1u, 0u, 0u), "region: it is NULL");
  expect_bad(told_by(nb_region_matches, region_, 0u, 1u, 0u, 0u, nullptr), "matches: it is NULL");
  expect_bad(told_by(nb_region_copy, region_, 0u, 1u, nullptr, 0u), "to: it is NULL");
  expect_bad(told_by(nb_region_gather, nullptr, nullptr, 0u, region_), "region: it is NULL");
  expect_bad(told_by(nb_region_gather, region_, nullptr, 1u, region_), "pieces: it is NULL");
  expect_bad(told_by(nb_listen, nullptr, region_, &listener), "options: it is NULL");
  expect_bad(told_by(nb_listen, &listen, nullptr, &listener), "region: it is NULL");
  expect_bad(told_by(nb_listen, &listen, region_, nullptr), "listener: it is NULL");
  expect_bad(told_by(nb_accept, nullptr, &receiver), "listener: it is NULL");
  expect_bad(told_by(nb_receive, nullptr, 0u, 0, &outcome, &batch), "receiver: it is NULL");
  expect_bad(told_by(nb_wait, nullptr, 1u, 0, &flag), "receivers: it is NULL");
  expect_bad(told_by(nb_wait, &receiver, 0u, 0, &flag), "there are none");
  expect_bad(told_by(nb_wait, &receiver, 1u, 0, &flag), "one of receivers: it is NULL");
  expect_bad(told_by(nb_receiver_counts, nullptr, nullptr), "receiver: it is NULL");
  expect_bad(told_by(nb_connect, &connect, region_, &sender), "address: it is NULL");
  expect_bad(told_by(nb_send, nullptr, 0u, 1u, 0, &sent), "sender: it is NULL");
  expect_bad(told_by(nb_settle, nullptr, 0, &flag), "sender: it is NULL");
  expect_bad(told_by(nb_finish, nullptr), "sender: it is NULL");
  expect_bad(told_by(nb_await_close, nullptr), "sender: it is NULL");
  expect_bad(told_by(nb_sender_counts, nullptr, nullptr), "sender: it is NULL");
}

TEST(LookingUp, NullYieldsNothing) {
  EXPECT_EQ(nb_error_code(nullptr), NB_OK);
  EXPECT_EQ(nb_error_errno(nullptr), 0);
  for (const char* text :
       {nb_error_operation(nullptr), nb_error_object(nullptr), nb_error_cause(nullptr),
        nb_error_fix(nullptr), nb_error_message(nullptr), nb_region_provider(nullptr),
        nb_choice_path(nullptr), nb_choice_passed_over_name(nullptr, 0),
        nb_choice_passed_over_reason(nullptr, 0), nb_listener_address(nullptr),
        nb_listener_nic(nullptr), nb_listener_change(nullptr, 0), nb_sender_nic(nullptr)}) {
    EXPECT_STREQ(text, "");
  }
  std::size_t count = 1;
  EXPECT_EQ(nb_batch_frags(nullptr, &count), nullptr);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(nb_batch_bytes(nullptr), 0u);
  EXPECT_EQ(nb_region_size(nullptr), 0u);
  EXPECT_EQ(nb_listener_choice(nullptr), nullptr);
  EXPECT_EQ(nb_sender_choice(nullptr), nullptr);
  EXPECT_FALSE(nb_choice_kernel_copies(nullptr));
}

TEST(Closing, NullIsNothingToClose) {
  nb_error_free(nullptr);
  nb_region_close(nullptr);
  nb_receiver_close(nullptr);
  nb_sender_close(nullptr);
  EXPECT_EQ(nb_listener_close(nullptr, nullptr), NB_OK);
  EXPECT_EQ(nb_batch_release(nullptr, nullptr), NB_OK);
}

TEST(RegionOptions, ASizeThatNeverWasIsRefused) {
  nb_region* region = nullptr;
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{4097}, SIZE_MAX}) {
    nb_region_options options{};
    options.struct_size = size;
    options.size_bytes = 4096;
    expect_bad(told_by(nb_region_open, &options, &region), "struct_size is");
  }
  EXPECT_EQ(region, nullptr);
}

/// Options of a header that is newer than the library.
struct Newer {
  nb_region_options known;
  std::uint64_t added;
};

TEST(RegionOptions, FieldsThatOnlyANewerLibraryKnowsMustBeZero) {
  Newer options{};
  options.known.struct_size = sizeof options;
  options.known.provider = "host";
  options.known.size_bytes = 4096;
  nb_region* region = nullptr;
  options.added = 1;
  const Told refused = told_by(nb_region_open, &options.known, &region);
  EXPECT_EQ(refused.code, NB_UNSUPPORTED);
  EXPECT_NE(refused.message.find("more than libnobounce"), std::string::npos) << refused.message;
  options.added = 0;
  EXPECT_EQ(told_by(nb_region_open, &options.known, &region).code, NB_OK);
  nb_region_close(region);
}

TEST(RegionOptions, BadValuesAreRefused) {
  nb_region* region = nullptr;
  nb_region_options options{};
  options.struct_size = sizeof options;
  expect_bad(told_by(nb_region_open, &options, &region), "0");
  options.size_bytes = 4096;
  options.provider = "abacus";
  expect_bad(told_by(nb_region_open, &options, &region), "'abacus'");
  options.provider = "host";
  options.huge_pages = 2;
  expect_bad(told_by(nb_region_open, &options, &region), "huge_pages");
  options.huge_pages = 0;
  options.reserved = 1;
  expect_bad(told_by(nb_region_open, &options, &region), "reserved");
}

TEST_F(Arguments, ExtentsPastTheRegionAreRefused) {
  std::array<char, 8> bytes{};
  bool matches = false;
  for (const std::uint64_t offset : {std::uint64_t{4089}, std::uint64_t{4097}, UINT64_MAX - 3}) {
    EXPECT_EQ(nb_region_load(region_, offset, bytes.data(), 8, nullptr), NB_INVALID_ARGUMENT);
    EXPECT_EQ(nb_region_store(region_, offset, 8, bytes.data(), nullptr), NB_INVALID_ARGUMENT);
    EXPECT_EQ(nb_region_fill(region_, offset, 8, 1, 0, nullptr), NB_INVALID_ARGUMENT);
    EXPECT_EQ(nb_region_matches(region_, offset, 8, 1, 0, &matches, nullptr), NB_INVALID_ARGUMENT);
  }
}

TEST_F(Arguments, MovesPastEitherRegionAreRefused) {
  nb_region* const other = open_host_region(8192);
  const nb_piece good{.offset = 0, .length = 8, .to_offset = 8184};
  EXPECT_EQ(nb_region_copy(region_, 4089, 8, other, 0, nullptr), NB_INVALID_ARGUMENT);
  EXPECT_EQ(nb_region_copy(region_, 0, 8, other, 8185, nullptr), NB_INVALID_ARGUMENT);
  for (const nb_piece bad : {nb_piece{.offset = 4089, .length = 8, .to_offset = 0},
                             nb_piece{.offset = 0, .length = 8, .to_offset = 8185},
                             nb_piece{.offset = UINT64_MAX, .length = 8, .to_offset = 0}}) {
    const std::array pieces{good, bad};
    EXPECT_EQ(nb_region_gather(region_, pieces.data(), 2, other, nullptr), NB_INVALID_ARGUMENT);
  }
  EXPECT_EQ(nb_region_gather(region_, &good, 1, region_, nullptr), NB_INVALID_ARGUMENT);
  EXPECT_EQ(nb_region_gather(region_, &good, 1, other, nullptr), NB_OK);
  EXPECT_EQ(nb_region_gather(region_, nullptr, 0, other, nullptr), NB_OK);
  nb_region_close(other);
}

TEST_F(Arguments, RegionsMoveBytesAmongThemselves) {
  nb_region* const other = open_host_region(8192);
  ASSERT_EQ(nb_region_fill(region_, 0, 4096, 5, 0, nullptr), NB_OK);
  const std::array pieces{nb_piece{.offset = 1000, .length = 500, .to_offset = 10},
                          nb_piece{.offset = 1500, .length = 1, .to_offset = 510}};
  ASSERT_EQ(nb_region_gather(region_, pieces.data(), pieces.size(), other, nullptr), NB_OK);
  ASSERT_EQ(nb_region_copy(other, 10, 501, other, 11, nullptr), NB_OK);  // Onto itself.
  bool matches = false;
  ASSERT_EQ(nb_region_matches(other, 11, 501, 5, 1000, &matches, nullptr), NB_OK);
  EXPECT_TRUE(matches);
  nb_region_close(other);
}

TEST_F(Arguments, ListenOptionsThatCantBeAreRefused) {
  const auto refusal = [&](auto&& change) {
    nb_listen_options options = any_port();
    change(options);
    nb_listener* listener = nullptr;
    Told told = told_by(nb_listen, &options, region_, &listener);
    EXPECT_EQ(listener, nullptr);
    return told;
  };
  expect_bad(refusal([](auto& o) { o.address = "localhost:http"; }), "localhost:http");
  expect_bad(refusal([](auto& o) { o.address = ""; }), "");
  expect_bad(refusal([](auto& o) { o.path = "zerocopy"; }), "'zerocopy' is no path this way");
  expect_bad(refusal([](auto& o) { o.path = "teleport"; }), "auto, copy");
  expect_bad(refusal([](auto& o) { o.max_connections = 65; }), "max_connections");
  expect_bad(refusal([](auto& o) { o.force = 2; }), "force");
  expect_bad(refusal([](auto& o) { o.reserved = 1; }), "reserved");
  expect_bad(refusal([](auto& o) { o.struct_size = 8; }), "struct_size");
}

TEST_F(Arguments, ConnectOptionsThatCantBeAreRefused) {
  nb_connect_options options{};
  options.struct_size = sizeof options;
  options.address = "127.0.0.1";
  nb_sender* sender = nullptr;
  expect_bad(told_by(nb_connect, &options, region_, &sender), "127.0.0.1");
  options.address = "127.0.0.1:1";
  options.path = "mmap";
  expect_bad(told_by(nb_connect, &options, region_, &sender), "'mmap' is no path this way");
}

TEST(Log, ALevelThatIsNoneIsRefused) {
  expect_bad(told_by(nb_set_log, nullptr, nullptr, static_cast<nb_log_level>(9)), "least");
}

TEST(Codes, HaveNames) {
  EXPECT_STREQ(nb_code_name(NB_OK), "ok");
  EXPECT_STREQ(nb_code_name(NB_UNSUPPORTED), "unsupported");
  EXPECT_STREQ(nb_code_name(NB_INTERNAL), "internal");
  EXPECT_STREQ(nb_code_name(static_cast<nb_code>(1000)), "unknown");
}

TEST(Version, IsThatOfTheHeader) {
  const std::string header = std::to_string(NB_VERSION_MAJOR) + "." +
                             std::to_string(NB_VERSION_MINOR) + "." +
                             std::to_string(NB_VERSION_PATCH);
  EXPECT_EQ(nb_version(), header);
}

}  // namespace
}  // namespace nobounce::api
