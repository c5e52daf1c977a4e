// SPDX-License-Identifier: Apache-2.0
// GuestSession: one QEMU from boot to power-off, and the three streams that come out of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/guest_protocol.h"
#include "lab/guest_root.h"
#include "lab/interruption.h"
#include "lab/output_relay.h"
#include "lab/qemu.h"
#include "sys/child_process.h"

namespace nobounce::lab {

struct GuestReport {
  int status = 0;
  std::vector<KernelRecord> kernel_log;
};

/// A process that the guest cannot do without.
struct Companion {
  std::string name;
  int pidfd = -1;
};

class GuestSession {
 public:
  /// Starts QEMU out of `root`; its log goes to `run_directory`. `machine.ports` is filled in here.
  static Result<GuestSession> boot(const GuestRoot& root,
                                   const std::filesystem::path& run_directory,
                                   MachineOptions machine);

  /// Relays the command's output until the guest is done, then ends it. Errors: kInterrupted;
  /// kTimeout, with the end of the console; kIo if the guest or a companion died, if the agent
  /// failed, or if our standard output cannot be written.
  Result<GuestReport> run(Interruption& interruption, const std::vector<Companion>& companions);

 private:
  GuestSession() = default;
  Status take_events();
  Status take_line(std::string_view line);
  [[nodiscard]] std::string last_words() const;

  sys::ChildProcess qemu_;
  OutputRelay out_;
  OutputRelay err_;
  sys::Fd events_;
  bool events_open_ = true;
  std::string pending_line_;
  std::filesystem::path console_log_;
  std::filesystem::path qemu_log_;

  GuestReport report_;
  bool command_ended_ = false;
  bool done_ = false;
  std::string failure_;
};

}  // namespace nobounce::lab
