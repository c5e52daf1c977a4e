// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_setup.h"

#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "lab/guest_script.h"
#include "lab/last_lines.h"
#include "lab/topology.h"
#include "sys/byte_stream.h"
#include "sys/child_process.h"
#include "sys/file_system.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBatchFile = "/run/nobounce/batch";
constexpr const char* kStepLog = "/run/nobounce/step.log";

struct Setting {
  const char* path;
  const char* value;
};

// Sockets may hold a large window, and ancillary data of many frags a call. Network namespaces that
// are made later start with what tcp_rmem and tcp_wmem are then.
constexpr std::array<Setting, 8> kSettings = {{
    {"/proc/sys/net/core/rmem_max", "268435456"},
    {"/proc/sys/net/core/wmem_max", "268435456"},
    {"/proc/sys/net/core/optmem_max", "16777216"},
    {"/proc/sys/net/ipv4/tcp_rmem", "4096 1048576 268435456"},
    {"/proc/sys/net/ipv4/tcp_wmem", "4096 1048576 268435456"},
    {"/proc/sys/kernel/hung_task_warnings", "-1"},
    {"/proc/sys/vm/max_map_count", "1048576"},
    {"/proc/sys/kernel/hostname", "lab"},
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
  const auto said = sys::read_text_file(kStepLog);
  return fail({.code = Code::kIo,
               .operation = "set-up of the guest with",
               .object = std::move(line),
               .cause = fmt::format("it {}: {}", to_string(status),
                                    said ? last_lines(*said, 5) : std::string_view()),
               .fix = {}});
}

Status run_ip_batch(const std::string& commands, const std::string& netns) {
  NB_TRY(sys::write_text_file(kBatchFile, commands));
  std::vector<std::string> argv = {"ip"};
  if (!netns.empty()) argv.insert(argv.end(), {"-n", netns});
  argv.insert(argv.end(), {"-batch", kBatchFile});
  return run_step(std::move(argv));
}

// devtmpfs gives device nodes; these are what udev and systemd would add.
Status mount_file_systems(bool share) {
  std::error_code code;
  for (const char* directory : {"/dev/pts", "/dev/shm", "/share"})
    fs::create_directory(directory, code);  // One that cannot be made cannot be mounted on.
  NB_TRY(sys::mount_file_system(
      {.type = "devpts", .target = "/dev/pts", .options = "gid=5,mode=620,ptmxmode=666"}));
  NB_TRY(sys::mount_file_system({.type = "tmpfs", .target = "/dev/shm", .options = "mode=1777"}));
  if (share)
    NB_TRY(sys::mount_file_system({.type = "virtiofs", .source = kShareTag, .target = "/share"}));
  constexpr std::array<std::pair<const char*, const char*>, 4> kLinks = {
      {{"/proc/self/fd", "/dev/fd"},
       {"/proc/self/fd/0", "/dev/stdin"},
       {"/proc/self/fd/1", "/dev/stdout"},
       {"/proc/self/fd/2", "/dev/stderr"}}};
  for (const auto& [to, link] : kLinks) {
    fs::create_symlink(to, link, code);
    if (code) return fail(error_from_errno(code.value(), "creation of a link", link));
  }
  return {};
}

std::vector<FoundNic> find_nics() {
  std::vector<FoundNic> nics;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator("/sys/class/net", code)) {
    auto mac = sys::read_text_file(entry.path() / "address");
    if (!mac) continue;
    while (mac->ends_with('\n'))
      mac->pop_back();
    nics.push_back({.name = entry.path().filename().string(), .mac = *mac});
  }
  return nics;
}

Status place_nics(const GuestRequest& request) {
  const NicCommands commands = nic_commands(request.hosts, find_nics(), request.mtu);
  if (commands.placed != request.nics)
    return fail({.code = Code::kNotFound,
                 .operation = "set-up of the guest's NICs",
                 .object = fmt::format("{} NICs", request.nics),
                 .cause = fmt::format("the gve driver brought up {}", commands.placed),
                 .fix = "look at the guest's kernel log"});
  NB_TRY(run_ip_batch(commands.in_initial, ""));
  for (const auto& [host, batch] : commands.in_host)
    NB_TRY(run_ip_batch(batch, std::string(1, host)));
  return {};
}

}  // namespace

Status set_guest_up(const GuestRequest& request) {
  NB_TRY(mount_file_systems(request.share));
  for (const Setting& setting : kSettings)
    NB_TRY(sys::write_text_file(setting.path, setting.value));
  if (request.nics > 0) NB_TRY(run_step({"modprobe", "gve"}));
  if (request.accelerators > 0) NB_TRY(run_step({"modprobe", "virtio_gpu"}));
  return place_nics(request);
}

}  // namespace nobounce::lab
