// SPDX-License-Identifier: Apache-2.0
#include "lab/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "emulator/chassis/chassis.h"
#include "lab/guest_script.h"
#include "lab/guest_session.h"
#include "lab/initramfs.h"
#include "lab/interruption.h"
#include "lab/last_lines.h"
#include "lab/qemu.h"
#include "lab/run_directory.h"
#include "sys/byte_stream.h"
#include "sys/kvm.h"
#include "sys/text_file.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kSocketPoll{10};
constexpr std::chrono::seconds kSocketPatience{20};

struct Tools {
  Cache cache;
  GuestRoot root;
  GuestKernel kernel;
};

Result<Tools> prepare_tools(const fs::path& directory, const std::string& version,
                            const RunDirectory& run, Interruption& interruption,
                            const Progress& progress) {
  NB_ASSIGN(Cache cache, Cache::open(directory));
  std::error_code code;
  if (!fs::exists(cache.path_of(root_name()), code))
    progress("making the guest root, a Debian trixie (once; about half a minute)");
  NB_ASSIGN(GuestRoot root, GuestRoot::prepare(cache, interruption, run / "mmdebstrap.log"));
  NB_ASSIGN(GuestKernel kernel,
            prepare_kernel(cache, root, version, interruption, run / "kernel.log", progress));
  return Tools{std::move(cache), std::move(root), std::move(kernel)};
}

struct ShareServer {
  std::string directory;
  sys::ChildProcess process;
  SharedDirectory share;
};

// virtiofsd from the root. It needs no namespace of its own: it serves what this user may read.
Result<ShareServer> serve_directory(const GuestRoot& root, const fs::path& directory,
                                    const std::string& tag, bool read_only, const RunDirectory& run,
                                    Interruption& interruption) {
  const fs::path socket = run / (tag + ".sock").c_str();
  const fs::path log_path = run / (tag + ".log").c_str();
  auto argv = root.host_command("/usr/libexec/virtiofsd", "virtiofsd");
  argv.insert(argv.end(), {"--socket-path", socket.string(), "--shared-dir", directory.string(),
                           "--sandbox", "none", "--log-level", "warn"});
  // The cache never changes under a running guest. The share does, from both sides: nothing of it
  // may be remembered.
  argv.insert(argv.end(), {"--cache", read_only ? "always" : "never"});
  if (read_only) argv.emplace_back("--readonly");
  NB_ASSIGN(const sys::Fd log, sys::create_file(log_path.string()));
  NB_ASSIGN(sys::ChildProcess process,
            sys::ChildProcess::spawn(
                {.argv = std::move(argv), .stdout_fd = log.get(), .stderr_fd = log.get()}));

  const auto give_up = Interruption::Clock::now() + kSocketPatience;
  std::error_code code;
  while (!fs::exists(socket, code)) {
    const bool ended = process.try_wait().has_value();
    if (ended || Interruption::Clock::now() > give_up) {
      const auto said = sys::read_text_file(log_path);
      return fail({.code = Code::kIo,
                   .operation = "start of virtiofsd for",
                   .object = directory.string(),
                   .cause = fmt::format("it {}: {}", ended ? "ended" : "made no socket",
                                        said ? last_lines(*said, 5) : std::string_view()),
                   .fix = {}});
    }
    NB_TRY(interruption.wait({}, kSocketPoll));
  }
  return ShareServer{
      directory.string(), std::move(process), {.tag = tag, .socket = socket.string()}};
}

// The initramfs of this run: with the agent's orders in it.
Result<fs::path> write_initramfs(const LabOptions& options, const Tools& tools,
                                 const RunDirectory& run, Interruption& interruption) {
  const GuestRequest request{
      .command = options.command, .pairs = options.pairs, .share = !options.share.empty()};
  NB_ASSIGN(auto libraries, missing_libraries(tools.root, run.path(), interruption));
  NB_ASSIGN(const std::string archive,
            make_initramfs(tools.root, tools.kernel,
                           {.libraries = std::move(libraries), .request = encode(request)},
                           run.path(), interruption));
  fs::path path = run / "initramfs";
  NB_TRY(sys::write_text_file(path, archive));
  return path;
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
  NB_ASSIGN(Tools tools, prepare_tools(cache, kernel, run, interruption, progress));
  return PreparedRoot{std::move(tools.root), std::move(tools.kernel)};
}

Result<LabOutcome> run_lab(const LabOptions& options, const Progress& progress) {
  // From here on Ctrl-C is an Error like any other, and every owner below cleans up after itself.
  NB_ASSIGN(Interruption interruption, Interruption::open(options.timeout));
  sys::ignore_broken_pipes();
  NB_ASSIGN(const RunDirectory run, RunDirectory::create());

  // What is needed and slow to get comes from the cache.
  NB_ASSIGN(const Tools tools,
            prepare_tools(options.cache, options.kernel, run, interruption, progress));
  NB_ASSIGN(const fs::path initramfs, write_initramfs(options, tools, run, interruption));

  // Whoever the guest's devices talk to must be there before QEMU.
  std::vector<ShareServer> servers;
  std::vector<SharedDirectory> shares;
  const auto serve = [&](const fs::path& directory, const char* tag, bool read_only) -> Status {
    NB_ASSIGN(ShareServer server,
              serve_directory(tools.root, directory, tag, read_only, run, interruption));
    shares.push_back(server.share);
    servers.push_back(std::move(server));
    return {};
  };
  NB_TRY(serve(tools.cache.directory(), kCacheTag, true));
  if (!options.share.empty()) NB_TRY(serve(options.share, kShareTag, false));

  std::unique_ptr<emulator::Chassis> chassis;
  std::vector<std::string> nic_sockets;
  if (options.pairs > 0) {
    emulator::Layout layout = emulator::layout_of_pairs({.count = options.pairs});
    layout.socket_directory = run.path();
    NB_ASSIGN(chassis, emulator::Chassis::start(layout));
    for (const emulator::NicPort& nic : chassis->nics())
      nic_sockets.push_back(nic.socket.string());
  }

  const bool kvm = sys::kvm_works();
  progress(fmt::format("booting Linux {}", tools.kernel.release));
  NB_ASSIGN(GuestSession guest,
            GuestSession::boot(tools.root, run.path(),
                               {.firmware_directory = (tools.root.directory() / "usr").string(),
                                .kernel = tools.kernel.boot_image.string(),
                                .initramfs = initramfs.string(),
                                .console_log = (run / "console.log").string(),
                                .kvm = kvm,
                                .cpus = options.cpus,
                                .ram_bytes = options.ram_bytes,
                                .ports = {},
                                .shares = std::move(shares),
                                .nic_sockets = std::move(nic_sockets)}));
  std::vector<Companion> companions;
  companions.reserve(servers.size());
  for (const ShareServer& server : servers)
    companions.push_back({.name = fmt::format("virtiofsd for {}", server.directory),
                          .pidfd = server.process.pidfd()});
  NB_ASSIGN(const GuestReport report, guest.run(interruption, companions));

  // The last word has the kernel's log.
  return LabOutcome{
      .status = report.status,
      .kernel_release = tools.kernel.release,
      .qemu_version = tools.root.package_version("qemu-system-x86"),
      .accelerator = kvm ? "kvm" : "tcg",
      .cpus = options.cpus,
      .complaints = find_complaints(report.kernel_log, tools.kernel.release, known_warnings())};
}

}  // namespace nobounce::lab
