// SPDX-License-Identifier: Apache-2.0
// Taking turns between ends that are made of nothing.
#include "bench/turns.h"

#include <fmt/format.h>
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
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTwoCells =
    "name = \"test\"\nseconds = 1\nruns = 3\nwarm-ups = 0\nversus = []\n[axes]\n"
    "paths = [\n  { tx = \"copy\", rx = \"copy\" },\n  { tx = \"devmem\", rx = \"devmem\" },\n]\n";

Error an_error(Code code, std::string cause) {
  return {.code = code, .operation = "run", .object = {}, .cause = std::move(cause)};
}

class FakeEnd final : public End {
 public:
  Result<std::vector<json>> set_up(std::size_t cell) override {
    if (gone) return fail(an_error(Code::kPeerClosed, "it closed the connection"));
    if (refuses && *refuses == cell) return fail(an_error(Code::kIo, "the NIC refused"));
    return std::vector<json>(nics, {{"mtu", 4148},
                                    {"gso_max_size", kUnmergedBytes},
                                    {"gro_max_size", kUnmergedBytes},
                                    {"generic-receive-offload", "on"},
                                    {"rx-gro-hw", "on"}});
  }
  Status start_receivers(std::size_t /*cell*/, bool is_traced) override {
    return note(is_traced ? "receivers, traced" : "receivers");
  }
  Status start_senders(std::size_t /*cell*/, bool /*is_traced*/) override {
    return note("senders");
  }
  Status give_order() override { return note("order"); }
  Result<EndFigures> finish() override {
    if (finish_fails) return fail(*finish_fails);
    const json run = a_run(0, 1, 4, 0.5, 0.5);
    const json whole = {{"seconds", 1.0}, {"bytes", 500'000'000}, {"gbit_per_s", 4.0}};
    json sender = run.at("sender");
    json receiver = run.at("receiver");
    sender.update(whole);
    receiver.update(whole);
    if (!traced.is_null()) receiver["traced_syscalls"] = traced;
    receiver.update({{"began_at_seconds", began_at}, {"ended_at_seconds", began_at + 1}});
    if (tells_nothing) receiver = nullptr;
    return EndFigures{.sent = std::vector<json>(sent, sender),
                      .received = std::vector<json>(received, receiver)};
  }
  std::string stop() override {
    ++stops;
    return "it was stopped";
  }
  void look_after() override { gone = gone || goes_unasked; }
  [[nodiscard]] json clock() const override { return clock_of_it; }
  [[nodiscard]] bool is_gone() const override { return gone; }

  char host = 'a';
  std::vector<std::string>* said = nullptr;  ///< What was asked of the ends, in order.
  std::optional<std::size_t> refuses;
  std::optional<Error> finish_fails;
  std::size_t nics = 1;
  std::size_t sent = 0;  ///< Streams.
  std::size_t received = 0;
  double began_at = 1000;
  unsigned starts_left = 1000;
  unsigned stops = 0;
  bool gone = false;
  bool tells_nothing = false;
  bool goes_unasked = false;
  json clock_of_it;
  json traced;  ///< What its receivers tell of their calls.

 private:
  Status note(const char* what) {
    if (starts_left == 0) gone = true;
    if (gone) return fail(an_error(Code::kPeerClosed, "it closed the connection"));
    --starts_left;
    if (said != nullptr) said->push_back(fmt::format("{} {}", host, what));
    return {};
  }
};

class Turns : public testing::Test {
 protected:
  Turns() {
    sender_.sent = 1;
    receiver_.received = 1;
  }
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
  FakeEnd sender_;
  FakeEnd receiver_;
  std::vector<json> lines_;
};

/// The first cell of a matrix of that shape, between ends that report so much.
struct Between {
  explicit Between(const Shape& wanted) : shape(wanted) {
    b.host = 'b';
    a.said = b.said = &said;
    const std::size_t each_way = shape.nic_pairs * shape.flows;
    a.sent = b.received = each_way;
    if (shape.direction == Direction::kBoth) b.sent = a.received = each_way;
    a.nics = b.nics = shape.nic_pairs;
  }
  Result<json> run() {
    Matrix matrix = parse_matrix(kTwoCells, "test.toml").value();
    matrix.axes.shapes.nic_pairs = {shape.nic_pairs};
    matrix.axes.shapes.directions = {shape.direction};
    matrix.axes.shapes.flows = {shape.flows};
    TwoEnds ends(expand(matrix), a, b);
    NB_TRY(ends.set_up(0));
    return ends.run(0, is_traced);
  }

  Shape shape;
  bool is_traced = false;
  FakeEnd a;
  FakeEnd b;
  std::vector<std::string> said;
};

TEST_F(Turns, AreTakenToTheLastAndNotAgain) {
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 6u);
  EXPECT_TRUE(is_finished(plan(), lines_));
  ASSERT_TRUE(take());
  EXPECT_EQ(runs().size(), 6u);
}

TEST(TwoEnds, SeveralFlowsAreOneRun) {
  Between hosts({.flows = 2});
  const auto run = hosts.run();
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("streams").size(), 2u);
  EXPECT_EQ(run->at("bytes"), 1'000'000'000);
  EXPECT_EQ(run->at("fairness"), 1.0);
  EXPECT_EQ(run->at("machines"), 2);
  EXPECT_THAT(hosts.said, ElementsAre("b receivers", "a senders", "a order"));
}

