// SPDX-License-Identifier: Apache-2.0
#include "cli/completion_scripts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/word_flag.h"

namespace nobounce::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A command line of two levels, with one option of each kind.
class Completions : public ::testing::Test {
 protected:
  Completions() : app_("Moves", "nobounce") {
    app_.add_flag("-v,--verbose", verbose_, "Say it's done");
    auto* const lab = app_.add_subcommand("lab", "The lab");
    auto* const run = lab->add_subcommand("run", "Run [a] command");
    add_word_flag<int>(*run, "--topology", topology_, {{"pair", 1}, {"switch", 2}}, "Shape")
        ->type_name("pair|switch");
    run->add_option("--path", path_, "Way")->check(CLI::IsMember({"copy", "devmem"}));
    run->add_option("--share", share_, "Folder");
    run->add_option("--json", json_, "Result")->expected(0, 1);
    run->add_option("COMMAND", command_, "What to run");
    root_ = describe(app_);
  }

  CLI::App app_;
  bool verbose_ = false;
  int topology_ = 1;
  std::string path_, share_, json_, command_;
  CommandWords root_;
};

TEST_F(Completions, TheTreeIsThatOfTheParser) {
  const auto all = all_of(root_);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1]->path, "lab");
  EXPECT_EQ(all[2]->path, "lab run");
  const auto& options = all[2]->options;
  ASSERT_EQ(options.size(), 5u) << "help and four; COMMAND is no option";
  EXPECT_THAT(options[0].names, ElementsAre("--help", "-h"));
  EXPECT_FALSE(options[0].takes_value);
  EXPECT_THAT(options[1].choices, ElementsAre("pair", "switch"));
  EXPECT_THAT(options[2].choices, ElementsAre("copy", "devmem"));
  EXPECT_TRUE(options[3].takes_value);
  EXPECT_THAT(options[3].choices, ElementsAre());
  EXPECT_TRUE(options[4].wants_equals);
}

TEST_F(Completions, BashOffersValuesAfterAnOptionThatMustHaveOne) {
  const std::string script = bash_completions(root_);
  EXPECT_THAT(script, HasSubstr("' lab') command='lab' ;;"));
  EXPECT_THAT(script, HasSubstr("'lab run') command='lab run' ;;"));
  EXPECT_THAT(script, HasSubstr("'lab run:--path') words='copy devmem' ;;"));
  EXPECT_THAT(script, HasSubstr("'lab run:--share') words='' ;;"));
  EXPECT_THAT(script, Not(HasSubstr("'lab run:--json')")));
  EXPECT_THAT(script, HasSubstr("'lab:'*) words='run --help -h' ;;"));
}

TEST_F(Completions, ZshGetsDescriptionsThatCantBeTakenForSyntax) {
  const std::string script = zsh_completions(root_);
  EXPECT_THAT(script, HasSubstr("'--verbose[Say it'\\''s done]'"));
  EXPECT_THAT(script, HasSubstr("'--path=[Way]:value:(copy devmem)'"));
  EXPECT_THAT(script, HasSubstr("'--json=-[Result]::value:_files'"));
  EXPECT_THAT(script, HasSubstr("#compdef nobounce\n"));
}

TEST_F(Completions, FishOffersEachOptionWithItsCommandOnly) {
  const std::string script = fish_completions(root_);
  EXPECT_THAT(script, HasSubstr("complete -c nobounce -n '__nobounce_at lab' -f -a run "
                                "-d 'Run [a] command'\n"));
  EXPECT_THAT(script, HasSubstr("complete -c nobounce -n '__nobounce_at lab run' -l path -x "
                                "-a 'copy devmem' -d 'Way'\n"));
  EXPECT_THAT(script, HasSubstr("-l verbose -s v -d 'Say it\\'s done'\n"));
}

}  // namespace
}  // namespace nobounce::cli
