// SPDX-License-Identifier: Apache-2.0
// Guest: one QEMU from boot to power-off, the servers of its files, and what goes between it and
// us: the command's output, what is typed, events and orders.
#pragma once

#include <poll.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lab/guest_protocol.h"
#include "lab/interruption.h"
#include "lab/lab_tools.h"
#include "lab/line_splitter.h"
#include "lab/output_relay.h"
#include "lab/share_server.h"
#include "sys/child_process.h"

namespace nobounce::lab {

/// How the command's two streams reach us.
struct GuestOutput {
  int standard_output = 1;
  int standard_error = 2;
  LineMark mark{};  ///< Of all lines, where that must be seen.
};

struct GuestOptions {
  std::string name = "guest";       ///< In messages.
  std::filesystem::path directory;  ///< For its sockets, logs and initramfs; must exist.
  GuestRequest request;
  std::vector<std::string> device_sockets;
  std::filesystem::path share;         ///< Empty: none.
  std::filesystem::path copy_meter{};  ///< The meter's plugin; empty: none.
  bool kvm = false;
  unsigned cpus = 2;
  std::uint64_t ram_bytes = 0;
  std::vector<std::string> qemu_arguments{};  ///< Beside ours.
  GuestOutput output{};
};

struct GuestReport {
  int status = 0;  ///< Of the command, as a shell says it.
  std::vector<KernelRecord> kernel_log;
  std::optional<KernelProfile> profile;  ///< Where one was asked for.
};

class Guest {
 public:
  /// Starts servers and QEMU. `initramfs` is the archive without a request.
  static Result<Guest> boot(const LabTools& tools, std::string_view initramfs,
                            const GuestOptions& options, Interruption& interruption);

  /// Adds what it waits for; `move_on` takes the same entries, answered, off the front of
  /// `answers`.
  void add_wishes(std::vector<pollfd>& wishes) const;
  /// Errors: kIo if guest or servers died, if the agent failed, or if our output cannot be written;
  /// kProtocol.
  Status move_on(std::span<const pollfd>& answers);
  /// False once all that ever came of it has been written.
  [[nodiscard]] bool is_open() const;

  [[nodiscard]] bool is_ready() const { return ready_; }
  /// How the command ended; nothing while it runs.
  [[nodiscard]] std::optional<int> command_status() const { return status_; }
  /// Where the keys of its terminal go, non-blocking; -1 if it has none.
  [[nodiscard]] int keyboard() const { return keyboard_.get(); }
  Status order(const GuestOrder& order);

  /// What it leaves, once it is no longer open. Errors: kIo if it died before it was done.
  Result<GuestReport> finish();
  /// The end of its console, and what QEMU said, to be added to a cause.
  [[nodiscard]] std::string last_words() const;

 private:
  Guest() = default;
  Status start_servers(const LabTools& tools, const GuestOptions& options,
                       Interruption& interruption);
  Status start_qemu(const LabTools& tools, const GuestOptions& options);
  Status take_events();
  Status take_line(std::string_view line);
  [[nodiscard]] Error failure(std::string cause) const;

  std::string name_;
  std::filesystem::path console_log_;
  std::filesystem::path qemu_log_;
  std::vector<ShareServer> servers_;
  sys::ChildProcess qemu_;
  OutputRelay out_;
  OutputRelay err_;
  sys::Fd keyboard_;
  sys::Fd events_;
  bool events_open_ = true;
  LineSplitter lines_{"an event of the guest"};

  bool ready_ = false;
  std::optional<int> status_;
  std::vector<KernelRecord> kernel_log_;
  std::optional<KernelProfile> profile_;
  bool done_ = false;
  std::string failure_;
};

}  // namespace nobounce::lab
