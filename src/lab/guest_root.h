// SPDX-License-Identifier: Apache-2.0
// GuestRoot: a Debian trixie in a directory. The guest boots from it, and the host runs QEMU and
// virtiofsd out of it, through the root's own dynamic loader: no chroot, no mount, no privilege.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "lab/cache.h"
#include "lab/host_apt.h"
#include "lab/interruption.h"

namespace nobounce::lab {

class GuestRoot {
 public:
  /// Finds the root in the cache, or makes it (mmdebstrap, ~25 s and a network). `log` is a file
  /// for what the tools say. Errors: kNotFound names a missing mmdebstrap; kUnsupported if we are
  /// an ordinary user and the host has no user namespaces for such; those of the tools.
  static Result<GuestRoot> prepare(Cache& cache, Interruption& interruption,
                                   const std::filesystem::path& log);

  explicit GuestRoot(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// The command line that runs `program` ("/usr/bin/kmod") of the root on the host, under the name
  /// `argv0`.
  [[nodiscard]] std::vector<std::string> host_command(const std::string& program,
                                                      const std::string& argv0) const;
  /// `tool` of the host's apt ("apt-get"), with the root's sources, lists and status.
  [[nodiscard]] std::vector<std::string> apt_command(const std::string& tool) const;
  /// True if the root's dynamic loader finds a library of this soname.
  [[nodiscard]] bool has_library(const std::string& soname) const;
  /// The version of a Debian package of the root.
  [[nodiscard]] Figure<std::string> package_version(std::string_view package) const;

 private:
  std::filesystem::path directory_;
};

/// The cache entry's name: a hash of the recipe, so that a changed recipe makes a new root.
std::string root_name();

/// Who makes a root.
enum class Builder {
  kRoot,
  /// Root of a user namespace of its own, in which nobody else exists: it needs no sub-uids, and
  /// what it makes belongs to the user. `nobounce lab ignoring-ownership` is its way to let
  /// packages give files to others.
  kUser,
};

/// The command line that makes a root in `directory`; `self` is this program. Pure.
std::vector<std::string> root_command(const HostApt& apt, const std::filesystem::path& directory,
                                      Builder builder, const std::string& self);

}  // namespace nobounce::lab
