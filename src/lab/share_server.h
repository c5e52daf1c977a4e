// SPDX-License-Identifier: Apache-2.0
// ShareServer: a virtiofsd out of the guest root, which serves a directory of the host to a guest.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/guest_root.h"
#include "lab/interruption.h"
#include "lab/qemu.h"
#include "sys/child_process.h"

namespace nobounce::lab {

struct ShareOptions {
  std::filesystem::path directory;
  std::string tag;         ///< What the guest mounts it by; names the socket and the log.
  bool read_only = false;  ///< And never changed by anybody: the guest may remember what it read.
};

class ShareServer {
 public:
  /// Returns once the server can be connected to; socket and log lie in `scratch`.
  /// Errors: kIo with what virtiofsd said.
  static Result<ShareServer> start(const GuestRoot& root, const ShareOptions& options,
                                   const std::filesystem::path& scratch,
                                   Interruption& interruption);

  [[nodiscard]] const SharedDirectory& share() const { return share_; }
  /// "virtiofsd for DIRECTORY".
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int pidfd() const { return process_.pidfd(); }

 private:
  ShareServer(std::string name, sys::ChildProcess process, SharedDirectory share)
      : name_(std::move(name)), process_(std::move(process)), share_(std::move(share)) {}

  std::string name_;
  sys::ChildProcess process_;
  SharedDirectory share_;
};

/// The arguments of a virtiofsd that `user` and `group` (numbers) run. Pure.
std::vector<std::string> share_arguments(const ShareOptions& options, const std::string& socket,
                                         unsigned user, unsigned group);

}  // namespace nobounce::lab
