// SPDX-License-Identifier: Apache-2.0
// The 2 MiB pages that a guest sets aside for the regions of its transfers. In the guest.
//
// Memory of single pages lies in up to one piece a page, as chance has it, and devmem TCP looks for
// each frag that comes back in a list of those pieces (docs/paths-performance.md): the same
// transfer takes a second or half a minute. Huge pages bound that.
#pragma once

#include <cstdint>

namespace nobounce::lab {

/// Sets pages for `bytes` aside. False, and none set aside, where the guest has not as many.
bool reserve_huge_pages(std::uint64_t bytes);

/// Sees that of those set aside pages for `bytes` are free. Where an earlier user has not let go of
/// its own it sets more aside: pages of a zcrx area were seen to stay in use long after their ring
/// was closed; why is not known. False where the guest has no memory for that.
bool provide_huge_pages(std::uint64_t bytes);

}  // namespace nobounce::lab