TEST(TwoEnds, AllReceiversAreReadyBeforeAnySenderAndAllSendersBeforeAnyOrder) {
  Between hosts({.nic_pairs = 2, .direction = Direction::kBoth});
  const auto run = hosts.run();
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("streams").size(), 4u);
  EXPECT_THAT(hosts.said, ElementsAre("b receivers", "a receivers", "a senders", "b senders",
                                      "b order", "a order"));
}

TEST(TwoEnds, TracedCallsOfEveryStreamAreTogether) {
  Between hosts({.flows = 2});
  hosts.is_traced = true;
  hosts.b.traced = {{"recvmsg", {{"calls", 3}, {"total_us", 30.0}, {"mean_us", 10.0}}}};
  const auto run = hosts.run();
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("receiver").at("traced_syscalls").at("recvmsg").at("calls"), 6);
  EXPECT_FALSE(run->at("sender").contains("traced_syscalls"));
  EXPECT_EQ(hosts.said.front(), "b receivers, traced");
}

TEST_F(Turns, OnlyWarmUpsAreTraced) {
  std::vector<std::string> said;
  receiver_.said = &said;
  receiver_.host = 'b';
  ASSERT_TRUE(take());
  EXPECT_EQ(std::ranges::count(said, "b receivers, traced"), 0);
  said.clear();
  Plan plan = this->plan();
  plan.matrix.warm_ups = 1;
  ScratchDirectory other;
  auto log = RunLog::open(other.path());
  ASSERT_TRUE(log);
  TwoEnds hosts(expand(plan.matrix), sender_, receiver_);
  ASSERT_TRUE(take_turns(plan, *log, {{"kind", "session"}}, {.cpus = 2}, hosts));
  EXPECT_EQ(std::ranges::count(said, "b receivers, traced"), 2);
  EXPECT_EQ(std::ranges::count(said, "b receivers"), 6);
}

TEST(TwoEnds, MomentsOfThePeerAreToldByOurClock) {
  Between hosts({.direction = Direction::kBoth});
  // Streams that go there are half a second behind those that come back, and their clock is an hour
  // ahead.
  hosts.b.began_at = hosts.a.began_at + 3600.5;
  hosts.b.clock_of_it = {{"ahead_ns", 3'600'000'000'000}};
  auto run = hosts.run();
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_NEAR(run->at("seconds").get<double>(), 1.5, 1e-6);
  // Nobody knows: as long as the longest.
  hosts.b.clock_of_it = {{"ahead_ns", {{"not_available", "it did not answer"}}}};
  run = hosts.run();
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->at("seconds"), 1.0);
}

TEST(TwoEnds, AreNoRunWhereAStreamIsNotReported) {
  Between hosts({.flows = 2});
  hosts.b.received = 1;
  EXPECT_THAT(to_string(hosts.run().error()), HasSubstr("way there: 2 are wanted"));
  hosts.b.received = 2;
  hosts.a.sent = 1;
  EXPECT_EQ(hosts.run().error().code, Code::kProtocol);
  hosts.a.sent = 2;
  hosts.b.sent = 1;
  EXPECT_THAT(to_string(hosts.run().error()), HasSubstr("way back: 0 are wanted"));
}

TEST(TwoEnds, AreNoRunWhereAnEndToldNothing) {
  Between hosts({});
  hosts.b.tells_nothing = true;
  EXPECT_THAT(to_string(hosts.run().error()), HasSubstr("told nothing"));
}

TEST(TwoEnds, PeerThatWentAwayWhileNobodyAskedIsNoStopOfTheUsers) {
  Between hosts({});
  hosts.a.finish_fails = an_error(Code::kInterrupted, "stopped by the user");
  EXPECT_EQ(hosts.run().error().code, Code::kInterrupted);
  hosts.b.goes_unasked = true;
  EXPECT_EQ(hosts.run().error().code, Code::kPeerClosed);
}

TEST(TwoEnds, AreNotSetUpWhereANicIsNotTold) {
  Between hosts({.nic_pairs = 2});
  hosts.b.nics = 1;
  EXPECT_THAT(to_string(hosts.run().error()), HasSubstr("settings of the NICs: 2 are wanted"));
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
              HasSubstr("the sender's reason; at the peer: it was stopped"));
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
      {"nics", json::array({{{"interface", "eth0"}}})},
      {"peer",
       {{"kernel", "7.3.4"}, {"cpus", 2}, {"nics", json::array({{{"interface", "eth0"}}})}}}};
  ASSERT_TRUE(take(session));
  ASSERT_TRUE(take(session));
  json other = session;
  other["peer"]["kernel"] = "6.12";
  EXPECT_THAT(to_string(take(other).error()), HasSubstr("peer/kernel \"7.3.4\""));
  other = session;
  other["nics"][0]["interface"] = "eth1";
  EXPECT_FALSE(take(other));
  other.erase("peer");
  other.erase("nics");
  EXPECT_FALSE(take(other)) << "went on in the lab";
}

TEST_F(Turns, OfTwoMachinesSayHowTheirClocksStand) {
  receiver_.clock_of_it = {{"ahead_ns", 7}};
  const OwnCpus own = {.usable = {0, 1}, .near_nic = {0, 1}};
  ASSERT_TRUE(take({{"kind", "session"}},
                   {.cpus = 2, .a = Machine{.cpus = own}, .b = Machine{.cpus = own}}));
  EXPECT_EQ(runs()[0].at("clock").at("ahead_ns"), 7);
  EXPECT_EQ(runs()[0].at("machines"), 2);
}

}  // namespace
}  // namespace nobounce::bench
