// SPDX-License-Identifier: Apache-2.0
// A directory for one test's journals, removed with all that is in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace nobounce::nic::testing {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "nobounce-nic-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The one journal in a directory; empty where there is none.
  static std::string journal_in(const std::string& directory) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(directory, missing)) {
      if (entry.path().extension() == ".journal") return entry.path().string();
    }
    return {};
  }

 private:
  std::string path_;
};

}  // namespace nobounce::nic::testing
