// SPDX-License-Identifier: Apache-2.0
#include "measure/copy_probes.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "sys/file_system.h"
#include "sys/process_identity.h"
#include "sys/sysctl.h"
#include "sys/text_file.h"

namespace nobounce::measure {
namespace {

constexpr std::string_view kGroup = "nobounce/";
constexpr const char* kEvents = "kprobe_events";
constexpr const char* kTrigger = "hist:keys=common_cpu:vals=bytes if bytes > 0\n";
/// Calls that may be under way at once; senders that wait for room are among them.
constexpr int kMostReturns = 512;

std::string tag_of(std::uint64_t pid_namespace, std::uint32_t pid) {
  return fmt::format("_{}_{}", pid_namespace, pid);
}

Error with_fix(Error error) {
  if (error.code == Code::kPermission)
    error.fix = "run as root, on a kernel that is not locked down";
  return error;
}

}  // namespace

std::vector<std::string> left_behind(std::string_view kprobe_events, std::uint64_t pid_namespace,
                                     const std::function<bool(std::uint32_t pid)>& is_alive) {
  std::vector<std::string> events;
  const std::string middle = fmt::format("_{}_", pid_namespace);
  while (!kprobe_events.empty()) {
    std::string_view line = kprobe_events.substr(0, kprobe_events.find('\n'));
    kprobe_events.remove_prefix(std::min(line.size() + 1, kprobe_events.size()));
    // "p:nobounce/received_4026531836_812 skb_copy_datagram_iter …"
    const std::size_t group = line.find(kGroup);
    if (group == std::string_view::npos) continue;
    line = line.substr(group, line.find(' ') - group);
    const std::size_t at = line.find(middle);
    if (at == std::string_view::npos) continue;
    const std::string_view digits = line.substr(at + middle.size());
    std::uint32_t pid = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (problem != std::errc{} || end != digits.data() + digits.size() || is_alive(pid)) continue;
    events.emplace_back(line.substr(kGroup.size()));
  }
  return events;
}

Result<std::unique_ptr<CopyProbes>> CopyProbes::attach() {
  auto root = sys::mount_nowhere("tracefs");
  if (!root) return fail(with_fix(root.error()));
  NB_ASSIGN(const std::uint64_t pid_namespace, sys::pid_namespace_id());
  NB_ASSIGN(const sys::ProcessIdentity self, sys::this_process());
  std::unique_ptr<CopyProbes> probes(new CopyProbes(
      std::move(*root), tag_of(pid_namespace, static_cast<std::uint32_t>(self.pid))));
  probes->remove_what_others_left();
  if (const Status attached = probes->attach_all(); !attached)
    return fail(with_fix(attached.error()));
  return probes;
}

CopyProbes::CopyProbes(sys::Fd root, std::string tag)
    : root_(std::move(root)),
      path_(fmt::format("/proc/self/fd/{}", root_.get())),
      tag_(std::move(tag)) {}

CopyProbes::~CopyProbes() {
  for (const ProbePoint& point : kProbePoints)
    detach(fmt::format("{}{}", point.name, tag_));
}

Status CopyProbes::attach_all() {
  for (const ProbePoint& point : kProbePoints) {
    const std::string kind = point.kind == 'r' ? fmt::format("r{}", kMostReturns) : "p";
    const std::string event = fmt::format("{}{}", point.name, tag_);
    const Status defined = sys::write_setting(
        file(kEvents), fmt::format("{}:{}{} {}\n", kind, kGroup, event, point.definition));
    if (!defined) {
      Error error = defined.error();
      error.object = fmt::format("tracefs, {}", kEvents);
      error.cause = fmt::format("the kernel refuses a probe: {}", point.definition);
      return fail(std::move(error));
    }
    const Status triggered =
        sys::write_setting(file(fmt::format("events/{}{}/trigger", kGroup, event)), kTrigger);
    if (!triggered) {
      Error error = triggered.error();
      error.object = "tracefs, trigger";
      error.cause = "the kernel refuses a histogram (CONFIG_HIST_TRIGGERS)";
      return fail(std::move(error));
    }
  }
  return {};
}

void CopyProbes::remove_what_others_left() const {
  const auto events = sys::read_text_file(file(kEvents));
  const auto pid_namespace = sys::pid_namespace_id();
  if (!events || !pid_namespace) return;
  const auto is_alive = [](std::uint32_t pid) {
    return sys::read_text_file(fmt::format("/proc/{}/stat", pid)).has_value();
  };
  for (const std::string& event : left_behind(*events, *pid_namespace, is_alive))
    detach(event);
}

/// Whatever of it is there; a probe that is not can't be removed, and nobody misses it.
void CopyProbes::detach(const std::string& event) const {
  static_cast<void>(sys::write_setting(file(fmt::format("events/{}{}/trigger", kGroup, event)),
                                       fmt::format("!{}", kTrigger)));
  static_cast<void>(sys::write_setting(file(kEvents), fmt::format("-:{}{}\n", kGroup, event)));
}

Result<ProbeReading> CopyProbes::read() const {
  ProbeReading reading;
  for (std::size_t i = 0; i < kProbePoints.size(); ++i) {
    NB_ASSIGN(const std::string text,
              sys::read_text_file(
                  file(fmt::format("events/{}{}{}/hist", kGroup, kProbePoints[i].name, tag_))));
    NB_ASSIGN(reading.bytes[i], parse_probe_histogram(text));
  }
  NB_ASSIGN(const std::string profile, sys::read_text_file(file("kprobe_profile")));
  NB_ASSIGN(reading.missed, parse_probe_misses(profile, tag_));
  return reading;
}

}  // namespace nobounce::measure
