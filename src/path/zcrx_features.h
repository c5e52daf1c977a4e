// SPDX-License-Identifier: Apache-2.0
// What the running kernel's zcrx can do, as it says itself.
#pragma once

#include <cstdint>

#include "sys/ring.h"

namespace nobounce::path {

/// All false where the kernel can't be asked (IORING_REGISTER_QUERY): before Linux 6.18, by date,
/// zcrx has none of it but dma-bufs, which only trying shows.
struct ZcrxFeatures {
  bool can_be_asked = false;    ///< The query is known.
  bool has_dma_buf = false;     ///< Areas of a dma-buf.
  bool has_nodev = false;       ///< Without a NIC: the kernel copies.
  bool has_rx_buf_len = false;  ///< Buffers larger than a page.
  bool has_flush = false;       ///< The refill ring can be emptied on demand.
  bool has_events = false;      ///< Allocation failures and copies are reported, copies counted.
};

/// Never fails: what can't be asked is not there.
ZcrxFeatures ask_zcrx_features(sys::Ring& ring);

}  // namespace nobounce::path
