// SPDX-License-Identifier: Apache-2.0
// Whole small files as text, read and written in one go.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce::lab {

/// The content of a file. Errors: kNotFound and those of open and read.
Result<std::string> read_text_file(const std::filesystem::path& path);

/// Creates or replaces a file. Errors: those of open and write, a full disk among them.
Status write_text_file(const std::filesystem::path& path, std::string_view text);

/// The last `count` lines of a text.
std::string_view last_lines(std::string_view text, std::size_t count);

}  // namespace nobounce::lab
