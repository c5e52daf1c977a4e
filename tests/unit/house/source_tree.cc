// SPDX-License-Identifier: Apache-2.0
#include "unit/house/source_tree.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace nobounce::house {
namespace {

namespace fs = std::filesystem;

const fs::path kTop = NOBOUNCE_SOURCE_DIR;

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace

std::vector<std::string> SourceFile::quoted_includes() const {
  constexpr std::string_view kStart = "#include \"";
  std::vector<std::string> includes;
  for (const std::string& line : lines) {
    if (!line.starts_with(kStart)) continue;
    includes.push_back(line.substr(kStart.size(), line.rfind('"') - kStart.size()));
  }
  return includes;
}

std::string SourceFile::room() const {
  constexpr std::string_view kSource = "src/";
  return path.starts_with(kSource) ? room_of_include(path.substr(kSource.size())) : "";
}

std::vector<SourceFile> read_sources(const std::vector<std::string>& folders) {
  std::vector<SourceFile> sources;
  for (const std::string& folder : folders) {
    if (!fs::exists(kTop / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kTop / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      sources.push_back({fs::relative(entry.path(), kTop).string(), read_lines(entry.path())});
    }
  }
  std::ranges::sort(sources, {}, &SourceFile::path);
  return sources;
}

Arrows read_arrows() {
  Arrows arrows;
  bool inside = false;
  for (const std::string& line : read_lines(kTop / "ARCHITECTURE.md")) {
    if (line.starts_with("```")) {
      inside = line == "```arrows";
      continue;
    }
    if (!inside) continue;
    std::istringstream words(line);
    std::string room;
    words >> room;
    for (std::string allowed; words >> allowed;) {
      if (allowed != "→") arrows[room].insert(allowed);
    }
    arrows.try_emplace(room);
  }
  return arrows;
}

std::string room_of_include(const std::string& include) {
  // The emulator is a wing with rooms of its own, and the lab has one beside it; sys/uapi is a
  // corner of sys, not a room.
  const fs::path folder = fs::path(include).parent_path();
  auto part = folder.begin();
  if (part == folder.end()) return "";
  const std::string first = part->string();
  if ((first != "emulator" && first != "lab") || ++part == folder.end()) return first;
  return first + "/" + part->string();
}

}  // namespace nobounce::house
