// SPDX-License-Identifier: Apache-2.0
// Taking turns between ends that are made of nothing.
#include "bench/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/in_lab.h"
#include "bench/model.h"
#include "bench/two_ends.h"
#include "scratch_directory.h"
#include "unit/bench/bench_log.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kTwoCells =
    "name = \"test\"\nseconds = 1\nruns = 3\nwarm-ups = 0\n[axes]\n"
    "paths = [\n  { tx = \"copy\", rx = \"copy\" },\n  { tx = \"devmem\", rx = \"devmem\" },\n]\n";

Error an_error(Code code, std::string cause) {
  return {.code = code, .operation = "run", .object = {}, .cause = std::move(cause)};
}

class FakeEnd final : public End {
 public:
  explicit FakeEnd(Role role) : role_(role) {}

  Result<json> set_up(std::size_t cell) override {
    if (gone) return fail(an_error(Code::kPeerClosed, "it closed the connection"));
    if (refuses && *refuses == cell) return fail(an_error(Code::kIo, "the NIC refused"));
    return json{{"mtu", 4148},
                {"gso_max_size", kUnmergedBytes},
                {"gro_max_size", kUnmergedBytes},
                {"generic-receive-offload", "on"},
                {"rx-gro-hw", "on"}};
  }
  Status start(std::size_t /*cell*/) override {
    if (starts_left == 0) gone = true;
    if (gone) return fail(an_error(Code::kPeerClosed, "it closed the connection"));
    --starts_left;
    return {};
  }
  Result<std::vector<json>> finish() override {
    if (finish_fails) return fail(*finish_fails);
    const json run = a_run(0, 1, 4, 0.5, 0.5);
    json engine = run.at(role_ == Role::kSender ? "sender" : "receiver");
    engine.update({{"seconds", 1.0}, {"bytes", 500'000'000}, {"gbit_per_s", 4.0}});
    return std::vector<json>(flows, engine);
  }
  std::string stop() override {
    ++stops;
    return "it was stopped";
  }
  [[nodiscard]] json clock() const override { return clock_of_it; }
  [[nodiscard]] bool is_gone() const override { return gone; }

  std::optional<std::size_t> refuses;
  std::optional<Error> finish_fails;
  std::size_t flows = 1;
  unsigned starts_left = 1000;
  unsigned stops = 0;
  bool gone = false;
  json clock_of_it;

 private:
  Role role_;
};

class Turns : public testing::Test {
 protected:
  static Plan plan() {
    Plan it{
        .matrix_text = kTwoCells, .matrix_name = "test.toml", .seed = 7, .begun = {}, .matrix = {}};
    it.matrix = parse_matrix(kTwoCells, "test.toml").value();
    return it;
  }
  Status take(json session = {{"kind", "session"}, {"kernel", "7.3.4"}, {"cpus", 2}},
              Field field = {.cpus = 2}) {
    auto log = RunLog::open(scratch_.path());
    EXPECT_TRUE(log);
    TwoEnds hosts(expand(plan().matrix), sender_, receiver_);
    const Status taken = take_turns(plan(), *log, std::move(session), field, hosts);
    lines_ = log->lines();
    return taken;
  }
  [[nodiscard]] std::vector<json> runs() const {
    std::vector<json> found;
    std::ranges::copy_if(lines_, std::back_inserter(found),
                         [](const json& line) { return line.at("kind") == "run"; });
    return found;
  }

  ScratchDirectory scratch_;
  FakeEnd sender_{Role::kSender};
  FakeEnd receiver_{Role::kReceiver};
  std::vector<json> lines_;
};

/// Of a cell with two flows, whose ends report so many.
Result<json> run_of_two_flows(std::size_t sent, std::size_t received) {
  Matrix matrix = parse_matrix(kTwoCells, "test.toml").value();
  matrix.axes.shapes.flows = {2};
  FakeEnd sender(Role::kSender);
  FakeEnd receiver(Role::kReceiver);
  sender.flows = sent;
  receiver.flows = received;
  return TwoEnds(expand(matrix), sender, receiver).run(0);
}

TEST_F(Turns, AreTakenToTheLastAndNotAgain) {
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 6u);
  EXPECT_TRUE(is_finished(plan(), lines_));
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 6u);
}

TEST(TwoEndsOfFlows, AreOneRun) {
  const auto run = run_of_two_flows(2, 2);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("streams").size(), 2u);
  EXPECT_EQ(run->at("bytes"), 1'000'000'000);
  EXPECT_EQ(run->at("fairness"), 1.0);
  EXPECT_EQ(run->at("machines"), 2);
}

TEST(TwoEndsOfFlows, AreNoRunWhereOneIsNotReported) {
  EXPECT_THAT(to_string(run_of_two_flows(2, 1).error()), HasSubstr("2 flows"));
  EXPECT_EQ(run_of_two_flows(1, 2).error().code, Code::kProtocol);
  EXPECT_EQ(run_of_two_flows(2, 0).error().code, Code::kProtocol);
}

