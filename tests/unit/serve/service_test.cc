// SPDX-License-Identifier: Apache-2.0
// The service over its own control socket: with the client that comes with it, and with raw bytes.
#include "serve/service.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "scratch_directory.h"
#include "serve/client.h"
#include "serve/directory.h"
#include "serve/nics_table.h"
#include "sys/unix_connect.h"
#include "sys/wakeup.h"

namespace nobounce::serve {
namespace {

using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto stop = sys::Wakeup::open();
    ASSERT_TRUE(stop);
    stop_.emplace(std::move(*stop));
  }
  void TearDown() override { end(); }

  emulator::Layout layout() const {
    emulator::Layout layout = emulator::layout_of_pairs({.count = 1});
    layout.socket_directory = directory_;
    return layout;
  }

  void serve() {
    auto service = Service::start(layout());
    ASSERT_TRUE(service) << to_string(service.error());
    service_.emplace(std::move(*service));
    thread_ = std::thread([this] { EXPECT_TRUE(service_->run(stop_->fd(), std::nullopt, [] {})); });
  }
  void end() {
    stop_->signal();
    if (thread_.joinable()) thread_.join();
    service_.reset();
  }

  // A blocking connection to the control socket.
  sys::Fd connect() {
    auto fd = sys::connect_to_unix(control_socket_of(directory_));
    EXPECT_TRUE(fd);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    EXPECT_EQ(::fcntl(fd->get(), F_SETFL, 0), 0);
    EXPECT_EQ(::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    return std::move(*fd);
  }
  static void send(const sys::Fd& fd, const std::string& bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Up to the newline; what came so far if the service hangs up first.
  static std::string read_line(const sys::Fd& fd) {
    std::string line;
    for (char letter = 0; ::read(fd.get(), &letter, 1) == 1;) {
      if (letter == '\n') return line;
      line += letter;
    }
    return line;
  }

  const ScratchDirectory scratch_;
  const std::filesystem::path directory_ = scratch_.path() / "nics";
  std::optional<sys::Wakeup> stop_;
  std::optional<Service> service_;
  std::thread thread_;
};

TEST_F(ServiceTest, SaysWhatItServesAndTidiesUp) {
  serve();
  struct stat status{};
  ASSERT_EQ(::stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(control_socket_of(directory_).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  const auto state = ask(directory_, AskStatistics{});
  ASSERT_TRUE(state) << to_string(state.error());
  EXPECT_EQ((*state)["schema"], "nobounce.nics/1");
  ASSERT_EQ((*state)["nics"].size(), 2U);
  EXPECT_EQ((*state)["nics"][1]["name"], "pair0-b");
  EXPECT_EQ((*state)["nics"][1]["socket"], (directory_ / "pair0-b.sock").string());
  EXPECT_EQ((*state)["nics"][1]["mac"], "02:6e:62:00:00:01");
  EXPECT_EQ((*state)["nics"][1]["client"], false);
  EXPECT_EQ((*state)["nics"][1]["rx_queues"].size(), 4U);
  ASSERT_EQ((*state)["wires"].size(), 1U);
  EXPECT_EQ((*state)["wires"][0]["ports"][0]["station"], "pair0-a");
  end();
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(ServiceTest, ChangesWiresLinksAndCapturesWhileItRuns) {
  serve();
  ASSERT_TRUE(ask(directory_, SetWire{.wire = "pair0", .change = {.delay_ns = 7}}));
  ASSERT_TRUE(ask(directory_, SetWire{.wire = "pair0", .port = 1, .change = {.loss = 0.5}}));
  ASSERT_TRUE(ask(directory_, SetLink{.nic = "pair0-a", .up = false}));
  const auto file = directory_.parent_path() / "wires.pcapng";
  ASSERT_TRUE(ask(directory_, SetCapture{.file = file.string()}));
  const auto state = ask(directory_, AskStatistics{});
  ASSERT_TRUE(state);
  const auto& ports = (*state)["wires"][0]["ports"];
  EXPECT_EQ(ports[0]["impairments"]["delay_ns"], 7);
  EXPECT_EQ(ports[0]["impairments"]["loss"], 0.0);
  EXPECT_EQ(ports[1]["impairments"]["delay_ns"], 7);
  EXPECT_EQ(ports[1]["impairments"]["loss"], 0.5);
  EXPECT_EQ((*state)["nics"][0]["cable"], false);
  EXPECT_EQ((*state)["nics"][1]["cable"], true);
  EXPECT_EQ((*state)["capture"]["file"], file.string());
  EXPECT_THAT(table_of(*state), HasSubstr("unplugged"));
  EXPECT_THAT(table_of(*state), HasSubstr("delay 7 ns, loss 50%"));
  ASSERT_TRUE(ask(directory_, SetCapture{}));
  EXPECT_FALSE(ask(directory_, AskStatistics{})->contains("capture"));
  EXPECT_GT(std::filesystem::file_size(file), 0U);
}

TEST_F(ServiceTest, ChangesAWholeWireOrNothingOfIt) {
  serve();
  ASSERT_TRUE(ask(directory_, SetWire{.wire = "pair0", .port = 0, .change = {.delay_ns = 9}}));
  // The delay of port 0 allows this jitter, that of port 1 does not.
  const auto refused = ask(directory_, SetWire{.wire = "pair0", .change = {.jitter_ns = 5}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  const auto state = ask(directory_, AskStatistics{});
  ASSERT_TRUE(state);
  EXPECT_EQ((*state)["wires"][0]["ports"][0]["impairments"]["jitter_ns"], 0);
}

TEST_F(ServiceTest, RepliesWithWhatItCannotDo) {
  serve();
  const auto code_of = [&](const Request& request) {
    const auto reply = ask(directory_, request);
    EXPECT_FALSE(reply);
    return reply ? Code::kIo : reply.error().code;
  };
  EXPECT_EQ(code_of(SetLink{.nic = "pair1-a"}), Code::kNotFound);
  EXPECT_EQ(code_of(SetWire{.wire = "pair1", .change = {.loss = 1}}), Code::kNotFound);
  EXPECT_EQ(code_of(SetWire{.wire = "pair0", .port = 2, .change = {.loss = 1}}), Code::kNotFound);
  EXPECT_EQ(code_of(SetWire{.wire = "pair0", .change = {.loss = 2}}), Code::kInvalidArgument);
  EXPECT_EQ(code_of(SetCapture{.file = "/nowhere/at/all"}), Code::kNotFound);
}

TEST_F(ServiceTest, TakesRequestsInAnyPiecesAndSeveralAtOnce) {
  serve();
  const std::string line = to_line(AskStatistics{});
  const sys::Fd client = connect();
  send(client, line.substr(0, 5));
  // Another client is answered meanwhile, so the first piece was not waited on.
  EXPECT_TRUE(ask(directory_, AskStatistics{}));
  send(client, line.substr(5) + line + line.substr(0, 3));
  EXPECT_THAT(read_line(client), HasSubstr("pair0-a"));
  EXPECT_THAT(read_line(client), HasSubstr("pair0-a"));
  send(client, line.substr(3) + "nonsense\n\n");
  EXPECT_THAT(read_line(client), HasSubstr("pair0-a"));
  EXPECT_THAT(read_line(client), HasSubstr("protocol"));
  EXPECT_THAT(read_line(client), HasSubstr("protocol"));
}

TEST_F(ServiceTest, ALineWithoutEndLosesItsClient) {
  serve();
  const sys::Fd client = connect();
  send(client, std::string(kMaxRequestBytes, ' '));
  EXPECT_EQ(read_line(client), "");
  EXPECT_TRUE(ask(directory_, AskStatistics{}));
}

TEST_F(ServiceTest, ClientsThatSayOrReadNothingHoldUpNobody) {
  serve();
  std::vector<sys::Fd> idlers;
  for (std::size_t i = 0; i < 2 * ControlSocket::kMaxClients; ++i) {
    idlers.push_back(connect());
    std::string many;
    for (int line = 0; line < 50; ++line)
      many += to_line(AskStatistics{});
    send(idlers.back(), many);
    EXPECT_TRUE(ask(directory_, AskStatistics{}));
  }
}

TEST_F(ServiceTest, OneServesADirectory) {
  serve();
  const auto second = Service::start(layout());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_TRUE(ask(directory_, AskStatistics{}));
}

TEST_F(ServiceTest, ADirectoryThatOthersWriteToIsRefused) {
  ASSERT_TRUE(std::filesystem::create_directory(directory_));
  ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
  const auto service = Service::start(layout());
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().code, Code::kPermission);
  ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  EXPECT_TRUE(Service::start(layout()));
}

TEST_F(ServiceTest, AFileOrALinkIsNoDirectory) {
  const auto real = directory_.parent_path() / "real";
  ASSERT_TRUE(std::filesystem::create_directory(real));
  std::filesystem::create_directory_symlink(real, directory_);
  EXPECT_EQ(Service::start(layout()).error().code, Code::kPermission);
  std::filesystem::remove(directory_);
  ASSERT_EQ(::close(::creat(directory_.c_str(), 0600)), 0);
  EXPECT_EQ(Service::start(layout()).error().code, Code::kPermission);
}

TEST_F(ServiceTest, WhereNoServiceIsTheClientSaysSo) {
  const auto reply = ask(directory_, AskStatistics{});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kNotFound);
  EXPECT_THAT(reply.error().fix, HasSubstr("nobounce nic serve"));
}

}  // namespace
}  // namespace nobounce::serve
