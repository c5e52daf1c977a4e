// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nobounce {
namespace {

TEST(Error, NamesOperationObjectCauseAndFix) {
  const Error error{.code = Code::kUnsupported,
                    .operation = "bind-rx",
                    .object = "eth0 queue 1",
                    .cause = "header split is off",
                    .fix = "ethtool -G eth0 tcp-data-split on"};
  EXPECT_EQ(to_string(error),
            "bind-rx of eth0 queue 1: header split is off "
            "(fix: ethtool -G eth0 tcp-data-split on)");
}

TEST(Error, JoinsOperationAndObjectAsASentenceWould) {
  EXPECT_EQ(to_string({.operation = "open", .object = "a file"}), "open of a file");
  EXPECT_EQ(to_string({.operation = "connect to", .object = "a peer"}), "connect to a peer");
  EXPECT_EQ(to_string({.operation = "download from", .object = "a mirror"}),
            "download from a mirror");
  EXPECT_EQ(to_string({.operation = "wait for", .object = "a peer"}), "wait for a peer");
  EXPECT_EQ(to_string({.object = "a file"}), "a file");
}

TEST(Error, CarriesErrnoAndItsMeaning) {
  const Error error = error_from_errno(EEXIST, "bind-rx", "eth0 queue 1");
  EXPECT_EQ(error.code, Code::kBusy);
  EXPECT_EQ(to_string(error), "bind-rx of eth0 queue 1: File exists (errno 17)");
}

TEST(Error, MapsErrnoToTheCodeThatDecides) {
  EXPECT_EQ(error_from_errno(EOPNOTSUPP, "", "").code, Code::kUnsupported);
  EXPECT_EQ(error_from_errno(ENODEV, "", "").code, Code::kNotFound);
  EXPECT_EQ(error_from_errno(EPERM, "", "").code, Code::kPermission);
  EXPECT_EQ(error_from_errno(ECONNRESET, "", "").code, Code::kPeerClosed);
  EXPECT_EQ(error_from_errno(EFAULT, "", "").code, Code::kIo);
}

}  // namespace
}  // namespace nobounce
