// SPDX-License-Identifier: Apache-2.0
// Service: a chassis for anybody's QEMU, with a control socket beside the NICs' own. The chassis's
// thread moves frames; what is asked over the control socket is read and answered in the thread
// that calls run(), so that whoever asks slowly holds up nobody's traffic.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "emulator/chassis/chassis.h"
#include "serve/control_socket.h"
#include "serve/request.h"

namespace nobounce::serve {

/// Move-only. Sockets go when it goes.
class Service {
 public:
  /// Claims the layout's directory, makes the control socket, and starts the chassis. Errors:
  /// kPermission (a directory that others may write to), kBusy (another service is there), those of
  /// Chassis::start.
  static Result<Service> start(const emulator::Layout& layout);

  [[nodiscard]] const emulator::Layout& layout() const { return layout_; }
  [[nodiscard]] const emulator::Chassis& chassis() const { return *chassis_; }
  /// What the control socket replies to a request for statistics.
  [[nodiscard]] nlohmann::json state() const;

  /// Answers the control socket until `stop_fd` is readable, and calls `tick` each `period` if one
  /// is given. Errors: those of poll, and of accept where they end the service.
  Status run(int stop_fd, std::optional<std::chrono::milliseconds> period,
             const std::function<void()>& tick);

  /// One line in, one line out.
  std::string answer(std::string_view line);

 private:
  Service(emulator::Layout layout, ControlSocket control,
          std::unique_ptr<emulator::Chassis> chassis)
      : layout_(std::move(layout)), control_(std::move(control)), chassis_(std::move(chassis)) {}

  Status obey(const SetWire& set);
  Status obey(const SetLink& set);
  Status obey(const SetCapture& set);

  emulator::Layout layout_;
  ControlSocket control_;
  std::unique_ptr<emulator::Chassis> chassis_;
};

}  // namespace nobounce::serve
