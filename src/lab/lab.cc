// SPDX-License-Identifier: Apache-2.0
#include "lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "emulator/chassis/chassis.h"
#include "lab/copy_meter_plugin.h"
#include "lab/guest.h"
#include "lab/guest_group.h"
#include "lab/initramfs.h"
#include "lab/interruption.h"
#include "lab/run_directory.h"
#include "lab/terminal_link.h"
#include "sys/byte_stream.h"
#include "sys/kvm.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

/// What is the same for all guests of a run.
struct Run {
  const LabOptions& options;
  const NetworkPlan& network;
  const RunDirectory& directory;
  const LabTools& tools;
  const TerminalLink* terminal;
  std::filesystem::path copy_meter;
  bool kvm;
};

GuestRequest request_for(const Run& run, std::size_t index) {
  const LabOptions& options = run.options;
  const GuestShare& place = run.network.guests[index];
  GuestRequest request{.command = options.command,
                       .hosts = place.hosts,
                       .nics = static_cast<std::uint32_t>(place.nics.size()),
                       .accelerators = static_cast<std::uint32_t>(place.accelerators.size()),
                       .mtu = options.network.mtu,
                       .share = !options.share.empty(),
                       .copy_meter = options.copy_meter,
                       .profile = options.profile};
  if (index > 0) {
    request.end = CommandEnd::kByOrder;
    request.command.clear();
    if (!options.peer.empty()) request.command = {"sh", "-c", options.peer};
  } else if (run.terminal != nullptr) {
    request.terminal = run.terminal->requested();
  }
  return request;
}

// The peer's lines stand among the command's, and a raw terminal wants its returns.
GuestOutput output_of(const Run& run, std::size_t index) {
  if (index == 0) return {};
  return {.standard_output = sys::kStandardError,
          .standard_error = sys::kStandardError,
          .mark = LineMark(fmt::format("[{}] ", run.network.guests[index].hosts),
                           run.terminal != nullptr ? "\r\n" : "\n")};
}

Result<std::vector<Guest>> boot_guests(const Run& run, const emulator::Chassis* chassis,
                                       Interruption& interruption) {
  NB_ASSIGN(auto libraries, missing_libraries(run.tools.root, run.directory.path(), interruption));
  NB_ASSIGN(const std::string initramfs, make_initramfs(run.tools.root, run.tools.kernel, libraries,
                                                        run.directory.path(), interruption));
  std::vector<Guest> guests;
  for (std::size_t i = 0; i < run.network.guests.size(); ++i) {
    const GuestShare& place = run.network.guests[i];
    const bool alone = run.network.guests.size() == 1;
    GuestOptions options{.name = alone ? "guest" : fmt::format("guest of host {}", place.hosts),
                         .directory = run.directory.path() / fmt::format("guest{}", i),
                         .request = request_for(run, i),
                         .device_sockets = {},
                         .share = run.options.share,
                         .copy_meter = run.copy_meter,
                         .kvm = run.kvm,
                         .cpus = run.options.cpus,
                         .ram_bytes = run.options.ram_bytes,
                         .qemu_arguments = run.options.qemu_arguments,
                         .output = output_of(run, i)};
    for (const std::size_t nic : place.nics)
      options.device_sockets.push_back(chassis->nics()[nic].socket.string());
    for (const std::size_t accelerator : place.accelerators)
      options.device_sockets.push_back(chassis->accelerators()[accelerator].socket.string());
    std::error_code code;
    fs::create_directory(options.directory, code);
    if (code)
      return fail(error_from_errno(code.value(), "creation of", options.directory.string()));
    NB_ASSIGN(Guest guest, Guest::boot(run.tools, initramfs, options, interruption));
    guests.push_back(std::move(guest));
  }
  return guests;
}

