// SPDX-License-Identifier: Apache-2.0
// What `nobounce nic` refuses before it does anything.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "scratch_directory.h"

namespace nobounce::cli {
namespace {

// The exit code of `nobounce nic <arguments>`.
int run_nic(std::vector<std::string> arguments) {
  CLI::App app;
  Chosen chosen;
  add_nic_command(app, chosen);
  arguments.insert(arguments.begin(), "nic");
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    return kUsage;
  }
  return chosen ? chosen() : kUsage;
}

class NicCommand : public testing::Test {
 protected:
  std::string write(const char* text) {
    const auto file = directory_ / "topology.toml";
    std::ofstream(file) << text;
    return file.string();
  }

  const ScratchDirectory scratch_;
  const std::filesystem::path directory_ = scratch_.path();
};

TEST_F(NicCommand, ServeRefusesWhatCannotBe) {
  using Arguments = std::vector<std::string>;
  const std::string at = directory_ / "nics";
  for (Arguments bad : {Arguments{"--pairs", "0"},
                        Arguments{"--pairs", "33"},
                        Arguments{"--switch", "1"},
                        Arguments{"--switch", "65"},
                        Arguments{"--pairs", "1", "--switch", "2"},
                        Arguments{"--queues", "0"},
                        Arguments{"--queues", "17"},
                        Arguments{"--mtu", "67"},
                        Arguments{"--mtu", "9001"},
                        Arguments{"--mac", "nonsense"},
                        Arguments{"--mac", "ff:ff:ff:ff:ff:ff"},
                        Arguments{"--mac", "02:ff:ff:ff:ff:f"},
                        Arguments{"--wire-rate", "fast"},
                        Arguments{"--wire-delay", "5"},
                        Arguments{"--wire-jitter", "1us"},
                        Arguments{"--wire-loss", "101%"},
                        Arguments{"--wire-queue", "1"},
                        Arguments{"--doorbells", "loud"},
                        Arguments{"--topology", "/none.toml"},
                        Arguments{"--surprise"}}) {
    bad.insert(bad.begin(), {"serve", "--directory", at});
    EXPECT_EQ(run_nic(bad), kUsage) << bad[3] << " " << bad.back();
  }
  EXPECT_FALSE(std::filesystem::exists(at));
}

TEST_F(NicCommand, ATopologyStandsAloneAndMustBeRight) {
  const std::string fine = write(
      "[[nic]]\nname = \"a\"\n[[wire]]\nname = \"w\"\n"
      "stations = [\"a\", \"tap:none\"]\n");
  for (const char* flag : {"--pairs", "--switch", "--queues", "--mtu", "--wire-seed"})
    EXPECT_EQ(run_nic({"serve", "--topology", fine, flag, "2"}), kUsage) << flag;
  EXPECT_EQ(run_nic({"serve", "--topology", fine, "--wire-loss", "1%"}), kUsage);
  EXPECT_EQ(run_nic({"serve", "--topology", write("[[nic]]\nname = \"a\"\n")}), kUsage);
  EXPECT_EQ(run_nic({"serve", "--topology", write("[[nic")}), kUsage);
}

TEST_F(NicCommand, SetMustSayWhatAndOfWhat) {
  using Arguments = std::vector<std::string>;
  for (Arguments bad :
       {Arguments{}, Arguments{"--wire", "pair0"}, Arguments{"--loss", "1%"},
        Arguments{"--wire", "pair0:x", "--loss", "1%"},
        Arguments{"--wire", "pair0:", "--loss", "0"},
        Arguments{"--wire", "pair0:-1", "--loss", "0"}, Arguments{"--wire", "w", "--loss", "2"},
        Arguments{"--wire", "w", "--rate", "0"}, Arguments{"--wire", "w", "--delay", "x"},
        Arguments{"--wire", "w", "--partition", "maybe"}, Arguments{"--link", "pair0-a"},
        Arguments{"--link", "pair0-a", "sideways"}}) {
    bad.insert(bad.begin(), {"set", "--directory", directory_.string()});
    EXPECT_EQ(run_nic(bad), kUsage) << bad.back();
  }
}

TEST_F(NicCommand, WithoutAServiceThereIsNothingToAsk) {
  const std::string here = directory_.string();
  EXPECT_EQ(run_nic({"stat", "--directory", here}), kFailure);
  EXPECT_EQ(run_nic({"stat", "--directory", here, "--watch"}), kFailure);
  EXPECT_EQ(run_nic({"set", "--directory", here, "--link", "a", "up"}), kFailure);
  EXPECT_EQ(run_nic({"set", "--directory", here, "--wire", "w:1", "--rate", "none"}), kFailure);
}

}  // namespace
}  // namespace nobounce::cli
