// SPDX-License-Identifier: Apache-2.0
// HostTree: files of /proc and /sys as a host had them, below a directory of the test's own.
#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "scratch_directory.h"

namespace nobounce::measure {

class HostTree {
 public:
  using File = std::pair<const char*, const char*>;  // Path, and text as `cat` shows it.

  HostTree(std::initializer_list<File> files) {
    for (const auto& [path, text] : files)
      write(path, text);
  }

  void write(const std::string& path, const std::string& text) const {
    const auto file = directory_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
  }
  [[nodiscard]] std::string root() const { return directory_.path().string(); }

 private:
  ScratchDirectory directory_;
};

}  // namespace nobounce::measure
