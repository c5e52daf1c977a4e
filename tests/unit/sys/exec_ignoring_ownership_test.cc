// SPDX-License-Identifier: Apache-2.0
// A program that gives files away, and does not.
#include "sys/exec_ignoring_ownership.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "scratch_directory.h"

namespace nobounce::sys {
namespace {

// The filter cannot be taken off again: a process of its own gets it. Its exit status is that of
// the program, or 100 and the code of the Error.
int run(const std::vector<std::string>& argv) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Status failed = exec_ignoring_ownership(argv);
    ::_exit(100 + static_cast<int>(failed.error().code));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WEXITSTATUS(status);
}

TEST(ExecIgnoringOwnership, FilesStayTheirOwners) {
  const ScratchDirectory scratch;
  const std::string path = scratch.path() / "owned";
  std::ofstream(path) << "x";
  EXPECT_EQ(run({"chown", "54321:54321", path}), 0);
  EXPECT_EQ(run({"chown", "-h", "54321", path}), 0);
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, ::getuid());
  EXPECT_EQ(found.st_gid, ::getgid());
}

TEST(ExecIgnoringOwnership, OtherFailuresAreSeen) {
  EXPECT_EQ(run({"sh", "-c", "exit 7"}), 7);
  EXPECT_NE(run({"chmod", "0600", "/no/such/file"}), 0);
  EXPECT_EQ(run({"/no/such/program"}), 100 + static_cast<int>(Code::kNotFound));
}

}  // namespace
}  // namespace nobounce::sys
