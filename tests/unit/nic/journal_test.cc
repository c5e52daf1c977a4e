// SPDX-License-Identifier: Apache-2.0
// Journals as text and as files: what is written is read again, and what was not written by us is
// refused, never acted upon.
#include "nic/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "nic/journal_file.h"
#include "scratch_directory.h"
#include "sys/text_file.h"

namespace nobounce::nic {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const NicIdentity kNic{.network_namespace = 4026531840, .ifindex = 3, .mac = "02:00:00:00:00:01"};

netlink::FlowRule rule(const char* address, std::uint16_t port) {
  const auto parsed = netlink::IpAddress::parse(address).value();
  return {.match = {.family = parsed.family, .destination = parsed, .destination_port = port},
          .queue = 3};
}

/// A journal with something of everything.
Journal full_journal() {
  netlink::FlowRule spread = rule("fd00::2", 5000);
  spread.rss_context = 7;
  spread.queue = 0;
  netlink::FlowRule masked = rule("10.0.0.2", 5001);
  masked.match.destination.reset();
  masked.match.source_port = 2;
  masked.match.source_port_mask = 6;
  Journal journal;
  journal.boot_id = "0f0e0d0c-0b0a-0908-0706-050403020100";
  journal.nic = kNic;
  journal.next_owner = 5;
  journal.owners = {
      {.id = 1,
       .kind = Owner::Kind::kStanding,
       .process = {.pid = 100, .start_ticks = 12345},
       .queues = {3, 2},
       .rules = {{.rule = spread, .location = 4}},
       .context = OwnedContext{.id = 7, .table = {3, 2, 3, 2}, .others = {1, 2}}},
      {.id = 4,
       .kind = Owner::Kind::kProcess,
       .process = {.pid = 101, .start_ticks = 12346},
       .queues = {},
       .rules = {{.rule = masked, .location = {}}, {.rule = rule("10.0.0.2", 1), .location = 0}},
       .context = OwnedContext{.id = {}, .table = {1}, .others = {}}}};
  journal.settings = {
      {.knob = {.kind = Knob::Kind::kChannels},
       .before = {4, 4, 0},
       .wanted = {8, 4, 0},
       .users = {1}},
      {.knob = {.kind = Knob::Kind::kHeaderSplit}, .before = {0}, .wanted = {1}, .users = {1, 4}},
      {.knob = feature_knob("rx-ntuple-filter"), .before = {0}, .wanted = {1}, .users = {}},
      {.knob = sysctl_knob("net.ipv4.tcp_rmem"),
       .before = {4096, 131072, 6291456},
       .wanted = {4096, 131072, 67108864},
       .users = {1}}};
  journal.rss = ChangedRss{.was_default = true,
                           .original = {0, 1, 2, 3},
                           .previous = {0, 1, 2, 3},
                           .next = {0, 1, 0, 1}};
  return journal;
}

TEST(Journal, IsReadAsItWasWritten) {
  const std::string text = to_text(full_journal());
  const auto read = parse_journal(text, "j");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_text(*read), text);
  EXPECT_EQ(read->nic, kNic);
  EXPECT_EQ(read->next_owner, 5U);
  ASSERT_EQ(read->owners.size(), 2U);
  EXPECT_EQ(read->owners[0].rules.at(0).rule, full_journal().owners[0].rules.at(0).rule);
  EXPECT_EQ(read->owners[1].rules.at(0).rule, full_journal().owners[1].rules.at(0).rule);
  EXPECT_EQ(read->owners[1].process.start_ticks, 12346U);
  EXPECT_EQ(read->settings.at(1).users, (std::vector<OwnerId>{1, 4}));
  EXPECT_EQ(read->rss->next, (std::vector<std::uint32_t>{0, 1, 0, 1}));
}

TEST(Journal, CutShortAnywhereIsRefused) {
  const std::string text = to_text(full_journal());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto read = parse_journal(text.substr(0, length), "j");
    ASSERT_FALSE(read) << text.substr(0, length);
    EXPECT_EQ(read.error().code, Code::kProtocol);
  }
}

TEST(Journal, WithAnyByteChangedIsRefusedOrStillOne) {
  // Whatever is accepted must be a journal that can be written and read again.
  const std::string text = to_text(full_journal());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', '\n', ' ', '-', '0', '9', ',', '/', 'x', '\x80'}) {
      std::string changed = text;
      changed[i] = c;
      const auto read = parse_journal(changed, "j");
      if (!read) continue;
      EXPECT_EQ(to_text(*read), changed);
    }
  }
}

TEST(Journal, OfAnotherVersionIsNotTouched) {
  const auto read = parse_journal("nobounce-journal 2\nwhatever\n", "/run/j");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnsupported);
  EXPECT_THAT(read.error().cause, HasSubstr("version 2"));
  EXPECT_THAT(read.error().object, HasSubstr("/run/j"));
}

