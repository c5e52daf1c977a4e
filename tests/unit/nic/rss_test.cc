// SPDX-License-Identifier: Apache-2.0
// The RSS table among owners that come and go.
#include "nic/rss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nobounce::nic {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Table = std::vector<std::uint32_t>;

const Table kDefault{0, 1, 2, 3, 0, 1, 2, 3};

/// A table and its journal, as owners come and go.
class Rss {
 public:
  explicit Rss(Table table) : table_(std::move(table)) {}

  const Table& take(const Queues& taken, const Queues& strangers = {}) {
    const RssStep step = next_rss(
        {.table = table_, .rx_queues = 4, .taken = taken, .strangers = strangers}, changed_);
    was_reset_ = step.is_default;
    table_ = step.table;
    changed_ = step.journal;
    if (changed_) changed_->previous = changed_->next;
    if (step.is_restored) changed_.reset();
    return table_;
  }

  Table& table() { return table_; }
  [[nodiscard]] bool was_reset() const { return was_reset_; }
  [[nodiscard]] bool is_changed() const { return changed_.has_value(); }

 private:
  Table table_;
  std::optional<ChangedRss> changed_;
  bool was_reset_ = false;
};

TEST(Rss, MovesOnlyTheBucketsOfTheQueueThatIsTaken) {
  Rss rss(kDefault);
  EXPECT_THAT(rss.take({3}), ElementsAre(0, 1, 2, 0, 0, 1, 2, 1));
  EXPECT_EQ(rss.take({}), kDefault);
  EXPECT_TRUE(rss.was_reset()) << "a default table is restored by a reset";
  EXPECT_FALSE(rss.is_changed());
}

TEST(Rss, IsLeftAloneWhereItDoesNotUseTheQueue) {
  Rss rss({0, 1, 2, 0});
  EXPECT_THAT(rss.take({3}), ElementsAre(0, 1, 2, 0));
  EXPECT_FALSE(rss.is_changed());
}

TEST(Rss, NamesNoQueueThatIsGone) {
  Rss rss({0, 5, 1, 6, 2});
  EXPECT_THAT(rss.take({2}), ElementsAre(0, 0, 1, 1, 0));
}

TEST(Rss, IsPutBackAsSomebodySetIt) {
  Rss rss({3, 3, 1, 1});
  EXPECT_THAT(rss.take({3}), Each(1));
  EXPECT_THAT(rss.take({}), ElementsAre(3, 3, 1, 1));
  EXPECT_FALSE(rss.was_reset());
}

TEST(Rss, GoesToQueueZeroWhereItKnewOnlyOurs) {
  Rss rss({3, 3});
  EXPECT_THAT(rss.take({3}), Each(0));
}

TEST(Rss, IsMovedToNoQueueThatIsBound) {
  Rss rss({2, 3});
  EXPECT_THAT(rss.take({3}, {2}), ElementsAre(2, 0)) << "buckets of others are left alone";
}

TEST(Rss, IsWholeAgainInWhateverOrderOwnersLeave) {
  for (const auto& [first_left, second_left] : {std::pair<Queues, Queues>{{2}, {}}, {{3}, {}}}) {
    Rss rss(kDefault);
    rss.take({3});
    EXPECT_THAT(rss.take({2, 3}), ElementsAre(0, 1, 0, 0, 0, 1, 1, 1));
    const Table between = rss.take(first_left);
    for (const std::uint32_t queue : first_left)
      EXPECT_THAT(between, ::testing::Not(::testing::Contains(queue)));
    EXPECT_EQ(rss.take(second_left), kDefault);
    EXPECT_FALSE(rss.is_changed());
  }
}

TEST(Rss, KeepsBucketsThatSomebodyMovedSince) {
  Rss rss({3, 3, 1, 1});
  rss.take({3});
  rss.table() = {1, 2, 2, 2};
  EXPECT_THAT(rss.take({}), ElementsAre(3, 2, 2, 2));
}

TEST(Rss, TakesAQueueAlsoFromWhoMovedBucketsThereSince) {
  Rss rss(kDefault);
  rss.take({3});
  rss.table()[0] = 2;
  EXPECT_THAT(rss.take({2, 3}), ::testing::Not(::testing::Contains(2U)));
  EXPECT_EQ(rss.take({}), (Table{2, 1, 2, 3, 0, 1, 2, 3})) << "and gives it back to them";
}

TEST(Rss, GivesNothingBackToAQueueThatAStrangerBound) {
  Rss rss(kDefault);
  rss.take({3});
  EXPECT_THAT(rss.take({}, {3}), ElementsAre(0, 1, 2, 0, 0, 1, 2, 1));
  EXPECT_TRUE(rss.is_changed()) << "it is remembered";
  EXPECT_EQ(rss.take({}), kDefault);
}

TEST(Rss, KnowsItsBucketsAlsoInTheMiddleOfAChange) {
  // The journal says what is to be; the NIC was told nothing yet, or all of it.
  const ChangedRss changed{.was_default = true,
                           .original = kDefault,
                           .previous = kDefault,
                           .next = {0, 1, 2, 0, 0, 1, 2, 1}};
  for (const Table& now : {changed.previous, changed.next}) {
    const RssStep step =
        next_rss({.table = now, .rx_queues = 4, .taken = {}, .strangers = {}}, changed);
    EXPECT_EQ(step.table, kDefault);
    EXPECT_TRUE(step.is_restored);
  }
}

TEST(Rss, OfAnotherSizeIsPutBackWhole) {
  const ChangedRss changed{
      .was_default = false, .original = {0, 1}, .previous = {0, 0}, .next = {0, 0}};
  const RssStep step =
      next_rss({.table = {0, 0, 0, 0}, .rx_queues = 2, .taken = {}, .strangers = {}}, changed);
  EXPECT_TRUE(step.is_default);
  EXPECT_TRUE(step.is_restored);
  EXPECT_THAT(step.table, ElementsAre(0, 1, 0, 1));
}

TEST(Rss, OfOtherQueuesThanBeforeIsLeftAloneUntilTheLastOneLeaves) {
  const ChangedRss changed{.was_default = true,
                           .original = {0, 1, 0, 1, 0, 1},
                           .previous = {0, 0, 0, 0, 0, 0},
                           .next = {0, 0, 0, 0, 0, 0}};
  RssView view{.table = {0, 0, 0, 0, 0, 0}, .rx_queues = 3, .taken = {1}, .strangers = {}};
  EXPECT_THAT(next_rss(view, changed).table, Each(0));
  view.taken.clear();
  const RssStep step = next_rss(view, changed);
  EXPECT_TRUE(step.is_default) << "the default of three queues";
  EXPECT_THAT(step.table, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(Rss, OfANicWithoutQueuesIsGivenBackLater) {
  const ChangedRss changed{
      .was_default = true, .original = {0, 1}, .previous = {0, 1}, .next = {0, 0}};
  const RssStep step =
      next_rss({.table = {0, 0}, .rx_queues = 0, .taken = {}, .strangers = {}}, changed);
  EXPECT_THAT(step.table, ElementsAre(0, 0));
  EXPECT_FALSE(step.is_restored);
  EXPECT_TRUE(step.journal);
}

TEST(Rss, OfANicWithoutATableIsNothing) {
  const RssStep step = next_rss({.table = {}, .rx_queues = 1, .taken = {}, .strangers = {}}, {});
  EXPECT_THAT(step.table, IsEmpty());
  EXPECT_FALSE(step.journal);
}

}  // namespace
}  // namespace nobounce::nic
