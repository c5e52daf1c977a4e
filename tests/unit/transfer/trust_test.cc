// SPDX-License-Identifier: Apache-2.0
// What a transfer must have seen before its memory is trusted.
#include "transfer/trust.h"

#include <gtest/gtest.h>

#include <utility>

namespace nobounce::transfer {
namespace {

TransferResult result_of(std::uint64_t bytes, std::uint64_t frags, Figure<std::uint64_t> copied) {
  TransferResult result;
  result.bytes = bytes;
  result.frags = frags;
  result.kernel_copied_bytes = std::move(copied);
  return result;
}

TEST(Trust, NeedsBytesThatANicPutIntoTheRegionItself) {
  const NotAvailable untold{"this path does not tell"};
  EXPECT_TRUE(landed_without_copies(result_of(100, 2, untold))) << "devmem";
  EXPECT_FALSE(landed_without_copies(result_of(100, 0, untold))) << "devmem, all of it linear";
  EXPECT_FALSE(landed_without_copies(result_of(100, 0, 0))) << "mmap, all of it mapped";
  EXPECT_TRUE(landed_without_copies(result_of(100, 2, 40))) << "zcrx";
  EXPECT_FALSE(landed_without_copies(result_of(100, 2, 100))) << "zcrx without a NIC";
  EXPECT_FALSE(landed_without_copies(result_of(0, 0, untold))) << "nothing came";
}

}  // namespace
}  // namespace nobounce::transfer