TEST(Journal, ThatNoLeaseWouldWriteIsRefused) {
  const std::string text = to_text(full_journal());
  const std::string head = "owner 1 standing 100 12345 3,2";
  const std::string split = "setting tcp-data-split 0 1 1,4";
  const std::string masked = "rule 4 any tcp4 any 5001 2/6 queue:3";
  const std::string rss = "rss default 0,1,2,3 0,1,2,3 0,1,0,1";
  const std::string context = "context 1 7 3,2,3,2 1,2";
  const std::pair<std::string, const char*> bad[] = {
      {"nobounce-journal 1", "nobounce-journal 1 "},
      {"nobounce-journal 1", "journal 1"},
      {"next 5", "next 0"},
      {"next 5", "next 4"},  // An owner's number is below it.
      {"next 5", "next 05"},
      {"nic 4026531840 3 02:00:00:00:00:01", "nic 4026531840 0 02:00:00:00:00:01"},
      {"nic 4026531840 3 02:00:00:00:00:01", "nic -1 3 02:00:00:00:00:01"},
      {"nic 4026531840 3 02:00:00:00:00:01", "nic 4026531840 3"},
      {head, "owner 1 sleeping 100 12345 3,2"},
      {head, "owner 0 standing 100 12345 3,2"},
      {head, "owner 4 standing 100 12345 3,2"},  // Twice.
      {head, "owner 1 standing 100 12345 3,0"},  // Queue 0 is nobody's.
      {head, "owner 1 standing 100 12345 3,3"},
      {head, "owner 1 standing 100 12345 65536"},
      {head, "owner 1 standing 99999999999 12345 3"},
      {head, "owner 1 standing 100 12345 3,2 more"},
      {context, "context 9 7 3,2,3,2 1,2"},
      {context, "context 1 0 3,2,3,2 1,2"},
      {context, "context 1 7 - 1,2"},
      {context, "context 1 7 0,1 -"},
      {masked, "rule 9 any tcp4 any 5001 2/6 queue:3"},
      {masked, "rule 4 any udp4 any 5001 2/6 queue:3"},
      {masked, "rule 4 any tcp4 fd00::2 5001 2/6 queue:3"},
      {masked, "rule 4 any tcp6 fd00::0 5001 2/6 queue:3"},  // One text for each address.
      {masked, "rule 4 any tcp4 host-b 5001 2/6 queue:3"},
      {masked, "rule 4 any tcp4 any 0 2/6 queue:3"},
      {masked, "rule 4 any tcp4 any 65536 2/6 queue:3"},
      {masked, "rule 4 any tcp4 any 5001 1/6 queue:3"},  // A bit that is not in the mask.
      {masked, "rule 4 any tcp4 any 5001 2 queue:3"},
      {masked, "rule 4 any tcp4 any 5001 2/6 queue:0"},
      {masked, "rule 4 any tcp4 any 5001 2/6 context:0"},
      {masked, "rule 4 any tcp4 any 5001 2/6 drop"},
      {masked, "rule 4 -1 tcp4 any 5001 2/6 queue:3"},
      {split, "setting tcp-data-split 0 2 1,4"},
      {split, "setting tcp-data-split 0 1 1,4 2"},
      {split, "setting tcp-data-split 0 1 1,4 0 0"},
      {split, "setting tcp-data-split 0,0 1 1,4"},
      {split, "setting tcp-data-split 0 1 1,9"},  // Nobody.
      {split, "setting tcp-data-split 0 1 1,1"},
      {split, "setting feature:rx-ntuple-filter 0 1 1"},  // Twice.
      {split, "setting feature:rx-all 0 1 1"},
      {split, "setting sysctl:kernel.core_pattern 0 1 1"},
      {split, "setting sysctl:../../../etc/passwd 0 1 1"},
      {split, "setting rx-ring 512 4294967296 1"},
      {split, "setting rm -rf / now"},
      {rss, "rss default 0,1,2,3 0,1,2,3 0,1,0"},
      {rss, "rss default 0,1 0,1,2,3 0,1,0,1"},
      {rss, "rss mine 0,1,2,3 0,1,2,3 0,1,0,1"},
      {rss, "rss default - - -"},
      {rss, "rss default 0,1,2,3 0,1,2,70000 0,1,0,1"},
      {rss, "rss default 0,1,2,3 0,1,2, 0,1,0,1"},
      {"end", "end\nend"},
      {"end", "stop"},
  };
  for (const auto& [line, replacement] : bad) {
    std::string changed = text;
    const auto at = changed.find(line + "\n");
    ASSERT_NE(at, std::string::npos) << line;
    changed.replace(at, line.size(), replacement);
    const auto read = parse_journal(changed, "j");
    EXPECT_FALSE(read) << replacement;
  }
}

