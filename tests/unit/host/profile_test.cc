// SPDX-License-Identifier: Apache-2.0
// A profile is read strictly, speaks of one host, kernel and driver, and changes an order alone.
#include "host/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "host/path_order.h"
#include "host/profile_store.h"
#include "scratch_directory.h"
#include "unit/doctor/recorded_host.h"

namespace nobounce::host {
namespace {

using nlohmann::json;
using path::Path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::recorded_host;
namespace fs = std::filesystem;

const ProfileSubject kHere = {.host = "00ff", .kernel = "7.3.4", .driver = "gve"};

Profile a_profile() {
  return {.measured = "2026-11-29T01:00:00Z",
          .bench = "bench talk, seed 7",
          .subject = kHere,
          .receive = PathPreference{.order = {Path::kZcrx, Path::kCopy, Path::kDevmem, Path::kMmap},
                                    .reasons = {"zcrx before devmem: 1.5×"}},
          .send = std::nullopt};
}

std::string error_of(const std::function<void(json&)>& fault) {
  json object = to_json(a_profile());
  fault(object);
  const auto profile = parse_profile(object.dump());
  return profile ? "no error" : to_string(profile.error());
}

TEST(Profile, SurvivesItsWayToAFileAndBack) {
  const auto read = parse_profile(to_json(a_profile()).dump());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(a_profile()));
  EXPECT_EQ(read->subject, kHere);
  EXPECT_FALSE(read->send);
}

TEST(Profile, WhatIsNoneIsRefusedByName) {
  EXPECT_THAT(error_of([](json& it) { it["more"] = 1; }), HasSubstr("nobody knows"));
  EXPECT_THAT(error_of([](json& it) { it.erase("kernel"); }), HasSubstr("no kernel"));
  EXPECT_THAT(error_of([](json& it) { it["schema"] = "nobounce.profile/2"; }),
              HasSubstr("nobounce.profile/1"));
  EXPECT_THAT(error_of([](json& it) { it["driver"] = 7; }), HasSubstr("driver is no text"));
  EXPECT_THAT(error_of([](json& it) { it["measured"] = "\x1b[2J"; }), HasSubstr("no line"));
  EXPECT_THAT(error_of([](json& it) { it["receive"]["order"][0] = "copy"; }),
              HasSubstr("names copy twice"));
  EXPECT_THAT(error_of([](json& it) { it["receive"]["order"][0] = "send_zc"; }),
              HasSubstr("no path of its direction"));
  EXPECT_THAT(error_of([](json& it) { it["receive"]["order"].erase(0); }),
              HasSubstr("list of 4 paths"));
  EXPECT_THAT(error_of([](json& it) { it["send"] = json::array(); }), HasSubstr("no object"));
  EXPECT_FALSE(parse_profile(""));
  EXPECT_FALSE(parse_profile(std::string(1000, '[')));
  EXPECT_FALSE(parse_profile(std::string(kMostProfileBytes + 1, ' ')));
}

TEST(Profile, SpeaksOfOneHostKernelAndDriver) {
  EXPECT_EQ(why_not_about(kHere, kHere), "");
  ProfileSubject other = kHere;
  other.kernel = "6.12";
  EXPECT_EQ(why_not_about(other, kHere), "it was measured on kernel 6.12, and this is 7.3.4");
  other = kHere;
  other.driver = "mlx5_core";
  EXPECT_THAT(why_not_about(other, kHere), HasSubstr("driver mlx5_core, and this is one of gve"));
  other = kHere;
  other.host = "1";
  EXPECT_THAT(why_not_about(other, kHere), HasSubstr("another host"));
}

TEST(Profile, OrdersTheCandidatesAndAddsNone) {
  const PathNeed need = {.interface = "eth0"};
  const auto order = a_profile().receive->order;
  const auto verdicts = judge_receive(recorded_host("gve_lab"), need);
  EXPECT_THAT(choose(verdicts, order).candidates,
              ElementsAre(Path::kZcrx, Path::kCopy, Path::kDevmem, Path::kMmap));
  // What does not work stays out, whatever the profile says.
  const auto on_lo = judge_receive(recorded_host("gve_lab"), {.interface = "lo"});
  EXPECT_THAT(choose(on_lo, order).candidates, ElementsAre(Path::kCopy));
}

class ProfileStore : public ::testing::Test {
 protected:
  const ScratchDirectory scratch_;
  const fs::path own_ = fs::path(scratch_.path()) / "own";
  const fs::path system_ = fs::path(scratch_.path()) / "system";

  void SetUp() override {
    fs::create_directory(own_);
    fs::create_directory(system_);
  }
  [[nodiscard]] FoundProfile find() const { return find_profile(kHere, {own_, system_}); }
  static void write(const fs::path& directory, const std::string& text) {
    std::ofstream(directory / "gve.json") << text;
  }
};

TEST_F(ProfileStore, WhereThereIsNoneNothingIsSaid) {
  EXPECT_FALSE(find().profile);
  EXPECT_THAT(find().ignored, IsEmpty());
}

TEST_F(ProfileStore, TheFirstThatSpeaksOfThisHostCounts) {
  Profile other = a_profile();
  other.subject.kernel = "6.12";
  write(own_, to_json(other).dump());
  write(system_, to_json(a_profile()).dump());
  const FoundProfile found = find();
  ASSERT_TRUE(found.profile);
  EXPECT_EQ(found.file, (system_ / "gve.json").string());
  ASSERT_EQ(found.ignored.size(), 1u);
  EXPECT_THAT(found.ignored[0], HasSubstr("measured on kernel 6.12"));
}

TEST_F(ProfileStore, OneThatIsBrokenIsIgnoredWithAReason) {
  write(own_, "{");
  EXPECT_FALSE(find().profile);
  ASSERT_EQ(find().ignored.size(), 1u);
  EXPECT_THAT(find().ignored[0], HasSubstr("own/gve.json: it is no object"));
}

TEST_F(ProfileStore, ADriverIsAFileNameOrNothing) {
  EXPECT_FALSE(profile_file(own_, "../x"));
  EXPECT_FALSE(profile_file(own_, ""));
  EXPECT_EQ(profile_file(own_, "mlx5_core").value(), own_ / "mlx5_core.json");
}

}  // namespace
}  // namespace nobounce::host
