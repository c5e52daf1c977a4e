// SPDX-License-Identifier: Apache-2.0
// Which pages the regions of a cell are of: 2 MiB ones wherever those are set aside, since devmem
// on single pages may take many times as long (docs/paths-performance.md). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "bench/cell.h"
#include "bench/field.h"

namespace nobounce::bench {

/// Whether a provider can make regions of 2 MiB pages.
bool can_be_of_huge_pages(const std::string& memory);

/// What the regions of host 'a' or 'b' take of 2 MiB pages, if they are of those.
std::uint64_t huge_page_bytes_of(const Cell& cell, char host);

/// Whether the hosts of `field` have as many for the cell; machines that are not ours to set pages
/// aside on twice as many, as those of a zcrx area are not free at once when it is closed.
bool has_huge_pages_for(const Field& field, const Cell& cell);

/// `cell` with what it leaves to the machine decided.
Cell as_run_on(const Field& field, Cell cell);

}  // namespace nobounce::bench