class JournalFiles : public ::testing::Test {
 protected:
  JournalFile open(const NicIdentity& nic = kNic) {
    auto file = JournalFile::open(scratch_.path() + "/leases", nic);
    EXPECT_TRUE(file) << to_string(file.error());
    return std::move(*file);
  }
  static Journal owned(Journal journal, Owner::Kind kind) {
    journal.owners = {
        {.id = 1, .kind = kind, .process = {}, .queues = {}, .rules = {}, .context = {}}};
    journal.next_owner = 2;
    return journal;
  }
  testing::ScratchDirectory scratch_;
};

TEST_F(JournalFiles, KeepAJournalForNobodyElseToRead) {
  JournalFile file = open();
  Journal journal = file.read().value();
  EXPECT_TRUE(journal.is_empty());
  journal = owned(journal, Owner::Kind::kStanding);
  ASSERT_TRUE(file.write(journal));
  EXPECT_EQ(to_text(file.read().value()), to_text(journal));
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(fs::path(file.path()).parent_path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  journal.owners.clear();
  ASSERT_TRUE(file.write(journal));
  EXPECT_FALSE(fs::exists(file.path())) << "one that says nothing is removed";
}

// Whoever sets a NIC up at every start of a service adds an owner each time.
TEST_F(JournalFiles, AreNeverWrittenSoThatTheyCouldNotBeRead) {
  JournalFile file = open();
  const Journal journal = owned(file.read().value(), Owner::Kind::kStanding);
  ASSERT_TRUE(file.write(journal));
  Journal large = journal;
  while (large.owners.size() <= 1024) {
    large.owners.push_back(large.owners.front());
    large.owners.back().id = large.next_owner++;
  }
  const Status written = file.write(large);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kExhausted);
  ASSERT_TRUE(file.read());
  EXPECT_EQ(to_text(file.read().value()), to_text(journal));
}

TEST_F(JournalFiles, OfAnEarlierBootAreRemoved) {
  JournalFile file = open();
  Journal journal = owned(file.read().value(), Owner::Kind::kStanding);
  journal.boot_id = "another";
  ASSERT_TRUE(file.write(journal));
  EXPECT_TRUE(file.read()->is_empty());
  EXPECT_FALSE(std::filesystem::exists(file.path()));
}

TEST_F(JournalFiles, OfAnotherNicAreRemovedUnlessItsOwnerLives) {
  JournalFile file = open();
  Journal journal = owned(file.read().value(), Owner::Kind::kProcess);
  journal.nic.mac = "02:00:00:00:00:99";
  ASSERT_TRUE(file.write(journal));
  {
    const auto lock = file.lock_owner(1);
    const auto read = file.read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kBusy);
    EXPECT_THAT(read.error().cause, HasSubstr("02:00:00:00:00:99"));
  }
  EXPECT_TRUE(file.read()->is_empty());
}

TEST_F(JournalFiles, ThatAreBrokenAreLeftForAHumanToRead) {
  JournalFile file = open();
  ASSERT_TRUE(sys::write_text_file(file.path(), "nobounce-journal 1\nboot x\n"));
  const auto read = file.read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kProtocol);
  EXPECT_THAT(read.error().object, HasSubstr(file.path()));
  EXPECT_TRUE(std::filesystem::exists(file.path()));
}

TEST_F(JournalFiles, KnowWhichOwnersLive) {
  JournalFile file = open();
  const Owner owner = owned(file.read().value(), Owner::Kind::kProcess).owners.front();
  {
    const auto lock = file.lock_owner(owner.id);
    ASSERT_TRUE(lock);
    EXPECT_TRUE(file.is_alive(owner).value());
    EXPECT_EQ(file.lock_owner(owner.id).error().code, Code::kBusy);
  }
  EXPECT_FALSE(file.is_alive(owner).value());
}

TEST_F(JournalFiles, AreNotForAnOrdinaryUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setuid(kNobody) != 0) ::_exit(2);
    const auto file = JournalFile::open(scratch_.path() + "/leases", kNic);
    const bool is_told = !file && file.error().code == Code::kPermission &&
                         file.error().fix == "run as root" && !file.error().cause.empty();
    ::_exit(is_told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(JournalFiles, AreNotKeptWhereOthersMayWrite) {
  std::filesystem::permissions(scratch_.path(), std::filesystem::perms::all);
  const auto file = JournalFile::open(scratch_.path(), kNic);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kPermission);
  EXPECT_THAT(file.error().cause, HasSubstr("others may write"));
}

}  // namespace
}  // namespace nobounce::nic
