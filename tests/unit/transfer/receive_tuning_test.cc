// SPDX-License-Identifier: Apache-2.0
#include "transfer/receive_tuning.h"

#include <gtest/gtest.h>

namespace nobounce::transfer {
namespace {

using path::Path;

bool is_well(const ReceiveTuning& tuning, std::optional<Path> path) {
  const Status status = check_tuning(tuning, path);
  if (!status) {
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
  }
  return status.has_value();
}

TEST(ReceiveTuning, NothingIsAskedByDefault) {
  EXPECT_TRUE(is_well({}, std::nullopt));
  EXPECT_TRUE(is_well({}, Path::kZcrx));
}

TEST(ReceiveTuning, EachIsOfThePathsThatHaveIt) {
  for (const Path path : {Path::kCopy, Path::kMmap, Path::kDevmem})
    EXPECT_TRUE(is_well({.receive_bytes = 65536}, path));
  EXPECT_FALSE(is_well({.receive_bytes = 65536}, Path::kZcrx));
  EXPECT_FALSE(is_well({.receive_bytes = 65536}, std::nullopt));
  EXPECT_TRUE(is_well({.token_batch = 1}, Path::kDevmem));
  EXPECT_FALSE(is_well({.token_batch = 1}, Path::kCopy));
  EXPECT_TRUE(is_well({.cq_entries = 64}, Path::kZcrx));
  EXPECT_FALSE(is_well({.cq_entries = 64}, Path::kDevmem));
}

TEST(ReceiveTuning, ValuesAreBounded) {
  EXPECT_FALSE(is_well({.receive_bytes = 4095}, Path::kCopy));
  EXPECT_FALSE(is_well({.receive_bytes = kMostReceiveBytes + 1}, Path::kCopy));
  EXPECT_FALSE(is_well({.token_batch = 1025}, Path::kDevmem));
  for (const std::uint32_t entries : {1u, 32u, 100u, 131072u})
    EXPECT_FALSE(is_well({.cq_entries = entries}, Path::kZcrx));
}

}  // namespace
}  // namespace nobounce::transfer
