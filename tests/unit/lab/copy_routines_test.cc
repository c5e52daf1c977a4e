// SPDX-License-Identifier: Apache-2.0
#include "lab/copy_routines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace nobounce::lab {
namespace {

using abi::copy_meter::Kind;
using abi::copy_meter::Length;
using testing::HasSubstr;

// Lines as a 7.3.4 kernel shows them, a few of many.
constexpr const char* kKallsyms =
    "ffffffff81000000 T _text\n"
    "ffffffff81202750 t clear_pages.constprop.0\n"
    "ffffffff821abbc0 T __pfx_copy_page\n"
    "ffffffff821abbd0 T copy_page\n"
    "ffffffff821abc00 t copy_page_regs\n"
    "ffffffff821abcf0 T rep_movs_alternative\n"
    "ffffffff821abd90 T copy_to_nontemporal\n"
    "ffffffff821bad20 T __memcpy\n"
    "ffffffff821bad20 T memcpy\n"
    "ffffffff821bad50 t memcpy_orig\n"
    "ffffffff821bae90 T __memmove\n"
    "ffffffff82400000 T _etext\n"
    "ffffffffc0000000 t copy_mc_fragile\t[stranger]\n";

const abi::copy_meter::Routine* find(const std::vector<abi::copy_meter::Routine>& routines,
                                     std::string_view name) {
  for (const auto& routine : routines)
    if (routine.name == name) return &routine;
  return nullptr;
}

std::string without(std::string text, const std::string& line_with) {
  const std::size_t at = text.find(line_with);
  const std::size_t start = text.rfind('\n', at) + 1;
  return text.erase(start, text.find('\n', at) + 1 - start);
}

TEST(CopyRoutines, AreFoundByTheirWholeNames) {
  std::istringstream text(kKallsyms);
  const auto routines = find_copy_routines(text);
  ASSERT_TRUE(routines.has_value()) << to_string(routines.error());
  EXPECT_EQ(routines->size(), 5u);
  const auto* user = find(*routines, "rep_movs_alternative");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->address, 0xffffffff821abcf0u);
  EXPECT_EQ(user->length, Length::kRcx);
  EXPECT_EQ(user->kind, Kind::kUser);
  const auto* page = find(*routines, "copy_page");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->address, 0xffffffff821abbd0u);
  EXPECT_EQ(page->length, Length::kPage);
  EXPECT_EQ(page->kind, Kind::kOther);
}

TEST(CopyRoutines, EndWithTheKernelsOwnText) {
  std::istringstream text(kKallsyms);
  EXPECT_EQ(find(*find_copy_routines(text), "copy_mc_fragile"), nullptr);
}

TEST(CopyRoutines, MissingOneIsNamed) {
  for (const char* name : {"rep_movs_alternative", "__memcpy", "__memmove", "copy_page"}) {
    std::istringstream text(without(kKallsyms, std::string(" T ") + name + "\n"));
    const auto routines = find_copy_routines(text);
    ASSERT_FALSE(routines.has_value()) << name;
    EXPECT_EQ(routines.error().code, Code::kUnsupported);
    EXPECT_THAT(to_string(routines.error()), HasSubstr(name));
  }
}

TEST(CopyRoutines, HiddenAddressesAreNoAddresses) {
  std::istringstream text("0000000000000000 T rep_movs_alternative\n");
  EXPECT_FALSE(find_copy_routines(text).has_value());
}

TEST(CopyRoutines, LinesOfAnotherFormArePassedOver) {
  std::string lines = "\n \nzz T x\nffff\nffffffff81000000 T\nffffffff81000000  \n";
  lines += kKallsyms;
  std::istringstream text(lines);
  EXPECT_TRUE(find_copy_routines(text).has_value());
}

TEST(CopyRoutines, CpuThatCopiesInPlaceIsRefused) {
  EXPECT_TRUE(check_copies_by_call("processor : 0\nflags\t\t: fpu rep_good\nbugs :\n"));
  EXPECT_TRUE(check_copies_by_call("flags\t\t: fpu xfsrm fsrmx\n"));
  EXPECT_TRUE(check_copies_by_call(""));
  const Status refused = check_copies_by_call("flags\t\t: fpu erms fsrm\nbugs :\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace nobounce::lab
