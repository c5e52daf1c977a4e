// SPDX-License-Identifier: Apache-2.0
#include "lab/guest_root.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <fstream>

#include "sys/virtual_machine.h"

namespace nobounce::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibraries = "usr/lib/x86_64-linux-gnu";

// The guest's user land first, then what nobounce itself links to, then what the host runs: busybox
// and zstd decompress modules and kernels.
constexpr const char* kPackages =
    "bash,ca-certificates,ethtool,iperf3,iproute2,iputils-ping,kmod,less,mount,netcat-openbsd,"
    "procps,python3,strace,tcpdump,util-linux,"
    "libgcc-s1,libmnl0,libssl3t64,libstdc++6,"
    "busybox-static,qemu-system-x86,seabios,virtiofsd,zstd";

// vfio-user needs a newer QEMU than trixie's, and the newest kernel is what we are after.
constexpr const char* kPreferences =
    "Package: qemu-* seabios ipxe-qemu linux-*\\n"
    "Pin: release n=trixie-backports\\n"
    "Pin-Priority: 990\\n";

// In a user namespace no device can be made, and mmdebstrap's terminals want a user that is not
// there: maintainer scripts get the devices that they use from the host.
constexpr const char* kBorrowDevices =
    "for name in null zero full random urandom tty; do"
    " touch \"$1/dev/$name\" && mount --bind \"/dev/$name\" \"$1/dev/$name\"; done";
constexpr const char* kReturnDevices =
    "for name in null zero full random urandom tty; do"
    " umount \"$1/dev/$name\" && rm \"$1/dev/$name\"; done";

std::string setup_hook() {
  return fmt::format("printf '{}' > \"$1/etc/apt/preferences.d/nobounce\"", kPreferences);
}

// FNV-1a: the name must be stable and short; nobody attacks it.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3;
  }
  return hash;
}

Error named(Error error, const fs::path& directory) {
  if (error.code == Code::kNotFound && error.object == "mmdebstrap") {
    error.cause = "mmdebstrap is not installed";
    error.fix = "apt-get install mmdebstrap";
  } else if (error.fix.empty() && error.code == Code::kIo) {
    error.fix = fmt::format("see that {} has 2 GB free and that the mirror answers",
                            directory.parent_path().string());
  }
  return error;
}

// mmdebstrap mounts /proc and /sys in the root that it makes. In namespaces that die with their
// first process, no mount and no maintainer script can outlive us, even if we are killed.
std::vector<std::string> namespace_command(Builder builder) {
  std::vector<std::string> command = {"unshare"};
  if (builder == Builder::kUser) command.insert(command.end(), {"--user", "--map-root-user"});
  command.insert(command.end(),
                 {"--mount", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"});
  return command;
}

// Distributions forbid user namespaces in several ways; trying tells.
Status probe_namespaces(Builder builder, const fs::path& log, Interruption& interruption) {
  if (builder == Builder::kRoot) return {};
  auto command = namespace_command(builder);
  command.emplace_back("true");
  auto probed = interruption.run_logged({.argv = command}, log.string(),
                                        "preparation of the guest root in", "a user namespace");
  if (probed) return {};
  Error error = std::move(probed).error();
  if (error.code == Code::kInterrupted || error.code == Code::kTimeout) return fail(error);
  error.code = Code::kUnsupported;
  error.fix =
      "allow them to users (sysctl user.max_user_namespaces above 0; where they exist,"
      " kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0),"
      " or start as root";
  return fail(std::move(error));
}

}  // namespace

std::string root_name() {
  const std::string recipe = fmt::format("trixie {} {}", kPackages, kPreferences);
  return fmt::format("root-{:016x}", hash_of(recipe));
}

std::vector<std::string> root_command(const HostApt& apt, const fs::path& directory,
                                      Builder builder, const std::string& self) {
  std::vector<std::string> command = namespace_command(builder);
  if (builder == Builder::kUser)
    command.insert(command.end(), {self, "lab", "ignoring-ownership", "--"});
  command.insert(command.end(),
                 {"mmdebstrap", "--mode=root", "--variant=apt", "--architectures=amd64",
                  "--skip=cleanup/apt/lists", fmt::format("--include={}", kPackages),
                  fmt::format("--setup-hook={}", setup_hook())});
  if (builder == Builder::kUser)
    command.insert(command.end(),
                   {"--skip=chroot/mount/dev", fmt::format("--extract-hook={}", kBorrowDevices),
                    fmt::format("--customize-hook={}", kReturnDevices),
                    "--aptopt=APT::Sandbox::User \"root\""});
  for (const std::string& option : apt.options)
    command.push_back(fmt::format("--aptopt={}", option));
  command.insert(command.end(),
                 {"trixie", directory.string(), fmt::format("deb {} trixie main", apt.mirror),
                  fmt::format("deb {} trixie-backports main", apt.mirror)});
  return command;
}

Result<GuestRoot> GuestRoot::prepare(Cache& cache, Interruption& interruption,
                                     const fs::path& log) {
  const auto build = [&](const fs::path& directory) -> Status {
    const Builder builder = sys::user_id() == 0 ? Builder::kRoot : Builder::kUser;
    std::error_code code;
    const fs::path self = fs::read_symlink("/proc/self/exe", code);
    if (code) return fail(error_from_errno(code.value(), "readlink", "/proc/self/exe"));
    NB_TRY(probe_namespaces(builder, log, interruption));
    NB_ASSIGN(const HostApt apt, read_host_apt(log.parent_path(), interruption));
    auto made =
        interruption.run_logged({.argv = root_command(apt, directory, builder, self)}, log.string(),
                                "preparation of the guest root from", apt.mirror);
    if (!made) return fail(named(std::move(made).error(), directory));
    return {};
  };
  NB_ASSIGN(fs::path directory, cache.entry(root_name(), build, interruption));
  return GuestRoot(std::move(directory));
}

std::vector<std::string> GuestRoot::host_command(const std::string& program,
                                                 const std::string& argv0) const {
  return {(directory_ / "usr/lib64/ld-linux-x86-64.so.2").string(),
          "--argv0",
          argv0,
          "--library-path",
          (directory_ / kLibraries).string(),
          directory_.string() + program};
}

std::vector<std::string> GuestRoot::apt_command(const std::string& tool) const {
  // Dir moves sources, lists and keys into the root; the host's proxy settings stay in force. The
  // download runs as us, because the user _apt cannot enter a private cache.
  return {tool,
          "-o",
          fmt::format("Dir={}", directory_.string()),
          "-o",
          fmt::format("Dir::State::status={}", (directory_ / "var/lib/dpkg/status").string()),
          "-o",
          "APT::Architecture=amd64",
          "-o",
          "APT::Sandbox::User=root"};
}

bool GuestRoot::has_library(const std::string& soname) const {
  std::error_code code;
  return fs::exists(fs::symlink_status(directory_ / kLibraries / soname, code));
}

Figure<std::string> GuestRoot::package_version(std::string_view package) const {
  constexpr std::string_view kVersion = "Version: ";
  const std::string wanted = fmt::format("Package: {}", package);
  std::ifstream status(directory_ / "var/lib/dpkg/status");
  bool found = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Package: ")) found = line == wanted;
    if (found && line.starts_with(kVersion)) return line.substr(kVersion.size());
  }
  return NotAvailable{fmt::format("package {} in the guest root's dpkg status", package)};
}

}  // namespace nobounce::lab
