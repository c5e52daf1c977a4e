// SPDX-License-Identifier: Apache-2.0
// CopyProbes: what TCP copies on a host without the lab's copy meter, by probes at the places that
// probe_reading.h names, whose lengths the kernel itself adds up by CPU (histogram triggers of
// tracefs). An approximation: docs/proof.md says of what, and how far it is off.
//
// The probes are the whole host's, and cost each copy some hundred nanoseconds; they bear this
// process' number, and go with the object. What a killed process has left the next one removes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/probe_reading.h"
#include "sys/fd.h"

namespace nobounce::measure {

/// Neither copyable nor movable: the kernel knows it by its name.
class CopyProbes {
 public:
  /// Errors: those of reaching tracefs (kPermission without CAP_SYS_ADMIN), and of the kernel's
  /// refusal of a probe or a trigger, with the file and what was asked.
  static Result<std::unique_ptr<CopyProbes>> attach();
  CopyProbes(const CopyProbes&) = delete;
  CopyProbes& operator=(const CopyProbes&) = delete;
  ~CopyProbes();

  /// Some system calls, milliseconds: not for a data path.
  [[nodiscard]] Result<ProbeReading> read() const;

 private:
  CopyProbes(sys::Fd root, std::string tag);
  Status attach_all();
  void remove_what_others_left() const;
  void detach(const std::string& event) const;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  sys::Fd root_;
  std::string path_;
  std::string tag_;  // "_4026531836_812": namespace and process.
};

/// Events among the lines of kprobe_events that a process of this namespace of process ids has left
/// and that no living one owns; `is_alive` is asked for their process ids. Pure.
std::vector<std::string> left_behind(std::string_view kprobe_events, std::uint64_t pid_namespace,
                                     const std::function<bool(std::uint32_t pid)>& is_alive);

}  // namespace nobounce::measure
