// SPDX-License-Identifier: Apache-2.0
// The initramfs: a cpio archive in the "newc" format (the kernel's initramfs buffer format), and
// what we put into it: a busybox, the modules to mount the root, a script, and nobounce itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/guest_kernel.h"
#include "lab/guest_root.h"
#include "lab/interruption.h"

namespace nobounce::lab {

/// Writes an archive into memory. Directories must be added before what they hold.
class CpioArchive {
 public:
  void add_directory(std::string_view path);
  void add_file(std::string_view path, std::string_view content, bool executable = false);
  void add_character_device(std::string_view path, std::uint32_t major, std::uint32_t minor);
  /// Ends the archive and gives its bytes away.
  std::string finish() &&;

 private:
  struct Entry {
    std::uint32_t mode = 0;
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
  };
  void add(std::string_view path, const Entry& entry, std::string_view content);

  std::string bytes_;
  std::uint32_t next_inode_ = 1;
};

/// The archive that boots `root` on `kernel`, without a request. `libraries` of nobounce are those
/// that the root lacks; `scratch` is for decompressed modules.
Result<std::string> make_initramfs(const GuestRoot& root, const GuestKernel& kernel,
                                   const std::vector<std::filesystem::path>& libraries,
                                   const std::filesystem::path& scratch,
                                   Interruption& interruption);

/// What a guest's agent is to do (guest_protocol.h), as an archive of its own. The kernel takes
/// archives one behind the other.
std::string request_archive(std::string_view request);

/// The libraries that this program has loaded and that `root` lacks.
Result<std::vector<std::filesystem::path>> missing_libraries(const GuestRoot& root,
                                                             const std::filesystem::path& scratch,
                                                             Interruption& interruption);

/// The files named in the output of `ld.so --list PROGRAM`, by soname. Pure.
std::vector<std::pair<std::string, std::filesystem::path>> listed_libraries(std::string_view list);

}  // namespace nobounce::lab
