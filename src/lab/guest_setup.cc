// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_setup.h"

#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <span>
#include <vector>

#include "lab/guest_script.h"
#include "lab/text_file.h"
#include "lab/topology.h"
#include "sys/byte_stream.h"
#include "sys/child_process.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBatchFile = "/run/nobounce/batch";
constexpr const char* kStepLog = "/run/nobounce/step.log";

struct Setting {
  const char* path;
  const char* value;
};

// Sockets may hold a large window, and ancillary data of many frags a call.
constexpr std::array<Setting, 5> kSettings = {{
    {"/proc/sys/net/core/rmem_max", "268435456"},
    {"/proc/sys/net/core/wmem_max", "268435456"},
    {"/proc/sys/net/core/optmem_max", "16777216"},
    {"/proc/sys/kernel/hung_task_warnings", "-1"},
    {"/proc/sys/vm/max_map_count", "1048576"},
}};

// These two belong to a network namespace and are set in each.
constexpr std::array<Setting, 2> kNamespaceSettings = {{
    {"/proc/sys/net/ipv4/tcp_rmem", "4096 1048576 268435456"},
    {"/proc/sys/net/ipv4/tcp_wmem", "4096 1048576 268435456"},
}};

Status run_step(std::vector<std::string> argv) {
  std::string line = fmt::format("{}", fmt::join(argv, " "));
  NB_ASSIGN(const sys::Fd log, sys::create_file(kStepLog));
  NB_ASSIGN(sys::ChildProcess child,
            sys::ChildProcess::spawn({.argv = std::move(argv),
                                      .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                      .stdout_fd = log.get(),
                                      .stderr_fd = log.get()}));
  const sys::ExitStatus status = child.wait();
  if (status.success()) return {};
  const auto said = read_text_file(kStepLog);
  return fail({.code = Code::kIo,
               .operation = "set-up of the guest with",
               .object = std::move(line),
               .cause = fmt::format("it {}: {}", to_string(status),
                                    said ? last_lines(*said, 5) : std::string_view()),
               .fix = {}});
}

Status run_ip_batch(const std::string& commands, const std::string& netns) {
  NB_TRY(write_text_file(kBatchFile, commands));
  std::vector<std::string> argv = {"ip"};
  if (!netns.empty()) argv.insert(argv.end(), {"-n", netns});
  argv.insert(argv.end(), {"-batch", kBatchFile});
  return run_step(std::move(argv));
}

Status mount_file_systems(bool share) {
  NB_TRY(run_step({"mkdir", "-p", "/dev/pts", "/dev/shm", "/share"}));
  NB_TRY(run_step(
      {"mount", "-t", "devpts", "-o", "gid=5,mode=620,ptmxmode=666", "devpts", "/dev/pts"}));
  NB_TRY(run_step({"mount", "-t", "tmpfs", "-o", "mode=1777", "shm", "/dev/shm"}));
  NB_TRY(run_step({"ln", "-sfn", "/proc/self/fd", "/dev/fd"}));
  NB_TRY(run_step({"ln", "-sfn", "/proc/self/fd/0", "/dev/stdin"}));
  NB_TRY(run_step({"ln", "-sfn", "/proc/self/fd/1", "/dev/stdout"}));
  NB_TRY(run_step({"ln", "-sfn", "/proc/self/fd/2", "/dev/stderr"}));
  if (share) NB_TRY(run_step({"mount", "-t", "virtiofs", kShareTag, "/share"}));
  return {};
}

std::vector<FoundNic> find_nics() {
  std::vector<FoundNic> nics;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator("/sys/class/net", code)) {
    auto mac = read_text_file(entry.path() / "address");
    if (!mac) continue;
    while (mac->ends_with('\n'))
      mac->pop_back();
    nics.push_back({.name = entry.path().filename().string(), .mac = *mac});
  }
  return nics;
}

Status place_nics(const GuestRequest& request) {
  NB_TRY(run_ip_batch(namespace_commands(), ""));
  std::uint32_t placed = 0;
  for (const FoundNic& nic : find_nics()) {
    const auto place = place_of_mac(nic.mac);
    if (!place) continue;
    const NicCommands commands = nic_commands(nic, *place, request.mtu);
    NB_TRY(run_ip_batch(commands.in_initial, ""));
    NB_TRY(run_ip_batch(commands.in_namespace, commands.netns));
    ++placed;
  }
  if (placed != 2 * request.pairs)
    return fail({.code = Code::kNotFound,
                 .operation = "set-up of the guest's NICs",
                 .object = fmt::format("{} pairs", request.pairs),
                 .cause = fmt::format("the gve driver brought up {} NICs, not {}", placed,
                                      2 * request.pairs),
                 .fix = "look at the guest's kernel log"});
  for (const char* netns : {"a", "b"})
    for (const Setting& setting : kNamespaceSettings)
      NB_TRY(run_step({"ip", "netns", "exec", netns, "sh", "-c",
                       fmt::format("echo '{}' > {}", setting.value, setting.path)}));
  return {};
}

}  // namespace

Status set_guest_up(const GuestRequest& request) {
  NB_TRY(mount_file_systems(request.share));
  for (const auto& settings :
       {std::span<const Setting>(kSettings), std::span<const Setting>(kNamespaceSettings)})
    for (const Setting& setting : settings)
      NB_TRY(write_text_file(setting.path, setting.value));
  if (request.pairs > 0) NB_TRY(run_step({"modprobe", "gve"}));
  return place_nics(request);
}

}  // namespace nobounce::lab
