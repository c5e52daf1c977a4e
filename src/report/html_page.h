// SPDX-License-Identifier: Apache-2.0
// The frame of an HTML report, and the few elements that it is made of. The style is in the page:
// no fonts, no scripts, nothing to fetch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nobounce::report {

/// Text for between tags and for quoted attributes: & < > " ' escaped, control characters dropped.
std::string html_text(std::string_view text);

/// A whole document; `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

/// A table. Cells are texts, escaped here; from `numbers_from` on columns are aligned to the right.
std::string html_table(const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows, std::size_t numbers_from);

/// A section's heading, and a remark below a picture or table.
std::string heading(std::string_view text);
std::string note(std::string_view text);

}  // namespace nobounce::report
