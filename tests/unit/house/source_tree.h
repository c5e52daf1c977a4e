// SPDX-License-Identifier: Apache-2.0
// The project's own sources as data, for the tests that hold the house to its rules.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace nobounce::house {

/// A C++ source of src/, tests/ or fuzz/.
struct SourceFile {
  std::string path;  ///< From the top of the project, e.g. "src/base/size.cc".
  std::vector<std::string> lines;

  /// What the file includes with quotes, as written.
  [[nodiscard]] std::vector<std::string> quoted_includes() const;
  /// The room of a file below src/, e.g. "emulator/gvnic"; empty for others.
  [[nodiscard]] std::string room() const;
};

/// Every C++ source below the given top-level folders, in a stable order.
std::vector<SourceFile> read_sources(const std::vector<std::string>& folders);

/// Room → the rooms that it may include, from the block ```arrows of ARCHITECTURE.md.
using Arrows = std::map<std::string, std::set<std::string>>;
Arrows read_arrows();

/// The room that an include path such as "emulator/net/frame.h" points into.
std::string room_of_include(const std::string& include);

}  // namespace nobounce::house
