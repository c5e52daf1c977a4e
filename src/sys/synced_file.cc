// SPDX-License-Identifier: Apache-2.0
#include "sys/synced_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "sys/byte_stream.h"
#include "sys/fd.h"

namespace nobounce::sys {
namespace {

Status write_beside(const Fd& file, const std::string& beside, const std::string& path,
                    std::string_view text) {
  NB_TRY(write_all(file.get(), text, beside));
  if (::fchmod(file.get(), 0644) != 0 || ::fsync(file.get()) != 0 ||
      ::rename(beside.c_str(), path.c_str()) != 0) {
    return fail(error_from_errno(errno, "write", path));
  }
  return {};
}

}  // namespace

Status replace_synced_file(const std::string& path, std::string_view text) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (!directory.empty() && ::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail(error_from_errno(errno, "mkdir", directory));
  }
  std::string beside = path + ".XXXXXX";
  const Fd file(::mkostemp(beside.data(), O_CLOEXEC));
  if (!file.is_open()) return fail(error_from_errno(errno, "open", beside));
  Status written = write_beside(file, beside, path, text);
  if (!written) ::unlink(beside.c_str());
  return written;
}

}  // namespace nobounce::sys
