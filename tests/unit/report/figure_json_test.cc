// SPDX-License-Identifier: Apache-2.0
#include "report/figure_json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>

namespace nobounce {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

TEST(FigureJson, IsTheValueWhereThereIsOne) {
  nlohmann::json json;
  json["seconds"] = Figure<double>(1.5);
  json["frags"] = Figure<std::uint64_t>(UINT64_MAX);
  json["syscalls"] = Figure<Counts>(Counts{{"recvmsg", 3}});
  EXPECT_EQ(json.dump(),
            R"({"frags":18446744073709551615,"seconds":1.5,"syscalls":{"recvmsg":3}})");
}

TEST(FigureJson, NamesTheProbeThatFailed) {
  EXPECT_EQ(nlohmann::json(Figure<int>(NotAvailable{"no \"/proc/stat\""})).dump(),
            R"({"not_available":"no \"/proc/stat\""})");
  EXPECT_EQ(nlohmann::json(Figure<int>()).dump(), R"({"not_available":"not measured"})");
}

TEST(FigureJson, HasNoPlaceForWhatIsNoNumber) {
  for (const double value :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(nlohmann::json(Figure<double>(value)).dump(),
              R"({"not_available":"the value is not a finite number"})");
  }
}

TEST(NumberIn, IsWhereThePathLeads) {
  const nlohmann::json object = {{"a", {{"b", 1.5}}}};
  EXPECT_EQ(number_in(object, {"a", "b"}).value(), 1.5);
}

TEST(NumberIn, NamesTheProbeOnTheWayOrWhatIsNotThere) {
  const nlohmann::json object = {{"a", {{"not_available", "no meter"}}}, {"t", "text"}};
  EXPECT_EQ(number_in(object, {"a"}).missing_probe(), "no meter");
  EXPECT_EQ(number_in(object, {"a", "b"}).missing_probe(), "no meter");
  EXPECT_EQ(number_in(object, {"c", "d"}).missing_probe(), "no c was recorded");
  EXPECT_FALSE(number_in(object, {"t"}).is_available());
  EXPECT_FALSE(number_in(nlohmann::json(), {"t"}).is_available());
}

}  // namespace
}  // namespace nobounce
