// SPDX-License-Identifier: Apache-2.0
#include "doctor/remedy.h"

#include <fmt/format.h>

#include "sys/child_process.h"
#include "sys/sysctl.h"

namespace nobounce::doctor {
namespace {

struct RemedyText {
  std::string operator()(const WriteSetting& remedy) const {
    return fmt::format("write {} to {}", remedy.value, remedy.path);
  }
  std::string operator()(const LoadModule& remedy) const {
    return fmt::format("modprobe {}", remedy.name);
  }
};

struct Apply {
  Status operator()(const WriteSetting& remedy) const {
    return sys::write_setting(remedy.path, remedy.value);
  }
  Status operator()(const LoadModule& remedy) const {
    NB_ASSIGN(auto child, sys::ChildProcess::spawn({.argv = {"modprobe", remedy.name}}));
    const sys::ExitStatus status = child.wait();
    if (status.success()) return {};
    return fail({.code = Code::kUnsupported,
                 .sys_errno = 0,
                 .operation = "modprobe",
                 .object = remedy.name,
                 .cause = to_string(status),
                 .fix = "is the kernel's package complete?"});
  }
};

}  // namespace

std::string text_of(const Remedy& remedy) {
  return std::visit(RemedyText{}, remedy);
}

Status apply(const Remedy& remedy) {
  return std::visit(Apply{}, remedy);
}

}  // namespace nobounce::doctor