TEST_F(Turns, CellThatIsRefusedIsImpossibleAndTheOthersGoOn) {
  receiver_.refuses = 1;
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 3u);
  EXPECT_TRUE(std::ranges::any_of(lines_, [](const json& line) {
    return line.at("kind") == "impossible" && line.at("cell") == 1;
  }));
}

TEST_F(Turns, CellWhoseHostLacksSomethingIsImpossibleAtOnce) {
  sender_.finish_fails = an_error(Code::kUnsupported, "bind-rx was tried");
  ASSERT_TRUE(take());
  EXPECT_TRUE(runs().empty());
  EXPECT_EQ(std::ranges::count_if(lines_,
                                  [](const json& line) { return line.at("kind") == "impossible"; }),
            2);
  EXPECT_TRUE(is_finished(plan(), lines_));
}

TEST_F(Turns, CellThatRanBeforeIsNotImpossible) {
  ASSERT_TRUE(take());
  std::vector<json> some(lines_.begin(), lines_.end() - 1);
  ScratchDirectory other;
  auto log = RunLog::open(other.path());
  ASSERT_TRUE(log);
  for (const json& line : some)
    ASSERT_TRUE(log->append(line));
  sender_.finish_fails = an_error(Code::kUnsupported, "now it lacks something");
  TwoEnds hosts(expand(plan().matrix), sender_, receiver_);
  ASSERT_TRUE(take_turns(plan(), *log, {{"kind", "session"}, {"kernel", "7.3.4"}, {"cpus", 2}},
                         {.cpus = 2}, hosts));
  EXPECT_FALSE(std::ranges::any_of(
      log->lines(), [](const json& line) { return line.at("kind") == "impossible"; }));
}

TEST_F(Turns, SenderThatFailsLeavesNoReceiverRunning) {
  sender_.finish_fails = an_error(Code::kIo, "the sender's reason");
  ASSERT_TRUE(take());
  EXPECT_GE(receiver_.stops, 2u);
  EXPECT_THAT(runs()[0].at("error").get<std::string>(),
              HasSubstr("the sender's reason; receiver: it was stopped"));
}

TEST_F(Turns, PeerThatVanishesEndsTheBenchAndItsTurnComesAgain) {
  receiver_.starts_left = 2;
  const Status taken = take();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kPeerClosed);
  EXPECT_THAT(to_string(taken.error()), HasSubstr("same --out"));
  ASSERT_EQ(runs().size(), 3u);
  EXPECT_EQ(runs()[2].at("cut_off"), true);
  EXPECT_TRUE(runs()[2].contains("error"));
  const json before = model_of(plan(), lines_);
  EXPECT_EQ(before.at("cells")[runs()[2].at("cell").get<std::size_t>()].at("status"), "failed");

  receiver_.gone = false;
  receiver_.starts_left = 1000;
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 7u);
  const json after = model_of(plan(), lines_);
  for (const json& cell : after.at("cells"))
    EXPECT_EQ(cell.at("status"), "measured");
}

TEST_F(Turns, PeerThatIsGoneMakesNoCellImpossible) {
  receiver_.gone = true;
  ASSERT_FALSE(take());
  EXPECT_FALSE(std::ranges::any_of(
      lines_, [](const json& line) { return line.at("kind") == "impossible"; }));
}

TEST_F(Turns, UserWhoStopsIsNoFailureOfTheCell) {
  sender_.finish_fails = an_error(Code::kInterrupted, "stopped by the user");
  EXPECT_EQ(take().error().code, Code::kInterrupted);
  EXPECT_TRUE(runs().empty());
  EXPECT_GE(receiver_.stops, 1u);
}

TEST_F(Turns, GoOnBetweenTheSameMachinesAlone) {
  const json session = {
      {"kind", "session"},
      {"kernel", "7.3.4"},
      {"cpus", 2},
      {"nic", {{"interface", "eth0"}}},
      {"peer", {{"kernel", "7.3.4"}, {"cpus", 2}, {"nic", {{"interface", "eth0"}}}}}};
  ASSERT_TRUE(take(session));
  ASSERT_TRUE(take(session));
  json other = session;
  other["peer"]["kernel"] = "6.12";
  EXPECT_THAT(to_string(take(other).error()), HasSubstr("peer/kernel \"7.3.4\""));
  other = session;
  other["nic"]["interface"] = "eth1";
  EXPECT_FALSE(take(other));
  other.erase("peer");
  other.erase("nic");
  EXPECT_FALSE(take(other)) << "went on in the lab";
}

TEST_F(Turns, OfTwoMachinesSayHowTheirClocksStand) {
  receiver_.clock_of_it = {{"ahead_ns", 7}};
  const OwnCpus own = {.usable = {0, 1}, .near_nic = {0, 1}};
  ASSERT_TRUE(take({{"kind", "session"}}, {.cpus = 2, .sender_cpus = own, .receiver_cpus = own}));
  EXPECT_EQ(runs()[0].at("clock").at("ahead_ns"), 7);
  EXPECT_EQ(runs()[0].at("machines"), 2);
}

}  // namespace
}  // namespace nobounce::bench
