// SPDX-License-Identifier: Apache-2.0
// Scratch: a new directory that is this user's alone, for files that live no longer than it does.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace nobounce::bench {

/// Removed, with what is in it, when its owner dies. Move-only.
class Scratch {
 public:
  static Result<Scratch> make();
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace nobounce::bench