// The last word has the kernels' logs.
LabOutcome judge(const Run& run, const GroupReport& report) {
  const std::string& release = run.tools.kernel.release;
  LabOutcome outcome{.status = report.guests.front().status,
                     .peer_status = report.peer_status,
                     .kernel_release = release,
                     .qemu_version = run.tools.root.package_version("qemu-system-x86"),
                     .accelerator = run.kvm ? "kvm" : "tcg",
                     .cpus = run.options.cpus,
                     .complaints = {},
                     .profiles = {}};
  if (run.network.guests.size() < 2 || run.options.peer.empty()) outcome.peer_status.reset();
  for (std::size_t i = 0; i < report.guests.size(); ++i) {
    const std::string hosts = report.guests.size() > 1 ? run.network.guests[i].hosts : "";
    if (report.guests[i].profile)
      outcome.profiles.push_back({.hosts = hosts, .profile = *report.guests[i].profile});
    for (KernelComplaint& complaint :
         find_complaints(report.guests[i].kernel_log, release, known_warnings())) {
      if (!hosts.empty()) complaint.hosts = hosts;
      outcome.complaints.push_back(std::move(complaint));
    }
  }
  return outcome;
}

}  // namespace

bool LabOutcome::kernel_warned() const {
  return std::any_of(complaints.begin(), complaints.end(), [](const KernelComplaint& complaint) {
    return complaint.known_cause.empty();
  });
}

Result<PreparedRoot> prepare_lab(const fs::path& cache, const std::string& kernel,
                                 const Progress& progress) {
  NB_ASSIGN(Interruption interruption, Interruption::open(std::nullopt));
  NB_ASSIGN(const RunDirectory run, RunDirectory::create());
  NB_ASSIGN(LabTools tools, prepare_tools(cache, kernel, run, interruption, progress));
  return PreparedRoot{std::move(tools.root), std::move(tools.kernel)};
}

Result<LabOutcome> run_lab(const LabOptions& options, const Progress& progress) {
  NB_ASSIGN(NetworkPlan network, plan_network(options.network));
  if (!options.peer.empty() && network.guests.size() < 2)
    return fail({.code = Code::kInvalidArgument,
                 .operation = "use of",
                 .object = "--peer",
                 .cause = "it runs in the second guest, and there is one",
                 .fix = "give --guests 2"});
  fs::path copy_meter;
  if (options.copy_meter) {
    NB_ASSIGN(copy_meter, find_copy_meter());
  }
  // From here on Ctrl-C is an Error like any other, and every owner below cleans up after itself.
  NB_ASSIGN(Interruption interruption, Interruption::open(options.timeout));
  sys::ignore_broken_pipes();
  std::optional<TerminalLink> terminal;
  if (options.terminal) {
    NB_ASSIGN(TerminalLink link, TerminalLink::open());
    terminal.emplace(std::move(link));
  }
  NB_ASSIGN(const RunDirectory directory, RunDirectory::create());

  // What is needed and slow to get comes from the cache.
  NB_ASSIGN(const LabTools tools,
            prepare_tools(options.cache, options.kernel, directory, interruption, progress));

  std::unique_ptr<emulator::Chassis> chassis;
  network.layout.socket_directory = directory.path();
  if (!network.layout.nics.empty() || !network.layout.accelerators.empty()) {
    NB_ASSIGN(chassis, emulator::Chassis::start(network.layout));
  }

  const Run run{.options = options,
                .network = network,
                .directory = directory,
                .tools = tools,
                .terminal = terminal ? &*terminal : nullptr,
                .copy_meter = copy_meter,
                // Only emulated CPUs can be looked into.
                .kvm = !options.copy_meter && sys::kvm_works()};
  progress(fmt::format("booting Linux {}", tools.kernel.release));
  NB_ASSIGN(std::vector<Guest> guests, boot_guests(run, chassis.get(), interruption));
  NB_ASSIGN(const GroupReport report,
            run_guests(guests, terminal ? &*terminal : nullptr, interruption));
  return judge(run, report);
}

}  // namespace nobounce::lab
